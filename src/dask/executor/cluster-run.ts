import type { Library } from "../../closure/library.ts";
import {
  asError,
  CancelledError,
  ExecutorError,
  type NoWorkerError,
  type TimeoutError,
} from "../../errors.ts";
import type { Clock } from "../../executors/clock.ts";
import type { Elsewhere } from "../../executors/elsewhere.ts";
import type { Run } from "../../executors/run.ts";
import { runsHere } from "../../executors/travel.ts";
import { OUTPUT } from "../../executors/wanted.ts";
import type { TaskInfo } from "../../graph/lower.ts";
import { type ClusterFailure, clusterFailure } from "../client/failures.ts";
import type { ErredKey } from "../client/key-listener.ts";
import type { SchedulerClient } from "../client/scheduler-client.ts";
import { Submission } from "../graph/submission.ts";
import { TaskKeys } from "../graph/task-keys.ts";
import type { KeyId } from "../protocol/key.ts";
import type { Cargo, TaskWriter } from "../tasks/task-writer.ts";
import { type ClusterAccess, ClusterResults } from "./cluster-results.ts";
import type { ClusterWorkers } from "./cluster-workers.ts";
import { Dependents } from "./dependents.ts";
import { type HeldKey, OwnTasks } from "./own-tasks.ts";
import { RunListener } from "./run-listener.ts";
import type { TaskNews } from "./task-news.ts";
import { TaskProgress } from "./task-progress.ts";
import { TimeLimits } from "./time-limits.ts";
import { Wants } from "./wants.ts";

/** What a run needs of its executor. */
export interface ClusterParts {
  readonly client: SchedulerClient;
  readonly library: Library;
  readonly writer: TaskWriter;
  readonly cargo: Cargo;
  readonly clock: Clock;
  /** Unique among the runs of all clients. */
  readonly token: string;
  /** Where workers tell of tasks. */
  readonly topic: string;
  readonly isObserved: () => boolean;
  readonly workers: ClusterWorkers;
  readonly access: ClusterAccess;
  /** A result that workers hold for this executor. */
  readonly heldBy: (where: Elsewhere, task: number) => HeldKey | undefined;
}

const SUBMITTED = 1;
const FINISHED = 2;
const FAILED = 3;

/**
 * One run on the cluster: what of it was submitted, which keys are wanted, and what the scheduler says of them.
 *
 * Only outputs are wanted, so that the scheduler lets go of an intermediate result as soon as nothing needs it. Others are
 * wanted for as long as this process has to do with them: inputs of meta functions; what tasks need that cannot be submitted
 * yet; and all tasks of a run that goes on after failures, since the scheduler does not compute what only failed tasks need.
 */
export class ClusterRun {
  readonly results: ClusterResults;
  readonly #listener = new RunListener();
  readonly #run: Run;
  readonly #parts: ClusterParts;
  readonly #keys: TaskKeys;
  readonly #submission: Submission;
  readonly #own: OwnTasks;
  readonly #progress: TaskProgress;
  readonly #limits: TimeLimits;
  readonly #phases: Uint8Array;
  readonly #wants: Wants;
  readonly #dependents: Dependents;
  /** By task: how many dependents have not ended. */
  readonly #uses: Int32Array;
  /** By task: 1 once those are told that its dependencies are not needed by it any more. */
  readonly #settled: Uint8Array;
  /** By task: 1 if its result has been brought here. */
  readonly #isHere: Uint8Array;
  /** Bytes of results that were heard of, and are needed. */
  readonly #bytes = new Map<number, number>();
  /** The keys that have failed through an attempt, by attempt. */
  readonly #attempts = new Map<string, KeyId[]>();
  /** The results that tasks need which cannot be submitted yet. */
  #awaited: ReadonlySet<number> = new Set();
  #isSubmitting = false;

