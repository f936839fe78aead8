import type { CachedRun } from "../cache/cached-run.ts";
import { Caching } from "../cache/caching.ts";
import type { Explanation } from "../cache/explanation.ts";
import { KeepNode } from "../cache/keep-node.ts";
import { type Backoff, backoffOf } from "../core/scheduler/retry.ts";
import { DependencyError, ExecutorError } from "../errors.ts";
import type { DispatchGraph } from "../graph/graph.ts";
import { lower } from "../graph/lower.ts";
import { DispatchNode, isNode } from "../nodes/node.ts";
import { checkRetrySettings, type NodeOptions, type RetryPredicate } from "../nodes/options.ts";
import { AwaitedResult } from "../nodes/result.ts";
import { shown } from "../shown.ts";
import { Chunk } from "./chunk.ts";
import { type Clock, systemClock } from "./clock.ts";
import { EventHub, type ExecutorEvents } from "./events.ts";
import type { ExecutorStats, WorkerInfo } from "./figures.ts";
import type { HeldResults } from "./held-results.ts";
import {
  addResults,
  type Build,
  checkRunOptions,
  type ResultsOf,
  type Runnable,
  type RunOptions,
  requestOf,
} from "./request.ts";
import type { DispatchResult } from "./result.ts";
import type { RetrySettings } from "./retries.ts";
import { Run } from "./run.ts";

/** Settings that every executor has. */
export interface ExecutorOptions {
  /** How often a failed task is tried again if a predicate of `retryOn` agrees. Default 5. */
  readonly retries?: number;
  /** Which errors are worth another attempt; none by default, so that nothing is retried. */
  readonly retryOn?: RetryPredicate | readonly RetryPredicate[];
  /** The pauses between attempts. Default: 50 ms, 5 times longer each, ±10 %, at most 10 s. */
  readonly backoff?: Partial<Backoff>;
  /** Where pauses and limits take their time from. Default: the machine's clock. */
  readonly clock?: Clock;
}

/**
 * Runs graphs. Subclass it for an executor of your own: `execute` decides where and when tasks
 * run, everything else is done here and in `Run`. The contract that it must keep is a test suite
 * in `dispatch-graph/testing`.
 */
export abstract class Executor implements AsyncDisposable {
  readonly #retry: RetrySettings;
  readonly #hub = new EventHub();
  readonly #caching = new Caching(this.#hub, () => this.cacheLimit);
  readonly #runs = new Set<Run>();
  readonly #held = new Set<WeakRef<HeldResults>>();
  readonly #forgotten = new FinalizationRegistry<WeakRef<HeldResults>>((ref) => this.#held.delete(ref));
  #closed = false;
  protected readonly clock: Clock;
  /** Id of the worker that tasks see which run in this process. */
  protected readonly worker: string = "main";

