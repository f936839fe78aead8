import type { SchedulerState } from "../../src/core/scheduler/state.ts";
import { STATE_NAMES } from "../../src/core/scheduler/task-state.ts";
import { ITEM_STATE_NAMES } from "../../src/core/worker/item.ts";

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
  "keys taken",
  "late keys taken",
  "begun",
  "asked back",
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
  "keys taken": ["memory"],
  // Queued as a rule; waiting when it is sent ahead.
  begun: ["queued", "waiting"],
  "asked back": ["processing"],
  "worker removed that runs it": ["processing"],
  "worker removed that holds the only copy": ["memory"],
  "worker removed that holds a copy": ["memory"],
  // A wanted result is never just released.
  "client-releases-keys": ["waiting", "queued", "processing", "memory", "erred"],
};

/** Messages that may speak of tasks whose graph is gone. */
const mayBeForgotten = (event: CoveredEvent): boolean =>
  event.startsWith("late") || event === "missing-data, missing input";

/** Counts how often each event met each state. */
class Pairs {
  readonly #counts = new Map<string, number>();

  add(pair: string): void {
    this.#counts.set(pair, (this.#counts.get(pair) ?? 0) + 1);
  }

  /** Pairs that were reached although they should be impossible, and possible ones that never were. */
  judge(possible: ReadonlySet<string>): Judgement {
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

interface Judgement {
  readonly impossible: readonly string[];
  readonly missed: readonly string[];
  readonly rare: readonly string[];
  readonly reached: number;
}

/** For the scheduler: each event and the state of its task. */
export class Coverage {
  readonly #pairs = new Pairs();

  count(scheduler: SchedulerState, task: number, event: CoveredEvent): void {
    const known = [...scheduler.graphs.values()].some(({ base, size }) => task >= base && task < base + size);
    this.countState(known ? scheduler.stateOf(task) : "forgotten", event);
  }

  /** The same, if the state is no longer what it was. */
  countState(state: string, event: CoveredEvent): void {
    this.#pairs.add(`${state} × ${event}`);
  }

  judge(): Judgement {
    const possible = new Set<string>();
    for (const event of EVENTS) {
      const states = POSSIBLE[event] ?? [...STATE_NAMES, ...(mayBeForgotten(event) ? ["forgotten"] : [])];
      for (const state of states) possible.add(`${state} × ${event}`);
    }
    return this.#pairs.judge(possible);
  }
}

/** What can happen at a worker to an attempt, and what the attempt may be there then: an order, or its value. */
const WORKER_EVENTS = {
  "needed by an order": ["unknown", "waiting", "ready", "executing", "flying", "here"],
  cancel: ["unknown", "waiting", "ready", "executing", "here"],
  free: ["unknown", "flying", "here"],
  "hand back": ["unknown", "waiting", "ready"],
  "peer lost": ["flying"],
  taken: ["unknown", "flying", "here"],
  received: ["flying"],
  "not found": ["flying"],
  // It is put wherever it is needed, so that nobody asks another worker for it.
  put: ["unknown"],
  shared: ["unknown", "here"],
  finished: ["unknown", "executing"],
  failed: ["unknown", "executing"],
} as const;

/** For workers: each event and the state of its attempt. */
export class WorkerCoverage {
  readonly #pairs = new Pairs();

  count(state: number | undefined, event: keyof typeof WORKER_EVENTS): void {
    this.#pairs.add(`${state === undefined ? "unknown" : ITEM_STATE_NAMES[state]} × ${event}`);
  }

  judge(): Judgement {
    const pairs = Object.entries(WORKER_EVENTS).flatMap(([event, states]) =>
      states.map((state) => `${state} × ${event}`),
    );
    return this.#pairs.judge(new Set(pairs));
  }
}
