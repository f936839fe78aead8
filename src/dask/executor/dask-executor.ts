import { randomUUID } from "node:crypto";
import { Library } from "../../closure/library.ts";
import { ExecutorError, ReleasedError } from "../../errors.ts";
import type { Elsewhere } from "../../executors/elsewhere.ts";
import { Executor, type ExecutorOptions } from "../../executors/executor.ts";
import type { ExecutorStats, WorkerInfo } from "../../executors/figures.ts";
import type { Run } from "../../executors/run.ts";
import type { NodeOptions } from "../../nodes/options.ts";
import { failureOf } from "../client/failures.ts";
import { Fetching } from "../client/fetching.ts";
import { addressOf, type SchedulerAddress } from "../client/scheduler-address.ts";
import { SchedulerClient, type SchedulerClientOptions } from "../client/scheduler-client.ts";
import { newToken, tokenIn } from "../graph/task-keys.ts";
import type { KeyId } from "../protocol/key.ts";
import { type Cargo, TaskWriter } from "../tasks/task-writer.ts";
import { type ClusterAccess, ClusterResults } from "./cluster-results.ts";
import { ClusterRun } from "./cluster-run.ts";
import { ClusterWorkers } from "./cluster-workers.ts";
import { HeldKey } from "./own-tasks.ts";
import { readNews } from "./task-news.ts";

/** Settings of a `DaskExecutor`. */
export interface DaskExecutorOptions extends ExecutorOptions {
  /** How long to wait for the scheduler to answer, in milliseconds. Default 30,000. */
  readonly timeout?: number;
  /** How long runs wait while the cluster has no worker at all, in milliseconds. Default 60,000; `Infinity`: for ever. */
  readonly noWorkerTimeout?: number;
}

/** One client, and what it has under way. */
interface Session {
  readonly client: SchedulerClient;
  readonly library: Library;
  readonly writer: TaskWriter;
  readonly workers: ClusterWorkers;
  readonly fetching: Fetching;
  readonly topic: string;
  readonly runs: Map<string, ClusterRun>;
  /** Resolves when runs can be submitted. */
  readonly ready: Promise<void>;
  /** What finished runs have left behind. */
  readonly results: Set<ClusterResults>;
  readonly access: ClusterAccess;
}

/**
 * Runs graphs on a dask.distributed cluster with TypeScript workers: through an unmodified scheduler, on any number of
 * machines. Functions travel by themselves; results stay on the workers, and only what is fetched comes here.
 *
 * It connects when the first run begins. A cluster that cannot be reached, is lost, or has no worker, ends runs with an error
 * in bounded time.
 */
export class DaskExecutor extends Executor {
  /** Address of the scheduler. */
  readonly address: string;
  readonly #options: DaskExecutorOptions;
  /** The runs that go on, each with the session that it began in. */
  readonly #underWay = new Map<
    Run,
    { readonly session: Session; readonly cluster: ClusterRun; readonly token: string; readonly cargo: Cargo }
  >();
  #session: Session | undefined;
  #isClosed = false;

  /**
   * @param address of the scheduler, or a cluster that has one. Default: that in the environment variable
   *   `DASK_SCHEDULER_ADDRESS`, or `tcp://127.0.0.1:8786`.
   * @throws TypeError for settings of the wrong kind
   */
  constructor(address?: SchedulerAddress, options: DaskExecutorOptions = {}) {
    super(options);
    this.address = addressOf(address);
    this.#options = options;
  }

  /**
   * The workers as they were when the scheduler last heard of them, some tenths of a second ago; none before the first run. What they run
   * for others is not counted while this executor has nothing to run.
   */
  override get workers(): readonly WorkerInfo[] {
    const { workers, runs } = this.#session ?? {};
    const infos = workers?.infos ?? [];
    return runs?.size === 0 ? infos.map((info) => ({ ...info, running: 0 })) : infos;
  }

