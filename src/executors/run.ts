import {
  asAsyncTask,
  type ContextSource,
  enterTask,
  isAsyncFunction,
  leaveTask,
  type TaskContext,
} from "../context.ts";
import type { Backoff } from "../core/scheduler/retry.ts";
import { backoffDelay } from "../core/scheduler/retry.ts";
import type { StateName } from "../core/scheduler/task-state.ts";
import { asError, DependencyError, type Failure, failureOf, TimeoutError } from "../errors.ts";
import type { Lowered, TaskGraph } from "../graph/lower.ts";
import type { DispatchNode } from "../nodes/node.ts";
import type { RetryPredicate } from "../nodes/options.ts";
import { AwaitedResult, Deferred } from "../nodes/result.ts";
import { sizeOf } from "../size.ts";
import { evaluate } from "../task.ts";
import { Chunk, HeldResults } from "./chunk.ts";
import type { Clock } from "./clock.ts";
import type { EventHub } from "./events.ts";
import { LatestResults } from "./latest-results.ts";
import { DispatchResult } from "./result.ts";

/** How failures are retried when a node does not say otherwise. */
export interface RetrySettings {
  readonly retries: number;
  readonly retryOn: readonly RetryPredicate[];
  readonly backoff: Backoff;
}

/** What a run needs besides its graph. */
export interface RunSettings {
  readonly outputs: readonly DispatchNode[];
  /** Nodes whose values were given: their own results stay as they are. */
  readonly inputs: ReadonlyMap<DispatchNode, unknown>;
  readonly throwError: boolean;
  readonly keepAll: boolean;
  readonly signal: AbortSignal | undefined;
  readonly timeout: number | undefined;
  readonly retry: RetrySettings;
  readonly clock: Clock;
  readonly hub: EventHub;
  readonly worker: string;
  /** Called once when the run is over, before its promise settles: nothing of it is to go on. */
  readonly onEnd: (run: Run) => void;
  /** Takes note of results that outlive the run. */
  readonly onHeld: (held: HeldResults) => void;
}

/** In `wanted`: kept without having been requested, and requested. */
const KEPT = 1;
const OUTPUT = 2;

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
export class Run implements ContextSource {
  /** Number of the run, unique in the process. */
  readonly id: number;
  readonly graph: TaskGraph;
  /** By task: 0 unless its result outlives the run. */
  readonly wanted: Uint8Array;
  /** The tasks whose results outlive the run, ascending. */
  readonly wantedTasks: readonly number[];
  /** Settles with the results in the order of the outputs, or with the reason why there are none. */
  readonly promise: Promise<DispatchResult[]>;
  /** True from the moment on that nothing of the run matters any more. */
  ended = false;

  readonly #graph: Lowered;
  readonly #settings: RunSettings;
  readonly #deferred = new Deferred<DispatchResult[]>();
  readonly #latest: LatestResults;
  readonly #values: unknown[];
  readonly #status: Uint8Array;
  #unsettled = 0;
  /** Failed tasks; those after the first through a dependency. */
  readonly #failures = new Map<number, Failure>();
  /** How many attempts of a task have failed. */
  readonly #failedAttempts = new Map<number, number>();
  /** Those who wait for the result of a task. */
  #waiters: Map<number, Deferred<unknown>> | undefined;
  /** Made for tasks that asked for their signal or have a timeout. */
  readonly #controllers = new Map<number, AbortController>();
  #timer: unknown;
  /** Ends of pauses. */
  readonly #pauses = new Set<() => void>();

  constructor(graph: Lowered, settings: RunSettings) {
    this.id = ++runs;
    this.graph = graph;
    this.#graph = graph;
    this.#settings = settings;
    this.promise = this.#deferred.promise;
    this.#latest = new LatestResults(this);
    this.#values = new Array(graph.size);
    this.#status = new Uint8Array(graph.size);
    this.wanted = this.#wanted();
    this.wantedTasks = this.#wantedTasks();
    this.#unsettled = this.wantedTasks.length;
    this.#takeUpNodes();
    settings.signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (settings.timeout !== undefined) {
      const limit = settings.timeout;
      this.#timer = settings.clock.setTimeout(() => this.stop(new TimeoutError("the run", limit)), limit);
    }
    this.#publish("started", undefined);
  }

  // ---------------------------------------------------------------- for executors

