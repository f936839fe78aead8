import { type Backoff, backoffOf } from "../core/scheduler/retry.ts";
import { ExecutorError } from "../errors.ts";
import { DispatchGraph } from "../graph/graph.ts";
import { lower } from "../graph/lower.ts";
import { checkedNodes, type Nodes } from "../graph/nodes.ts";
import { type DispatchNode, isNode } from "../nodes/node.ts";
import { checkRetrySettings, isDuration, type NodeOptions, type RetryPredicate } from "../nodes/options.ts";
import { AwaitedResult } from "../nodes/result.ts";
import { shown } from "../shown.ts";
import { Chunk, type HeldResults } from "./chunk.ts";
import { type Clock, systemClock } from "./clock.ts";
import { EventHub, type ExecutorEvents } from "./events.ts";
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

/** Settings of one run. */
export interface RunOptions {
  /** Nodes to be replaced by values, or by the results that they have already. */
  readonly inputs?: ReadonlyMap<DispatchNode, unknown> | readonly DispatchNode[];
  /** Reject with the first failure (default), or run all that can run and report failures as results. */
  readonly throwError?: boolean;
  /** `"all"`: keep the results of all nodes and not only of the outputs. */
  readonly keep?: "all";
  /** Cancels the run: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Limit for the whole run, in milliseconds. */
  readonly timeout?: number;
}

/** Figures of an executor at one moment. */
export interface ExecutorStats {
  /** Estimated bytes of results that it holds: of running runs and kept ones. */
  readonly bytesHeld: number;
  readonly bytesSpilled: number;
  /** Bytes that went from worker to worker. */
  readonly bytesTransferred: number;
  /** Bytes of intermediate results that passed through the controlling process. */
  readonly bytesThroughController: number;
  /** Runs that have not ended. */
  readonly runs: number;
}

/** One worker as its executor sees it. */
export interface WorkerInfo {
  readonly id: string;
  readonly pid: number;
  /** Of a worker that is a thread of its own. */
  readonly threadId?: number | undefined;
  /** Where other workers reach it, if they need an address. */
  readonly address?: string | undefined;
  /** How many tasks it runs at present. */
  readonly running: number;
  /** Milliseconds that its tasks took in all; with several at once, of each. */
  readonly busy?: number;
  readonly bytesHeld: number;
  readonly bytesSpilled: number;
}

/** What `run` takes: a node, several, or a graph, of which everything is run. */
export type Runnable = Nodes | DispatchGraph;

/** One result for each of several nodes. */
export type ResultsOf<N extends readonly DispatchNode[]> = {
  -readonly [K in keyof N]: DispatchResult<N[K] extends DispatchNode<infer T> ? T : never>;
};

const RUN_OPTIONS = ["inputs", "throwError", "keep", "signal", "timeout"];

/**
 * Runs graphs. Subclass it for an executor of your own: `execute` decides where and when tasks
 * run, everything else is done here and in `Run`. The contract that it must keep is a test suite
 * in `dispatch-graph/testing`.
 */