  override stats(): ExecutorStats {
    const here = super.stats();
    let { bytesHeld } = here;
    for (const run of this.#session?.runs.values() ?? []) bytesHeld += run.bytes;
    for (const results of this.#session?.results ?? []) bytesHeld += results.bytes;
    const figures = this.#session?.workers.figures;
    return {
      ...here,
      bytesHeld,
      bytesSpilled: figures?.bytesSpilled ?? 0,
      bytesWritten: figures?.bytesWritten ?? 0,
      bytesReadBack: figures?.bytesReadBack ?? 0,
      bytesTransferred: figures?.bytesReceived ?? 0,
    };
  }

  /**
   * Cancels what runs, gives back all results, and begins anew as another client. Workers stay as they are.
   * @throws ExecutorError when the executor is closed
   */
  async reset(): Promise<void> {
    if (this.#isClosed) throw new ExecutorError("the executor is closed");
    await this.#end(new ExecutorError("the executor was reset"));
  }

  /** Cancels what runs, gives back all results, and leaves the cluster, which goes on without this client. */
  override async close(): Promise<void> {
    this.#isClosed = true;
    await super.close();
    await this.#end(new ReleasedError("the executor was closed, and its results with it"));
  }

  protected override get unsupported(): readonly (keyof NodeOptions)[] {
    return [];
  }

  protected override execute(run: Run): void {
    this.#session ??= this.#begin();
    const session = this.#session;
    const { client, library, writer, topic, workers, runs } = session;
    const token = newToken();
    const { graph } = run;
    const lent = new Set<number>();
    for (const task of graph.metaTasks) {
      for (let e = graph.dependencyStart[task]!; e < graph.dependencyStart[task + 1]!; e++)
        lent.add(graph.dependencies[e]!);
    }
    const isObserved = this.observed;
    const cargo = writer.load(graph, {
      topic,
      isWatched: (task) => isObserved || isFollowed(graph.info(task).options),
      isDescribed: (task) => run.wanted[task] !== 0 || lent.has(task),
    });
    const cluster = new ClusterRun(run, {
      client,
      library,
      writer,
      cargo,
      clock: this.clock,
      token,
      topic,
      isObserved: () => this.observed,
      workers,
      access: session.access,
      heldBy: (where, task) => heldBy(session, where, task),
    });
    this.#underWay.set(run, { session, cluster, token, cargo });
    runs.set(token, cluster);
    this.#refer();
    session.ready.then(() => cluster.begin()).catch((problem) => run.stop(problem));
  }

  protected override forget(run: Run): void {
    const underWay = this.#underWay.get(run);
    if (underWay === undefined) return;
    const { session, cluster, token, cargo } = underWay;
    this.#underWay.delete(run);
    session.runs.delete(token);
    cluster.end();
    session.writer.unload(cargo);
    if (!cluster.results.isEmpty) session.results.add(cluster.results);
    this.#refer();
  }

  // ---------------------------------------------------------------- inside

  #begin(): Session {
    const library = new Library(`dask-${randomUUID()}`);
    const { timeout, noWorkerTimeout } = this.#options;
    const runs = new Map<string, ClusterRun>();
    const options: SchedulerClientOptions = {
      ...(timeout === undefined ? undefined : { timeout }),
      ...(noWorkerTimeout === undefined ? undefined : { noWorkerTimeout }),
      errorOf: async (failure, key) => (await failureOf(failure, key, library, () => undefined)).error,
    };
    const client = new SchedulerClient(this.address, options);
    const topic = `dispatch-graph-${client.id}`;
    const workers = new ClusterWorkers(client, () => {
      for (const run of [...runs.values()]) run.workersChanged();
    });
    client.subscribe(topic, (event) => {
      for (const news of readNews(event)) {
        const token = tokenIn(news.key);
        if (token !== undefined) runs.get(token)?.heard(news);
      }
    });
    const ready = client.ready.then(() => workers.refresh());
    // A client that cannot tell which workers there are is of no use; the next run begins with another one.
    ready.catch(() => client.close());
    const writer = new TaskWriter(library);
    const fetching = new Fetching(client, library);
    const results = new Set<ClusterResults>();
    const access: ClusterAccess = {
      client,
      fetch: (key) => this.#fetch(fetching, key),
      onEmpty: (empty) => results.delete(empty),
    };
    const session = {
      client,
      library,
      writer,
      workers,
      fetching,
      topic,
      runs,
      ready,
      results,
      access,
    };
    // A scheduler that is lost is looked for again by the next run.
    void client.closed.then(() => {
      if (this.#session === session) this.#session = undefined;
    });
    return session;
  }

  async #end(reason: Error): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    if (session === undefined) return;
    for (const run of [...this.#underWay.keys()]) run.stop(reason);
    for (const results of session.results) results.close(reason);
    session.workers.rest();
    await session.client.close();
  }

  async #fetch(fetching: Fetching, key: KeyId): Promise<unknown> {
    const fetched = fetching.fetch(key);
    this.#refer();
    try {
      return await fetched;
    } finally {
      this.#refer();
    }
  }

  /** An idle client does not keep the process alive. */
  #refer(): void {
    const session = this.#session;
    if (session === undefined) return;
    if (session.runs.size > 0) session.workers.follow();
    else session.workers.rest();
    if (session.runs.size > 0 || session.fetching.underWay > 0) session.client.ref();
    else session.client.unref();
  }
}

/** True of tasks of which this process has to know when they begin, or have ended. */
function isFollowed({ timeout, workers, resources }: NodeOptions = {}): boolean {
  return timeout !== undefined || workers !== undefined || resources !== undefined;
}

function heldBy({ runs, results }: Session, where: Elsewhere, task: number): HeldKey | undefined {
  if (!(where instanceof ClusterResults)) return undefined;
  const isOurs = results.has(where) || [...runs.values()].some((run) => run.results === where);
  const key = isOurs ? where.keyOf(task) : undefined;
  return key === undefined ? undefined : new HeldKey(key, where.describe(task));
}
