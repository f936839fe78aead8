import type { SchedulerState } from "../../src/core/scheduler/state.ts";
import { STATE_NAMES } from "../../src/core/scheduler/task-state.ts";

/** What can happen to a task, as the scheduler sees it; late reports are those whose attempt is over. */
const EVENTS = [
  "task-finished",
  "late task-finished",
  "task-erred, last attempt",
  "task-erred, to be retried",
  "late task-erred",
  "task-released",
  "late task-released",
  "missing-data, asking task",
  "late missing-data, asking task",
  "missing-data, missing input",
  "add-keys",
  "late add-keys",
  "worker removed that runs it",
  "worker removed that holds the only copy",
  "worker removed that holds a copy",
  "worker removed, another",
  "client-releases-keys",
  "graph forgotten",
] as const;

export type CoveredEvent = (typeof EVENTS)[number];

/**
 * Pairs that cannot occur, by event: the states in which it can. Reports are current only while
 * their task is processing, copies exist only of results in memory.
 */
const POSSIBLE: Partial<Record<CoveredEvent, readonly string[]>> = {
  "task-finished": ["processing"],
  "task-erred, last attempt": ["processing"],
  "task-erred, to be retried": ["processing"],
  "task-released": ["processing"],
  "missing-data, asking task": ["processing"],
  "add-keys": ["memory"],
  "worker removed that runs it": ["processing"],
  "worker removed that holds the only copy": ["memory"],
  "worker removed that holds a copy": ["memory"],
  // A wanted result is never just released.
  "client-releases-keys": ["waiting", "queued", "processing", "memory", "erred"],
};

/** Messages that may speak of tasks whose graph is gone. */
const mayBeForgotten = (event: CoveredEvent): boolean =>
  event.startsWith("late") || event === "missing-data, missing input";

/** Counts how often each event met a task in each state. */
export class Coverage {
  readonly #counts = new Map<string, number>();

  count(scheduler: SchedulerState, task: number, event: CoveredEvent): void {
    const known = [...scheduler.graphs.values()].some(({ base, size }) => task >= base && task < base + size);
    const pair = `${known ? scheduler.stateOf(task) : "forgotten"} × ${event}`;
    this.#counts.set(pair, (this.#counts.get(pair) ?? 0) + 1);
  }

  of(state: string, event: CoveredEvent): number {
    return this.#counts.get(`${state} × ${event}`) ?? 0;
  }

  /** Pairs that were reached although they should be impossible, and possible ones that never were. */
  judge(): { impossible: string[]; missed: string[]; rare: string[]; reached: number } {
    const possible = new Set<string>();
    for (const event of EVENTS) {
      const states = POSSIBLE[event] ?? [...STATE_NAMES, ...(mayBeForgotten(event) ? ["forgotten"] : [])];
      for (const state of states) possible.add(`${state} × ${event}`);
    }
    const reached = [...this.#counts.keys()];
    return {
      impossible: reached.filter((pair) => !possible.has(pair)),
      missed: [...possible].filter((pair) => !this.#counts.has(pair)),
      rare: reached
        .filter((pair) => this.#counts.get(pair)! < 10)
        .map((pair) => `${pair}: ${this.#counts.get(pair)}`),
      reached: reached.length,
    };
  }
}