  /** @throws TypeError for settings of the wrong kind */
  constructor(options: ExecutorOptions = {}) {
    checkRetrySettings(options);
    this.#retry = {
      retries: options.retries ?? 5,
      retryOn: options.retryOn === undefined ? [] : [options.retryOn].flat(),
      backoff: backoffOf(options.backoff),
    };
    this.clock = options.clock ?? systemClock;
  }

  /**
   * Starts the tasks of a run and returns; the run's graph is in static order. For each task,
   * once its dependencies have results: `run.perform`, then `run.put` or, after
   * `run.judge`, `run.fail`; `run.failThrough` if a dependency failed; `run.drop` for
   * unwanted results whose last dependent has finished. Stop when `run.ended`. `Attempts` does
   * all of that for a single task.
   */
  protected abstract execute(run: Run): void;

  /** The run is over, perhaps before its tasks: nothing more of it is to start. `run.ended` says so too. */
  protected forget(_run: Run): void {}

  /** Node options that the executor can do nothing with; a graph that uses one is refused. */
  protected abstract get unsupported(): readonly (keyof NodeOptions)[];

  /** The executor that runs what this one is asked to, if another one is to. */
  protected get substitute(): Executor | undefined {
    return undefined;
  }

  /** How many bytes of results the node option `cache` may keep in this process. */
  protected get cacheLimit(): number {
    return Infinity;
  }

  /** The workers. */
  abstract get workers(): readonly WorkerInfo[];

  /**
   * Runs all that the nodes need, or a whole graph.
   * @returns one result per node in the order asked for, or per leaf of a graph in the order of ids
   * @throws DependencyError of the first failure, unless `throwError` is false
   * @throws ExecutorError for a cyclic graph, an input without a result, a closed executor
   * @throws TimeoutError when the run takes longer than `timeout`
   * @throws the reason of `signal` when that is aborted
   * @throws TypeError for what is no node, and for unknown options
   */
  run<T>(nodes: DispatchNode<T>, options?: RunOptions): Promise<[DispatchResult<T>]>;
  run<const N extends readonly DispatchNode[]>(nodes: N, options?: RunOptions): Promise<ResultsOf<N>>;
  run(nodes: Runnable, options?: RunOptions): Promise<DispatchResult[]>;
  async run(nodes: Runnable, options: RunOptions = {}): Promise<DispatchResult[]> {
    if (this.substitute !== undefined) return this.substitute.run(nodes, options);
    checkRunOptions(options);
    this.#refuseIfOver(options);
    const { build, inputs, unknown } = requestOf(nodes, options);
    if (unknown.length > 0) {
      await addResults(unknown, inputs);
      this.#refuseIfOver(options);
    }
    // From here on everything is synchronous: the graph is what the nodes say at one moment, which
    // is that of the call unless inputs had to be fetched.
    const asked = build(inputs.keys());
    if (asked.graph.size === 0) return [];
    if (asked.graph.usesCache) return this.#runCached(asked, build, inputs, options);
    return this.#start(asked.graph, asked.outputs, inputs, options).promise;
  }

  /**
   * Says for each node that the nodes need whether its result is kept by the option `cache`, and if not, why; and
   * whether it would run. Runs nothing, and changes nothing.
   * @throws as `run` for what cannot be run
   */
  async explain(nodes: Runnable, options: Pick<RunOptions, "inputs"> = {}): Promise<Explanation> {
    if (this.substitute !== undefined) return this.substitute.explain(nodes, options);
    checkRunOptions(options);
    const { build, inputs, unknown } = requestOf(nodes, options);
    await addResults(unknown, inputs);
    await this.#caching.readChunks(build(inputs.keys()).graph, inputs);
    const { graph, outputs } = build(inputs.keys());
    return this.#caching.explain(graph, outputs, inputs);
  }

  /** Runs a node and returns the handle of its result, which stays where it is. Throws like `run`. */
  async compute<T>(node: DispatchNode<T>, options?: RunOptions): Promise<Chunk<T>> {
    if (node instanceof Chunk) return node;
    const [result] = await this.run(node, { ...options, throwError: true });
    return result.chunk;
  }

  /**
   * Makes a value a chunk, on a worker if the executor has any: what is used by many nodes then
   * travels once and not with each of them. A chunk stays what it is.
   * @throws ClosureError when the value cannot travel
   */
  put<T>(value: Chunk<T>): Promise<Chunk<T>>;
  put<T>(value: T): Promise<Chunk<T>>;
  put(value: unknown): Promise<Chunk> {
    if (value instanceof Chunk) return Promise.resolve(value);
    const node = new Put();
    return this.compute(node, { inputs: new Map([[node, value]]) });
  }

  /** The value of a chunk, or of a node that is run for it; of the latter nothing is kept. Throws like `run`. */
  async collect<T>(target: DispatchNode<T>, options?: RunOptions): Promise<T> {
    if (target instanceof Chunk) return target.fetch();
    if (!isNode(target)) throw new TypeError(`collect takes a node or a chunk, got ${shown(target)}`);
    if (this.substitute !== undefined) return this.substitute.collect(target, options);
    const chunk = await this.compute<T>(target, options);
    const value = await chunk.fetch();
    const isKept = target.options?.persist === true || options?.keep === "all";
    if (!isKept && !this.#caching.soften(target, chunk)) chunk.release();
    return value;
  }

  /** Forgets the latest results of a graph's nodes: `fetch` waits for their next run. */
  prepare(graph: DispatchGraph): void {
    for (const node of graph.nodes()) {
      // Who waits for the next run already goes on waiting for it.
      if (!(node.latest instanceof AwaitedResult)) node.latest = undefined;
    }
  }

  on<K extends keyof ExecutorEvents>(name: K, listener: (event: ExecutorEvents[K]) => void): this {
    this.#hub.on(name, listener);
    return this;
  }

  off<K extends keyof ExecutorEvents>(name: K, listener: (event: ExecutorEvents[K]) => void): this {
    this.#hub.off(name, listener);
    return this;
  }

  /** Figures of this moment. Sizes are estimated by looking at every value held, so ask seldom. */
  stats(): ExecutorStats {
    let bytesHeld = 0;
    for (const run of this.#runs) bytesHeld += run.bytes;
    for (const ref of this.#held) bytesHeld += ref.deref()?.bytes ?? 0;
    return {
      bytesHeld,
      bytesSpilled: 0,
      bytesWritten: 0,
      bytesReadBack: 0,
      bytesTransferred: 0,
      bytesThroughController: 0,
      runs: this.#runs.size,
    };
  }

  /** Cancels what runs and releases all kept results. Can be called again without harm. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const run of this.#runs) run.stop(new ExecutorError("the executor was closed during the run"));
    for (const ref of this.#held) ref.deref()?.releaseAll();
    this.#held.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Publishes an event that is only made when somebody listens. */
  protected publishEvent<K extends keyof ExecutorEvents>(name: K, event: () => ExecutorEvents[K]): void {
    if (this.#hub.observed(name)) this.#hub.publish(name, event());
  }

  /** True when somebody listens to the transitions of tasks. */
  protected get observed(): boolean {
    return this.#hub.observed("task");
  }

  /**
   * Drops results that the node option `cache` keeps and that nobody holds, the least recently used first.
   * @param bytes how many are to be free then
   * @param condition which of them; those given to running runs stay
   * @internal
   */
  protected dropCached(bytes: number, condition: (chunk: Chunk) => boolean): void {
    this.#caching.relieve(bytes, condition);
  }

  #refuseIfOver({ signal }: RunOptions): void {
    if (this.#closed) throw new ExecutorError("the executor is closed");
    signal?.throwIfAborted();
  }

  /** Uses what caches have, and gives them what they are to keep. */
  async #runCached(
    first: ReturnType<Build>,
    build: Build,
    inputs: ReadonlyMap<DispatchNode, unknown>,
    options: RunOptions,
  ): Promise<DispatchResult[]> {
    let asked = first;
    const reading = this.#caching.readChunks(asked.graph, inputs);
    if (reading !== undefined) {
      await reading;
      this.#refuseIfOver(options);
      asked = build(inputs.keys());
    }
    const cached = this.#caching.look(asked.graph, asked.outputs, inputs, {
      keepAll: options.keep === "all",
      keepOptions: this.unsupported.includes("priority") ? {} : { priority: 100 },
    });
    try {
      const { graph, outputs } = cached.given.size > inputs.size ? build(cached.given.keys()) : asked;
      const writers = cached.addWriters(graph);
      const results = await this.#start(graph, [...outputs, ...writers], inputs, options, cached).promise;
      const own = results.splice(0, outputs.length);
      await this.#caching.trim(await cached.finish(own, results));
      return own;
    } catch (error) {
      if (error instanceof DependencyError) cached.failed(error.id);
      throw error;
    } finally {
      cached.end();
    }
  }

  #start(
    graph: DispatchGraph,
    outputs: readonly DispatchNode[],
    inputs: ReadonlyMap<DispatchNode, unknown>,
    options: RunOptions,
    cached?: CachedRun,
  ): Run {
    const lowered = lower(graph, cached?.given ?? inputs);
    const refused = this.unsupported.find((name) => lowered.usedOptions.has(name));
    if (refused !== undefined) {
      for (const lease of lowered.leases.values()) lease.end();
      const node = graph.nodes().find((one) => one.options?.[refused] !== undefined);
      throw new ExecutorError(
        `${this.constructor.name} does not support the option "${refused}" of "${node?.label}"`,
      );
    }
    const run = new Run(lowered, {
      executor: this,
      outputs,
      inputs,
      throwError: options.throwError ?? true,
      keepAll: options.keep === "all",
      signal: options.signal,
      timeout: options.timeout,
      retry: this.#retry,
      clock: this.clock,
      hub: this.#hub,
      worker: this.worker,
      isExtra: (node) => node instanceof KeepNode,
      onEnd: (ended) => {
        this.#runs.delete(ended);
        this.forget(ended);
      },
      onHeld: (held) => {
        const ref = new WeakRef(held);
        this.#held.add(ref);
        this.#forgotten.register(held, ref);
      },
      onCached: (node, chunk) => cached?.keep(node, chunk),
    });
    this.#runs.add(run);
    cached?.begun(run.id);
    try {
      run.begin();
      if (!run.ended) this.execute(run);
    } catch (error) {
      run.stop(error);
    }
    return run;
  }
}

/** Stands for a value that is put where chunks are; it is given as an input. */
class Put extends DispatchNode {
  override get label(): string {
    return "put";
  }
}