export abstract class Executor implements AsyncDisposable {
  readonly #retry: RetrySettings;
  readonly #hub = new EventHub();
  readonly #runs = new Set<Run>();
  readonly #held = new Set<WeakRef<HeldResults>>();
  readonly #forgotten = new FinalizationRegistry<{
    readonly ref: WeakRef<HeldResults>;
    readonly left: ReturnType<HeldResults["elsewhere"]>;
  }>(({ ref, left }) => {
    this.#held.delete(ref);
    for (const task of left?.tasks ?? []) left?.where.release(task);
  });
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
    if (this.#closed) throw new ExecutorError("the executor is closed");
    options.signal?.throwIfAborted();
    const requested = nodes instanceof DispatchGraph ? nodes : checkedNodes(nodes, "output");
    const { inputs, unknown } = readInputs(options.inputs, requested);
    if (unknown.length > 0) {
      await addResults(unknown, inputs);
      options.signal?.throwIfAborted();
      if (this.#closed) throw new ExecutorError("the executor was closed");
    }
    // From here on everything is synchronous: the graph is what the nodes say at one moment, which
    // is that of the call unless inputs had to be fetched.
    const { graph, outputs } =
      requested instanceof DispatchGraph
        ? requested.forRun(inputs.keys())
        : { graph: DispatchGraph.from(requested, inputs.keys()), outputs: requested };
    return graph.size === 0 ? [] : this.#start(graph, outputs, inputs, options).promise;
  }

  /** Runs a node and returns the handle of its result, which stays where it is. Throws like `run`. */
  async compute<T>(node: DispatchNode<T>, options?: RunOptions): Promise<Chunk<T>> {
    const [result] = await this.run(node, { ...options, throwError: true });
    return result.chunk;
  }

  /** The value of a chunk, or of a node that is run for it; of the latter nothing is kept. Throws like `run`. */
  async collect<T>(target: DispatchNode<T> | Chunk<T>, options?: RunOptions): Promise<T> {
    if (target instanceof Chunk) return target.fetch();
    if (!isNode(target)) throw new TypeError(`collect takes a node or a chunk, got ${shown(target)}`);
    const chunk = await this.compute<T>(target, options);
    const value = await chunk.fetch();
    if (target.options?.persist !== true && options?.keep !== "all") chunk.release();
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

  /** True when somebody listens to the transitions of tasks. */
  protected get observed(): boolean {
    return this.#hub.observed("task");
  }

  #start(
    graph: DispatchGraph,
    outputs: readonly DispatchNode[],
    inputs: ReadonlyMap<DispatchNode, unknown>,
    options: RunOptions,
  ): Run {
    const lowered = lower(graph, inputs);
    const refused = this.unsupported.find((name) => lowered.usedOptions.has(name));
    if (refused !== undefined) {
      const node = graph.nodes().find((one) => one.options?.[refused] !== undefined);
      throw new ExecutorError(
        `${this.constructor.name} does not support the option "${refused}" of "${node?.label}"`,
      );
    }
    const run = new Run(lowered, {
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
      onEnd: (ended) => {
        this.#runs.delete(ended);
        this.forget(ended);
      },
      onHeld: (held) => {
        const ref = new WeakRef(held);
        this.#held.add(ref);
        this.#forgotten.register(held, { ref, left: held.elsewhere() });
      },
    });
    this.#runs.add(run);
    try {
      run.begin();
      if (!run.ended) this.execute(run);
    } catch (error) {
      run.stop(error);
    }
    return run;
  }
}

function checkRunOptions(options: RunOptions): void {
  for (const name of Object.keys(options)) {
    if (!RUN_OPTIONS.includes(name)) {
      throw new TypeError(`unknown run option "${name}"; known are ${RUN_OPTIONS.join(", ")}`);
    }
  }
  const { throwError, keep, signal, timeout } = options;
  const refuse = (name: keyof RunOptions, wanted: string): never => {
    throw new TypeError(`run option "${name}" must be ${wanted}, got ${shown(options[name])}`);
  };
  if (throwError !== undefined && typeof throwError !== "boolean") refuse("throwError", "true or false");
  if (keep !== undefined && keep !== "all") refuse("keep", '"all"');
  if (signal !== undefined && !isSignal(signal)) refuse("signal", "an AbortSignal");
  const wanted = timeout === undefined ? undefined : isDuration(timeout);
  if (wanted !== undefined) refuse("timeout", wanted);
}

/** True of signals of other realms and libraries too. */
function isSignal(signal: unknown): boolean {
  return typeof signal === "object" && signal !== null && "aborted" in signal && "addEventListener" in signal;
}

/** The values given for inputs, and the inputs whose own results are to be used: a graph has such too. */
function readInputs(
  given: RunOptions["inputs"],
  requested: DispatchGraph | readonly DispatchNode[],
): { inputs: Map<DispatchNode, unknown>; unknown: readonly DispatchNode[] } {
  const ofGraph = requested instanceof DispatchGraph ? [...requested.inputs()] : [];
  if (given === undefined) return { inputs: new Map(), unknown: ofGraph };
  if (given instanceof Map) {
    checkedNodes([...given.keys()], "input");
    return { inputs: new Map(given), unknown: ofGraph.filter((node) => !given.has(node)) };
  }
  if (isNode(given))
    throw new TypeError('run option "inputs" must be a Map or an array of nodes, got a node');
  return {
    inputs: new Map(),
    unknown: [...ofGraph, ...checkedNodes(given as Iterable<DispatchNode>, "input")],
  };
}

/** Adds the results that the nodes have, without waiting for nodes that have none. */
async function addResults(nodes: Iterable<DispatchNode>, values: Map<DispatchNode, unknown>): Promise<void> {
  const missing = [...nodes].filter((node) => !values.has(node));
  for (const node of missing) {
    if (!node.isReady()) {
      throw new ExecutorError(
        `the input "${node.label}" has no result yet: run it before, or give its value in a Map`,
      );
    }
  }
  const results = await Promise.all(missing.map((node) => node.fetch()));
  for (const [i, node] of missing.entries()) values.set(node, results[i]);
}