  constructor(run: Run, parts: ClusterParts) {
    const { graph } = run;
    this.#run = run;
    this.#parts = parts;
    this.#keys = new TaskKeys(parts.token, graph.size);
    this.#submission = new Submission({
      graph,
      keys: this.#keys,
      writer: parts.writer,
      cargo: parts.cargo,
      isOurs: (task) => runsHere(graph, task),
      addressesOf: (names, label) => parts.workers.addressesOf(names, label),
      checkResources: (resources, label) => parts.workers.checkResources(resources, label),
    });
    this.results = new ClusterResults(parts.access, this.#listener);
    this.#listener.run = this;
    this.#listener.results = this.results;
    this.#own = new OwnTasks(run, {
      results: this.results,
      heldBy: parts.heldBy,
      isFinished: (task) => this.#phases[task] === FINISHED,
      begun: (task) => this.#progress.begun(task, "main"),
      found: (task, held) => this.#alias(task, held),
      made: (task, value) => this.#made(task, value),
      failed: (task, thrown) => this.#failed(task, asError(thrown), "main", true),
    });
    this.#progress = new TaskProgress(run, parts.isObserved);
    this.#limits = new TimeLimits(graph, parts.clock, (task, error) => this.#timedOut(task, error));
    this.#phases = new Uint8Array(graph.size);
    this.#wants = new Wants({
      size: graph.size,
      keys: this.#keys,
      client: parts.client,
      listener: this.#listener,
      results: this.results,
    });
    this.#dependents = new Dependents(graph);
    this.#settled = new Uint8Array(graph.size);
    this.#isHere = new Uint8Array(graph.size);
    this.#uses = new Int32Array(graph.size);
    for (const dependency of graph.dependencies) this.#uses[dependency]!++;
  }

  /** Bytes of results that workers hold for the run, as far as they are known: of all tasks if it is observed. */
  get bytes(): number {
    let bytes = this.results.bytes;
    for (const [task, size] of this.#bytes) if (this.results.keyOf(task) === undefined) bytes += size;
    return bytes;
  }

  /** Hands the graph to the scheduler. */
  begin(): void {
    if (this.#run.ended) return;
    this.#own.begin();
    this.#submit();
  }

  /** A worker says how a task gets on. */
  heard({ key, state, worker, bytes, description }: TaskNews): void {
    const task = this.#keys.taskOf(key);
    if (task < 0 || this.#run.ended || this.#phases[task] !== SUBMITTED) return;
    if (state === "processing") {
      this.#progress.begun(task, worker);
      this.#limits.begun(task);
      return;
    }
    this.#limits.over(task);
    if (state === "erred") return;
    this.#bytes.set(task, bytes);
    if (description !== undefined) this.results.described(task, description);
    this.#progress.finished(task, worker);
    this.#settle(task);
  }

  /** Ends the run if it has a task that nobody can run any more. */
  workersChanged(): void {
    const { usedOptions, size } = this.#run.graph;
    if (!usedOptions.has("workers") && !usedOptions.has("resources")) return;
    for (let task = 0; task < size && !this.#run.ended; task++) {
      const { label, options } = this.#run.graph.info(task);
      if (this.#settled[task] !== 0) continue;
      if (this.#parts.workers.canRun(options, this.#submission.addressesOf(task))) continue;
      this.#run.stop(new ExecutorError(`all workers were removed that "${label}" may run on`));
    }
  }

  /** The run is over: what it does not leave behind is given back. */
  end(): void {
    const run = this.#run;
    this.#limits.allOver();
    this.#listener.run = undefined;
    if (run.stopped) this.results.close(run.reason);
    this.#wants.giveBackAllBut((task) => run.wanted[task] !== 0 && this.#isHere[task] === 0);
  }

  // ---------------------------------------------------------------- what the scheduler says

  inMemory(key: KeyId): void {
    for (const task of this.#keys.tasksOf(key)) this.#finished(task);
  }

  erred(key: KeyId, failure: ErredKey): void {
    if (this.#run.ended) return;
    const { library } = this.#parts;
    // What cannot be read is of another version of the library, or of Node: there is nothing to be done about it here.
    const unreadable = (problem: unknown): void => this.#run.stop(problem);
    try {
      const found = clusterFailure(failure, key, library, (one) => this.#labelOf(one));
      if (found instanceof Promise) found.then((one) => this.#erred(key, one)).catch(unreadable);
      else this.#erred(key, found);
    } catch (problem) {
      unreadable(problem);
    }
  }

  cancelled(key: KeyId, reason: string): void {
    for (const task of this.#keys.tasksOf(key)) {
      // Of a result that the run has noted already, whoever fetches it is told.
      if (this.#run.ended || this.#run.isSettled(task)) continue;
      const { label } = this.#run.graph.info(task);
      this.#wants.set(task, false);
      this.#fail(task, new CancelledError(`"${label}" was cancelled on the cluster: ${reason}`));
    }
  }

  noWorkers(error: NoWorkerError): void {
    this.#run.stop(error);
  }

  closed(reason: Error): void {
    this.#wants.clear();
    this.#run.stop(reason);
  }

  // ---------------------------------------------------------------- submission

  /** Submits what can be submitted. */
  #submit(): void {
    const { client, token } = this.#parts;
    const tasks = this.#submission.take();
    this.#awaited = this.#submission.awaited();
    const written = tasks.map((task) => this.#submission.write(task));
    const outputs: KeyId[] = [];
    const priorities = new Map<KeyId, number>();
    for (const [i, task] of tasks.entries()) {
      const { key } = written[i]!;
      priorities.set(key, task);
      if (this.#phases[task] === FINISHED) {
        // A value that is here is only brought there for others.
        if (!this.#awaited.has(task)) continue;
      } else {
        this.#phases[task] = SUBMITTED;
        this.#progress.submitted(task);
        if (!this.#isWanted(task)) continue;
      }
      this.#wants.set(task, true);
      outputs.push(key);
    }
    if (tasks.length > 0) {
      // The scheduler leaves out what no output needs; everything here is needed by one, of this or a later submission.
      client.updateGraph(
        { tasks: written, outputs, token: `${token}.${tasks[0]}`, internalPriority: priorities },
        this.#listener,
      );
    }
    // What was only wanted because something could not be submitted yet.
    if (!this.#own.isEmpty) this.#wants.review((task) => this.#uses[task] === 0 || this.#isWanted(task));
  }

  #submitSoon(): void {
    if (this.#isSubmitting) return;
    this.#isSubmitting = true;
    queueMicrotask(() => {
      this.#isSubmitting = false;
      if (this.#run.ended) return;
      try {
        this.#submit();
      } catch (error) {
        this.#run.stop(error);
      }
    });
  }

  #isWanted(task: number): boolean {
    const run = this.#run;
    return (
      run.runAll ||
      run.wanted[task] !== 0 ||
      run.isAwaited(task) ||
      this.#own.needs(task) ||
      this.#awaited.has(task)
    );
  }

  /** The result of a task is that of another key, which workers have already. */
  #alias(task: number, { key, description }: HeldKey): void {
    this.results.described(task, description);
    this.#keys.alias(task, key);
    this.#phases[task] = SUBMITTED;
    this.#wants.add(task);
    this.#submitSoon();
  }

  /** The result of a task is here: the cluster is given it if there is something that needs it. */
  #made(task: number, value: unknown): void {
    const run = this.#run;
    const { graph } = run;
    const { writer, topic } = this.#parts;
    if (this.#dependents.of(task).some((dependent) => !runsHere(graph, dependent))) {
      const notes = {
        label: graph.info(task).label,
        node: graph.idOf(task),
        topic,
        watched: false,
        described: false,
      };
      this.#submission.give(task, writer.dataPayloads(value, notes));
      this.#submitSoon();
    }
    this.#phases[task] = FINISHED;
    this.#progress.finished(task, "main");
    this.#settle(task);
    // When the caller has taken note of the value.
    queueMicrotask(() => {
      if (run.ended) return;
      this.#own.finished(task);
      run.put(task, value);
      if (this.#uses[task] === 0) this.#drop(task);
    });
  }

  // ---------------------------------------------------------------- ends of tasks

  #finished(task: number): void {
    const run = this.#run;
    if (run.ended || this.#phases[task] !== SUBMITTED) return;
    this.#phases[task] = FINISHED;
    this.#limits.over(task);
    this.#progress.finished(task, null);
    this.results.add(task, this.#keys.of(task)!, run.graph.info(task).label);
    this.#settle(task);
    this.#own.finished(task);
    if (run.wanted[task] === OUTPUT && this.results.isSmall(task) && !staysThere(run.graph.info(task))) {
      this.#bring(task).catch((problem) => {
        if (!run.ended && !run.isSettled(task)) this.#fail(task, asError(problem));
      });
      return;
    }
    run.put(task, this.results);
    if (this.#uses[task] === 0) this.#drop(task);
  }

  /** A small output comes at once: it is most likely asked for next, and then does not depend on the cluster any more. */
  async #bring(task: number): Promise<void> {
    const run = this.#run;
    const value = await this.results.fetch(task);
    if (run.ended || run.isSettled(task)) return;
    this.#isHere[task] = 1;
    run.put(task, value);
  }

  /** A task has ended: its dependencies are not needed by it any more. */
  #settle(task: number): void {
    if (this.#settled[task] !== 0) return;
    this.#settled[task] = 1;
    const { dependencyStart, dependencies } = this.#run.graph;
    for (let e = dependencyStart[task]!; e < dependencyStart[task + 1]!; e++) {
      const dependency = dependencies[e]!;
      if (--this.#uses[dependency]! === 0) this.#drop(dependency);
    }
  }

  /** Nothing needs the result of the task any more, unless it outlives the run. */
  #drop(task: number): void {
    const run = this.#run;
    if (run.ended || run.wanted[task] !== 0 || this.#phases[task] === FAILED) return;
    if (this.#phases[task] !== FINISHED && this.#wants.has(task)) return;
    this.#progress.released(task);
    this.#bytes.delete(task);
    this.#own.drop(task);
    run.drop(task);
    this.#wants.giveBack(task);
  }

  #erred(key: KeyId, { attempt, key: failedKey = key, worker, error, canBeRetried }: ClusterFailure): void {
    if (this.#run.ended) return;
    const failed = this.#attempts.get(attempt);
    if (failed !== undefined) {
      failed.push(key);
      return;
    }
    const [culprit] = this.#keys.tasksOf(failedKey);
    if (culprit === undefined || this.#phases[culprit]! >= FINISHED) {
      // A result of this or another run was lost, and could not be computed again: what needs it fails.
      for (const task of this.#keys.tasksOf(key))
        if (this.#phases[task] === SUBMITTED) this.#fail(task, error);
      return;
    }
    const keys = [key];
    this.#attempts.set(attempt, keys);
    this.#limits.over(culprit);
    this.#failed(culprit, error, worker ?? null, canBeRetried, keys);
  }

  /**
   * An attempt has failed: the task is tried again, or has failed for good.
   * @param keys those that failed through it, if it was on the cluster; some may still be added
   */
  #failed(
    task: number,
    thrown: Error,
    worker: string | null,
    canBeRetried: boolean,
    keys?: readonly KeyId[],
  ): void {
    const run = this.#run;
    if (run.ended || this.#phases[task]! >= FINISHED) return;
    const { error, delay } = canBeRetried ? run.judge(task, thrown) : { error: thrown, delay: -1 };
    this.#progress.failed(task, worker, error, delay >= 0);
    if (delay < 0) this.#fail(task, error);
    else this.#retry(task, delay, keys).catch((problem) => run.stop(problem));
  }

  async #retry(task: number, delay: number, keys: readonly KeyId[] | undefined): Promise<void> {
    const run = this.#run;
    await run.pause(delay);
    if (run.ended) return;
    // The scheduler finds its way from what is wanted to what has failed, and not the other way round.
    if (keys === undefined) this.#own.perform(task);
    else await this.#parts.client.retry(keys);
  }

  /** The task has failed for good, and with it all that needs it. */
  #fail(task: number, cause: Error): void {
    const run = this.#run;
    this.#phases[task] = FAILED;
    run.fail(task, cause);
    if (run.ended) return;
    this.#settle(task);
    // In the static order, so that the dependency that a task fails through has failed before.
    for (const dependent of this.#dependents.downstream(task)) {
      if (this.#phases[dependent]! >= FINISHED) continue;
      this.#phases[dependent] = FAILED;
      const through = this.#failedDependency(dependent);
      this.#progress.failedThrough(dependent, cause);
      run.failThrough(dependent, through);
      if (run.ended) return;
      this.#settle(dependent);
      this.#wants.giveBack(dependent);
    }
    this.#wants.giveBack(task);
  }

  /** It runs on a worker, and is to end there. */
  #timedOut(task: number, timeout: TimeoutError): void {
    const run = this.#run;
    if (run.ended || this.#phases[task] !== SUBMITTED) return;
    const { error, delay } = run.judge(task, timeout);
    this.#progress.failed(task, null, error, delay >= 0);
    if (delay < 0) {
      this.#fail(task, error);
      return;
    }
    // Another attempt needs other keys: under the same ones the worker would go on with what it runs.
    const { client } = this.#parts;
    const again = [task, ...this.#dependents.downstream(task)].filter(
      (one) => this.#phases[one] === SUBMITTED,
    );
    const inputs = new Set<KeyId>();
    const { dependencyStart, dependencies } = run.graph;
    for (const one of again) {
      for (let e = dependencyStart[one]!; e < dependencyStart[one + 1]!; e++)
        inputs.add(this.#keys.of(dependencies[e]!)!);
    }
    const old = again.filter((one) => this.#wants.has(one)).map((one) => this.#keys.of(one)!);
    for (const key of again.map((one) => this.#keys.of(one)!)) inputs.delete(key);
    client.desire(inputs, this.#listener);
    client.release(old, this.#listener);
    for (const one of again) this.#wants.set(one, false);
    const goOn = async (): Promise<void> => {
      await run.pause(delay);
      if (!run.ended) {
        this.#submission.again(again);
        this.#submit();
      }
      client.release(inputs, this.#listener);
    };
    goOn().catch((problem) => run.stop(problem));
  }

  // ---------------------------------------------------------------- finding tasks

  #labelOf(key: KeyId): string | undefined {
    const task = this.#keys.taskOf(key);
    return task < 0 ? undefined : this.#run.graph.info(task).label;
  }

  #failedDependency(task: number): number {
    const { dependencyStart, dependencies } = this.#run.graph;
    for (let e = dependencyStart[task]!; e < dependencyStart[task + 1]!; e++) {
      if (this.#phases[dependencies[e]!] === FAILED) return dependencies[e]!;
    }
    throw new ExecutorError("a task failed without a reason");
  }
}

/** True of results that are kept for later runs, which find them where they are. */
function staysThere({ options }: TaskInfo): boolean {
  return options?.persist === true || options?.cache === true;
}
