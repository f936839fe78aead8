import { TimeoutError } from "../../errors.ts";
import type { Clock } from "../../executors/clock.ts";
import type { TaskGraph } from "../../graph/lower.ts";

/** The limits of a run's tasks: each counts from the moment in which a worker has begun the task. */
export class TimeLimits {
  readonly #graph: TaskGraph;
  readonly #clock: Clock;
  readonly #onEnd: (task: number, error: TimeoutError) => void;
  readonly #timers = new Map<number, unknown>();

  constructor(graph: TaskGraph, clock: Clock, onEnd: (task: number, error: TimeoutError) => void) {
    this.#graph = graph;
    this.#clock = clock;
    this.#onEnd = onEnd;
  }

  /** True of tasks whose beginning is to be reported. */
  has(task: number): boolean {
    return this.#graph.usedOptions.has("timeout") && this.#graph.info(task).options?.timeout !== undefined;
  }

  begun(task: number): void {
    if (!this.has(task)) return;
    const { label, options } = this.#graph.info(task);
    const limit = options!.timeout!;
    this.over(task);
    const end = (): void => {
      this.#timers.delete(task);
      this.#onEnd(task, new TimeoutError(`"${label}"`, limit));
    };
    this.#timers.set(task, this.#clock.setTimeout(end, limit));
  }

  /** An attempt has ended. */
  over(task: number): void {
    if (this.#timers.size === 0) return;
    this.#clock.clearTimeout(this.#timers.get(task));
    this.#timers.delete(task);
  }

  /** The run has ended. */
  allOver(): void {
    for (const task of [...this.#timers.keys()]) this.over(task);
  }
}
