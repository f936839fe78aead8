import { asAsyncTask, callerContext, enterTask, leaveTask, type TaskContext } from "../context.ts";
import type { StateName } from "../core/scheduler/task-state.ts";
import { type Failure, TimeoutError } from "../errors.ts";
import type { Lowered, TaskGraph } from "../graph/lower.ts";
import type { DispatchNode } from "../nodes/node.ts";
import { AwaitedResult, Deferred } from "../nodes/result.ts";
import { messageOf } from "../shown.ts";
import { sizeOf } from "../size.ts";
import { type AnyFunction, evaluate, isAsyncFunction, isThenable } from "../task.ts";
import { whenAborted } from "./abort.ts";
import { Chunk } from "./chunk.ts";
import { isElsewhere } from "./elsewhere.ts";
import type { Executor } from "./executor.ts";
import { Failures } from "./failures.ts";
import { HeldResults } from "./held-results.ts";
import { LatestResults } from "./latest-results.ts";
import { lend } from "./lend.ts";
import { DispatchResult } from "./result.ts";
import { type Judgement, Retries } from "./retries.ts";
import type { RunSettings } from "./run-settings.ts";
import { TaskSignals } from "./signals.ts";
import { OUTPUT, wantedOf, wantedTasks } from "./wanted.ts";

const PENDING = 0;
const READY = 1;
const FAILED = 2;
const DROPPED = 3;

let runs = 0;

/**
 * One execution of a graph for one caller: its values, failures and end. An executor decides
 * what runs when and where, calls `perform` for each task, and says with `put`, `fail`,
 * `failThrough` and `drop` what came of it.
 */
export class Run {
  /** Number of the run, unique in the process. */
  readonly id: number;
  readonly executor: Executor;
  readonly graph: TaskGraph;
  /** By task: 0 unless its result outlives the run. */
  readonly wanted: Uint8Array;
  /** The tasks whose results outlive the run, ascending. */
  readonly wantedTasks: readonly number[];
  /** True if also those tasks are to run that only failed ones need. */
  readonly runAll: boolean;
  /** Enters the async context in which the run was asked for; that of tasks. */
  readonly inContext: <R>(body: () => R) => R = callerContext();
  /** Settles with the results in the order of the outputs, or with the reason why there are none. */
  promise: Promise<DispatchResult[]>;
  /** True from the moment on that nothing of the run matters any more. */
  ended = false;
  /** True if the run ended without results. */
  stopped = false;
  /** Why it did. */
  reason: unknown;

  readonly #graph: Lowered;
  #settings: RunSettings;
  #deferred = new Deferred<DispatchResult[]>();
  readonly #latest: LatestResults;
  readonly #values: unknown[];
  readonly #status: Uint8Array;
  #unsettled = 0;
  readonly #failures: Failures;
  readonly #retries: Retries;
  readonly #signals = new TaskSignals();
  /** Those who wait for the result of a task. */
  #waiters: Map<number, Deferred<unknown>> | undefined;
  #timer: unknown;
  #endWait: (() => void) | undefined;
  /** Ends of pauses. */
  readonly #pauses = new Set<() => void>();

  constructor(graph: Lowered, settings: RunSettings) {
    this.id = ++runs;
    this.executor = settings.executor;
    this.graph = graph;
    this.#graph = graph;
    this.#settings = settings;
    this.promise = this.#deferred.promise;
    this.#failures = new Failures(graph);
    this.#retries = new Retries(settings.retry);
    this.#latest = new LatestResults(this);
    this.#values = new Array(graph.size);
    this.#status = new Uint8Array(graph.size);
    this.wanted = wantedOf(graph, settings.outputs, settings.inputs, settings.keepAll);
    this.wantedTasks = wantedTasks(this.wanted);
    this.runAll = !settings.throwError;
    this.#unsettled = this.runAll ? graph.size : this.wantedTasks.length;
    this.#takeUpNodes();
  }