  /**
   * Calls the task's function with the values of its dependencies. Results in the value, or a
   * thenable of it that is bounded by the node's timeout; throws what the function throws.
   */
  perform(task: number): unknown {
    const fn = this.graph.fns[task];
    const args = this.graph.args[task];
    if (fn === undefined) return args?.[0];
    const { dependencyStart, dependencies, orderOnly } = this.graph;
    const values = this.#values;
    const start = dependencyStart[task]!;
    const end = dependencyStart[task + 1]! - (orderOnly.size > 0 ? (orderOnly.get(task) ?? 0) : 0);
    let outcome: unknown;
    if (isAsyncFunction(fn)) {
      outcome = asAsyncTask(this, task, () => evaluate(fn, args, values, dependencies, start, end));
    } else {
      enterTask(this, task);
      try {
        outcome = evaluate(fn, args, values, dependencies, start, end);
      } finally {
        leaveTask();
      }
    }
    if (!isThenable(outcome)) return outcome;
    const limit = this.graph.info(task).options?.timeout;
    return limit === undefined ? outcome : this.#limited(task, outcome, limit);
  }

  /** The task has this result. */
  put(task: number, value: unknown): void {
    this.#values[task] = value;
    this.#status[task] = READY;
    if (this.#controllers.size > 0) this.#controllers.delete(task);
    if (this.#waiters !== undefined) this.#takeWaiter(task)?.resolve(value);
    if (this.wanted[task] !== 0) this.#settled();
  }

  /** The last dependent of an unwanted task has finished: its value goes. */
  drop(task: number): void {
    this.#values[task] = undefined;
    this.#status[task] = DROPPED;
  }

  /** True when the task has failed, itself or through a dependency. */
  hasFailed(task: number): boolean {
    return this.#status[task] === FAILED;
  }

  /**
   * Whether an attempt that threw is to be followed by another.
   * @returns the error, and the pause before the next attempt in milliseconds, or -1 for none
   */
  judge(task: number, thrown: unknown): { error: Error; delay: number } {
    const error = asError(thrown);
    const { options, label } = this.graph.info(task);
    const { retry } = this.#settings;
    const failures = (this.#failedAttempts.get(task) ?? 0) + 1;
    this.#failedAttempts.set(task, failures);
    if (failures > (options?.retries ?? retry.retries)) return { error, delay: -1 };
    const predicates = options?.retryOn === undefined ? retry.retryOn : [options.retryOn].flat();
    try {
      if (!predicates.some((predicate) => predicate(error))) return { error, delay: -1 };
    } catch (mistake) {
      const message = `retryOn of "${label}" threw ${String(mistake)} when it was asked about: ${error.message}`;
      return { error: new AggregateError([error, mistake], message), delay: -1 };
    }
    return { error, delay: backoffDelay(retry.backoff, failures, Math.random()) };
  }

  /** The task's own function has failed for good. */
  fail(task: number, cause: Error): void {
    this.#recordFailure(task, cause);
    if (this.#settings.throwError) this.stop(this.#errorOf(this.#firstFailedOutput(task)));
    else this.#failed(task);
  }

  /** The task cannot run, because this dependency of it has failed. */
  failThrough(task: number, dependency: number): void {
    if (this.#failures.has(task)) return;
    this.#recordFailure(task, this.#failures.get(dependency)!);
    this.#failed(task);
  }

  /** Ends the run without results; what runs is told through its signal. */
  stop(reason: unknown): void {
    if (this.ended) return;
    this.#end(reason);
    this.#publish("failed", reason);
    this.#deferred.reject(reason);
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
    this.#controllers.get(task)?.abort(reason);
    this.#controllers.delete(task);
  }

  /** Tells observers, if there are any, of a transition. */
  transition(task: number, from: StateName, to: StateName, error?: Error): void {
    const { hub, worker } = this.#settings;
    if (!hub.observed("task")) return;
    // An attempt that has just failed is counted already.
    const failed = this.#failedAttempts.get(task) ?? 0;
    hub.publish("task", {
      run: this.id,
      id: this.graph.idOf(task),
      label: this.graph.info(task).label,
      from,
      to,
      attempt: error === undefined || failed === 0 ? failed + 1 : failed,
      worker,
      at: performance.now(),
      error: error ?? (to === "erred" ? this.#failures.get(task)?.cause : undefined),
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
        return Promise.resolve(this.#values[task]);
      case FAILED:
        return Promise.reject(this.#errorOf(task));
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
    for (const value of this.#values) if (value !== undefined) bytes += sizeOf(value);
    return bytes;
  }

  contextOf(task: number): TaskContext {
    const run = this;
    return {
      get signal() {
        return run.#controllerOf(task).signal;
      },
      key: `${this.id}-${task}`,
      label: this.graph.info(task).label,
      worker: this.#settings.worker,
    };
  }

  // ---------------------------------------------------------------- inside

  #wanted(): Uint8Array {
    const { keepAll, outputs } = this.#settings;
    const wanted = new Uint8Array(this.graph.size);
    if (keepAll) wanted.fill(KEPT);
    if (this.graph.usedOptions.has("persist")) {
      for (let task = 0; task < wanted.length; task++)
        if (this.graph.info(task).options?.persist) wanted[task] = KEPT;
    }
    for (const node of outputs) wanted[this.#graph.taskOf(node)] = OUTPUT;
    return wanted;
  }

  #wantedTasks(): number[] {
    const tasks: number[] = [];
    for (let task = 0; task < this.wanted.length; task++) if (this.wanted[task] !== 0) tasks.push(task);
    return tasks;
  }

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

  /** The outcome, or a `TimeoutError` if it takes too long; then the task is told through its signal. */
  #limited(task: number, outcome: PromiseLike<unknown>, limit: number): Promise<unknown> {
    const { clock } = this.#settings;
    return new Promise((resolve, reject) => {
      const timer = clock.setTimeout(() => {
        const error = new TimeoutError(`"${this.graph.info(task).label}"`, limit);
        this.abort(task, error);
        reject(error);
      }, limit);
      const controller = this.#controllerOf(task);
      const settle = (): void => {
        clock.clearTimeout(timer);
        controller.signal.removeEventListener("abort", settle);
      };
      controller.signal.addEventListener("abort", settle, { once: true });
      Promise.resolve(outcome).finally(settle).then(resolve, reject);
    });
  }

  #controllerOf(task: number): AbortController {
    let controller = this.#controllers.get(task);
    if (controller === undefined) {
      controller = new AbortController();
      if (this.ended) controller.abort(this.#latest.failure);
      else this.#controllers.set(task, controller);
    }
    return controller;
  }

  #recordFailure(task: number, origin: Error | Failure): void {
    this.#failures.set(task, failureOf(this.graph.info(task).label, this.graph.idOf(task), origin));
    this.#status[task] = FAILED;
  }

  #failed(task: number): void {
    if (this.#controllers.size > 0) this.#controllers.delete(task);
    if (this.#waiters !== undefined) this.#takeWaiter(task)?.reject(this.#errorOf(task));
    if (this.wanted[task] !== 0) this.#settled();
  }

  /** Follows a failure to the first output that it reaches: dependents come later in the static order. */
  #firstFailedOutput(failed: number): number {
    const { dependencyStart, dependencies, size } = this.graph;
    if (this.wanted[failed] === OUTPUT) return failed;
    for (let task = failed + 1; task < size; task++) {
      for (let e = dependencyStart[task]!; e < dependencyStart[task + 1]!; e++) {
        const dependency = this.#failures.get(dependencies[e]!);
        if (dependency === undefined) continue;
        this.#recordFailure(task, dependency);
        if (this.wanted[task] === OUTPUT) return task;
        break;
      }
    }
    return failed;
  }

  #errorOf(task: number): DependencyError {
    return new DependencyError(this.#failures.get(task)!);
  }

  #takeWaiter(task: number): Deferred<unknown> | undefined {
    const waiter = this.#waiters?.get(task);
    this.#waiters?.delete(task);
    return waiter;
  }

  #settled(): void {
    if (--this.#unsettled > 0 || this.ended) return;
    const held = new HeldResults();
    const outcomes = new Map<number, Chunk | DependencyError>();
    for (const task of this.wantedTasks) {
      const node = this.#graph.nodeOf(task);
      if (this.#status[task] === FAILED) {
        outcomes.set(task, this.#errorOf(task));
        continue;
      }
      held.set(task, this.#values[task]);
      const chunk = new Chunk(this.id, task, node.label, held);
      outcomes.set(task, chunk);
      if (node.latest === this.#latest) node.latest = chunk;
    }
    const { outputs, onHeld } = this.#settings;
    const results = outputs.map((node) => new DispatchResult(node, outcomes.get(this.#graph.taskOf(node))!));
    onHeld(held);
    this.#end(undefined);
    this.#publish("finished", undefined);
    this.#deferred.resolve(results);
  }

  /** Lets go of everything, and of everybody who waits. */
  #end(failure: unknown): void {
    this.ended = true;
    const { signal, clock, onEnd } = this.#settings;
    signal?.removeEventListener("abort", this.#onAbort);
    clock.clearTimeout(this.#timer);
    const failures = new Map<DispatchNode, Failure>();
    for (const [task, one] of this.#failures) failures.set(this.#graph.nodeOf(task), one);
    this.#latest.close(failure, failures);
    for (const [task, waiter] of this.#waiters ?? [])
      waiter.reject(this.#latest.errorOf(this.#graph.nodeOf(task)));
    for (const controller of this.#controllers.values()) controller.abort(failure);
    this.#controllers.clear();
    for (const end of this.#pauses) end();
    onEnd(this);
    this.#values.length = 0;
  }

  readonly #onAbort = (): void => this.stop(this.#settings.signal?.reason);

  #publish(state: "started" | "finished" | "failed", error: unknown): void {
    const { hub } = this.#settings;
    if (!hub.observed("run")) return;
    hub.publish("run", { run: this.id, state, tasks: this.graph.size, at: performance.now(), error });
  }
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  return typeof (value as { then?: unknown }).then === "function";
}