  /** Says that the run has started, and lets its signal and timeout end it. */
  begin(): void {
    const { signal, timeout, clock } = this.#settings;
    if (signal !== undefined) this.#endWait = whenAborted(signal, () => this.stop(signal.reason));
    if (timeout !== undefined) {
      this.#timer = clock.setTimeout(() => this.stop(new TimeoutError("the run", timeout)), timeout);
    }
    this.#publish("started", undefined);
  }

  // ---------------------------------------------------------------- for executors

  /**
   * Calls the task's function with the values of its dependencies. Results in the value, or a
   * thenable of it that is bounded by the node's timeout; throws what the function throws.
   */
  perform(task: number): unknown {
    if (this.graph.metaTasks.size > 0 && this.graph.metaTasks.has(task)) return this.#performMeta(task);
    const fn = this.graph.fns[task];
    const args = this.graph.args[task];
    if (fn === undefined) return args?.[0];
    const { dependencyStart, dependencies, orderOnly } = this.graph;
    const values = this.#values;
    const start = dependencyStart[task]!;
    const end = dependencyStart[task + 1]! - (orderOnly.size > 0 ? (orderOnly.get(task) ?? 0) : 0);
    let outcome: unknown;
    if (isAsyncFunction(fn)) {
      outcome = this.#performAsync(task, fn, args, start, end);
    } else {
      enterTask(this, task);
      try {
        outcome = evaluate(fn, args, values, dependencies, start, end);
      } finally {
        leaveTask();
      }
    }
    return isThenable(outcome) ? this.limited(task, outcome) : outcome;
  }

  /** Bounds a promise by the node's timeout. */
  limited(task: number, outcome: PromiseLike<unknown>): PromiseLike<unknown> {
    const { label, options } = this.graph.info(task);
    if (options?.timeout === undefined) return outcome;
    return this.#signals.limited(task, label, outcome, options.timeout, this.#settings.clock);
  }

  /** The task has this result, or it is elsewhere. */
  put(task: number, value: unknown): void {
    this.#values[task] = value;
    this.#status[task] = READY;
    this.#signals.forget(task);
    if (this.#waiters !== undefined) this.#takeWaiter(task)?.resolve(valueAt(value, task));
    if (this.runAll || this.wanted[task] !== 0) this.#settled();
  }

  /** The last dependent of an unwanted task has finished: its value goes. */
  drop(task: number): void {
    if (this.#status[task] !== READY) return;
    this.#values[task] = undefined;
    this.#status[task] = DROPPED;
  }

  /** True when the task has a result or has failed. */
  isSettled(task: number): boolean {
    return this.#status[task] !== PENDING;
  }

  /** True when the task has a result, which is not here. */
  isElsewhere(task: number): boolean {
    return this.#status[task] === READY && isElsewhere(this.#values[task]);
  }

  /** True when somebody waits for the task's result apart from the run. */
  isAwaited(task: number): boolean {
    return this.#waiters?.has(task) ?? false;
  }

  /** True when the task has a result that only other tasks need. */
  isIntermediate(task: number): boolean {
    return this.wanted[task] !== OUTPUT;
  }

  /** True when the task has failed, itself or through a dependency. */
  hasFailed(task: number): boolean {
    return this.#status[task] === FAILED;
  }

  /** The error that the task failed with or through, if it has failed. */
  causeOf(task: number): Error | undefined {
    return this.#failures.causeOf(task);
  }

  /** Whether an attempt that threw is to be followed by another. */
  judge(task: number, thrown: unknown): Judgement {
    return this.#retries.judge(task, this.graph.info(task), thrown);
  }

  /** The task's own function has failed for good. */
  fail(task: number, cause: Error): void {
    if (this.#settings.isExtra(this.#graph.nodeOf(task))) {
      this.put(task, messageOf(cause));
      return;
    }
    this.#failures.add(task, cause);
    if (this.runAll) this.#failed(task);
    else this.stop(this.#failures.errorOf(this.#failures.reach(task, (one) => this.wanted[one] === OUTPUT)));
  }

  /** The task cannot run, because this dependency of it has failed. */
  failThrough(task: number, dependency: number): void {
    if (this.#failures.has(task)) return;
    this.#failures.addThrough(task, dependency);
    this.#failed(task);
  }

  /** Ends the run without results; what runs is told through its signal. */
  stop(reason: unknown): void {
    if (this.ended) return;
    this.stopped = true;
    this.reason = reason;
    this.#end(reason);
    this.#publish("failed", reason);
    this.#deferred.reject(reason);
  }

  /**
   * The run is over, and all that may still be wanted of it is to compute something again: it holds neither nodes
   * nor results any more, so that these can be garbage.
   * @param isEncoded true of tasks whose arguments were taken elsewhere
   */
  letNodesGo(isEncoded: (task: number) => boolean): void {
    this.#graph.letNodesGo(isEncoded);
    const { executor, throwError, keepAll, retry, clock, hub, worker } = this.#settings;
    const nothing = { outputs: [], inputs: new Map(), signal: undefined, timeout: undefined };
    const deaf = { isExtra: () => false, onEnd: () => {}, onHeld: () => {}, onCached: () => {} };
    this.#settings = { executor, throwError, keepAll, retry, clock, hub, worker, ...nothing, ...deaf };
    this.#deferred = new Deferred();
    this.promise = this.#deferred.promise;
  }

  /** Resolves after a pause, or when the run ends. */
  pause(milliseconds: number): Promise<void> {
    const { clock } = this.#settings;
    return new Promise((resolve) => {
      const end = (): void => {
        clock.clearTimeout(timer);
        this.#pauses.delete(end);
        resolve();
      };
      const timer = clock.setTimeout(end, milliseconds);
      this.#pauses.add(end);
    });
  }

  /** Tells the task, if it listens, that its result is no longer wanted. */
  abort(task: number, reason: unknown): void {
    this.#signals.abort(task, reason);
  }

  /**
   * Tells observers, if there are any, of a transition.
   * @param worker id of the worker concerned, `null` if none is; the one in this thread if not given
   */
  transition(
    task: number,
    from: StateName,
    to: StateName,
    error?: Error,
    worker: string | null = this.#settings.worker,
  ): void {
    const { hub } = this.#settings;
    if (!hub.observed("task")) return;
    // An attempt that has just failed is counted already.
    const failed = this.#retries.failedAttempts(task);
    hub.publish("task", {
      run: this.id,
      id: this.graph.idOf(task),
      label: this.graph.info(task).label,
      from,
      to,
      attempt: failed > 0 && (error !== undefined || from === "erred") ? failed : failed + 1,
      worker: worker ?? undefined,
      at: performance.now(),
      error: error ?? (to === "erred" ? this.#failures.causeOf(task) : undefined),
    });
  }

  // ---------------------------------------------------------------- for nodes, through LatestResults

  isReady(node: DispatchNode): boolean {
    return this.#status[this.#graph.taskOf(node)] !== PENDING;
  }

  fetch(node: DispatchNode): Promise<unknown> | undefined {
    const task = this.#graph.taskOf(node);
    switch (this.#status[task]) {
      case READY:
        return Promise.resolve(valueAt(this.#values[task], task));
      case FAILED:
        return Promise.reject(this.#failures.errorOf(task));
      case DROPPED:
        return undefined;
    }
    this.#waiters ??= new Map();
    const known = this.#waiters.get(task) ?? new Deferred();
    this.#waiters.set(task, known);
    return known.promise;
  }

  /** Estimated bytes of the values held at present. */
  get bytes(): number {
    let bytes = 0;
    for (const value of this.#values) {
      if (value !== undefined && !isElsewhere(value)) bytes += sizeOf(value);
    }
    return bytes;
  }

  contextOf(task: number): TaskContext {
    const run = this;
    return {
      get signal() {
        return run.#signals.of(task);
      },
      key: `${this.id}-${task}`,
      label: this.graph.info(task).label,
      worker: this.#settings.worker,
    };
  }

  // ---------------------------------------------------------------- inside

  /** From now on the nodes find their latest results here. */
  #takeUpNodes(): void {
    const { inputs } = this.#settings;
    for (let task = 0; task < this.graph.size; task++) {
      const node = this.#graph.nodeOf(task);
      if (inputs.size > 0 && inputs.has(node)) continue;
      if (node.latest instanceof AwaitedResult) {
        this.#waiters ??= new Map();
        this.#waiters.set(task, node.latest.deferred);
      }
      node.latest = this.#latest;
    }
  }

  /** Apart from `perform`, where the closure would cost every task an object for the variables that it captures. */
  #performAsync(
    task: number,
    fn: AnyFunction,
    args: readonly unknown[] | undefined,
    start: number,
    end: number,
  ): unknown {
    return asAsyncTask(this, task, () =>
      evaluate(fn, args, this.#values, this.graph.dependencies, start, end),
    );
  }

  /** A local executor's chunks are of values that are here; of a chunk that is returned the value is the result. */
  #performMeta(task: number): unknown {
    return lend(
      this,
      task,
      (dependency) => this.#values[dependency],
      (outcome) => (outcome instanceof Chunk ? outcome.lease().value() : outcome),
    );
  }

  #failed(task: number): void {
    this.#status[task] = FAILED;
    this.#signals.forget(task);
    if (this.#waiters !== undefined) this.#takeWaiter(task)?.reject(this.#failures.errorOf(task));
    if (this.runAll || this.wanted[task] !== 0) this.#settled();
  }

  #takeWaiter(task: number): Deferred<unknown> | undefined {
    const waiter = this.#waiters?.get(task);
    this.#waiters?.delete(task);
    return waiter;
  }

  #settled(): void {
    if (--this.#unsettled > 0 || this.ended) return;
    this.#failures.settle();
    const { outputs, inputs, onHeld, onCached } = this.#settings;
    const held = new HeldResults(this.executor, this.wantedTasks);
    const places = new Int32Array(this.graph.size);
    const outcomes = this.wantedTasks.map((task, place) => {
      places[task] = place;
      if (this.#status[task] === FAILED) return this.#failures.errorOf(task);
      const node = this.#graph.nodeOf(task);
      held.set(place, this.#values[task]);
      const chunk = new Chunk(this.id, task, node.label, held, place);
      // An output that is an input has been given its value by this run too.
      if (node.latest === this.#latest || inputs.has(node)) node.latest = chunk;
      if (node.options?.cache === true) onCached(node, chunk);
      return chunk;
    });
    const results = outputs.map((node) => {
      return new DispatchResult(node, outcomes[places[this.#graph.taskOf(node)]!]!);
    });
    onHeld(held);
    this.#end(undefined);
    this.#publish("finished", undefined);
    this.#deferred.resolve(results);
  }

  /** Lets go of everything, and of everybody who waits. */
  #end(failure: unknown): void {
    this.ended = true;
    const { clock, onEnd } = this.#settings;
    this.#endWait?.();
    clock.clearTimeout(this.#timer);
    const failures = new Map<DispatchNode, Failure>();
    for (const [task, one] of this.#failures.entries()) failures.set(this.#graph.nodeOf(task), one);
    this.#latest.close(failure, failures);
    for (const [task, waiter] of this.#waiters ?? [])
      waiter.reject(this.#latest.errorOf(this.#graph.nodeOf(task)));
    this.#signals.abortAll(failure);
    for (const end of this.#pauses) end();
    for (const lease of this.graph.leases.values()) lease.end();
    onEnd(this);
    this.#values.length = 0;
  }

  #publish(state: "started" | "finished" | "failed", error: unknown): void {
    const { hub } = this.#settings;
    if (!hub.observed("run")) return;
    hub.publish("run", { run: this.id, state, tasks: this.graph.size, at: performance.now(), error });
  }
}

/** A value, or a promise of one that is elsewhere. */
function valueAt(value: unknown, task: number): unknown {
  return isElsewhere(value) ? value.fetch(task) : value;
}
