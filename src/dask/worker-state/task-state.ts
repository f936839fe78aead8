import type { ValueInfo } from "./messages.ts";

/** What a worker may be doing about a key, under dask's names. */
export type StateName =
  | "released"
  | "waiting"
  | "ready"
  | "constrained"
  | "executing"
  | "long-running"
  | "fetch"
  | "flight"
  | "missing"
  | "memory"
  | "error"
  | "cancelled"
  | "resumed";

/** Which states may follow which, and what that means. The diagram in the documentation is drawn from it. */
export const TRANSITIONS: Readonly<Record<StateName, Partial<Record<StateName, string>>>> = {
  released: {
    waiting: "it is to be computed here",
    fetch: "a task here needs it, and a peer has it",
    missing: "a task here needs it, and nobody is known to have it",
    memory: "its value was brought here",
  },
  waiting: {
    ready: "all inputs are here",
    constrained: "all inputs are here, and it needs resources",
    released: "not wanted any more, or stolen",
  },
  ready: {
    executing: "a slot is free",
    waiting: "an input was lost",
    released: "not wanted any more, or stolen",
  },
  constrained: {
    executing: "a slot and its resources are free",
    waiting: "an input was lost",
    released: "not wanted any more, or stolen",
  },
  executing: {
    memory: "it has a value",
    error: "it failed",
    "long-running": "it does not count as one of the slots any more",
    waiting: "its thread was lost",
    released: "it asked to be run elsewhere",
    cancelled: "not wanted any more",
  },
  "long-running": {
    memory: "it has a value",
    error: "it failed",
    waiting: "its thread was lost",
    released: "it asked to be run elsewhere",
    cancelled: "not wanted any more",
  },
  fetch: {
    flight: "a peer is asked",
    missing: "nobody is known to have it any more",
    released: "not wanted any more",
  },
  flight: {
    memory: "it arrived",
    fetch: "it did not arrive, and a peer has it",
    missing: "it did not arrive, and nobody else is known to have it",
    released: "it did not arrive, nobody else is known to have it, and no task here needs it",
    cancelled: "not wanted any more",
    resumed: "it is to be computed here",
  },
  missing: {
    fetch: "a peer has it",
    released: "not wanted any more",
  },
  memory: {
    released: "not wanted any more, or lost",
  },
  error: {
    released: "not wanted any more",
  },
  cancelled: {
    executing: "it is to be computed here after all",
    "long-running": "it is to be computed here after all",
    flight: "it is needed here after all",
    resumed: "what was running is to be had from a peer, or what was on its way is to be computed",
    released: "what was under way is over",
  },
  resumed: {
    memory: "what was under way has brought it",
    released: "what was under way has not brought it",
    cancelled: "not wanted any more",
    executing: "it is to be computed here after all",
    "long-running": "it is to be computed here after all",
    flight: "it is to be had from a peer after all",
  },
};

/** What can be under way while nobody wants it: the thing that cannot be taken back. */
export type UnderWay = "executing" | "long-running" | "flight";

/** What a worker knows of a key. */
export interface Task<Spec> {
  readonly key: string;
  state: StateName;
  /**
   * Of what is cancelled or resumed: what is under way. What is resumed is wanted the other way round:
   * of what is executing the value of a peer, of what is in flight a computation.
   */
  previous: UnderWay | undefined;
  /** Least first. Of a value that is needed: that of the first task that needs it. */
  priority: readonly number[];
  /** Among equal priorities the least first. */
  order: number;

  // ---- to be computed here; without effect before `waiting`
  /** The scheduler's latest name for this attempt. */
  runId: number;
  spec: Spec | undefined;
  resources: ReadonlyMap<string, number>;
  /** Inputs, for as long as they may have to be here: until it has ended or is not wanted any more. */
  dependencies: readonly Task<Spec>[];
  /** While it is waiting: how many inputs are not here. */
  awaited: number;

  // ---- running
  /** The name that the run had when it began: the one to report. */
  startedRunId: number;
  /** What it has taken of the resources. */
  held: ReadonlyMap<string, number> | undefined;
  /** True if the host was told to stop the run. */
  isStopped: boolean;

  // ---- needed by others
  /** Tasks that have it among their dependencies. */
  readonly dependents: Set<Task<Spec>>;
  /** How many of them are waiting, ready or constrained: they cannot begin without it. */
  waiters: number;
  /** Peers that are believed to have it, for as long as it is not here. */
  readonly holders: Set<string>;
  /** The peer that was asked for it, while it is in flight. */
  comingFrom: string | undefined;
  /** Bytes it takes, or is believed to take. */
  nbytes: number;

  // ---- in memory
  value: ValueInfo | undefined;
}

const NO_RESOURCES: ReadonlyMap<string, number> = new Map();

export function newTask<Spec>(key: string): Task<Spec> {
  return {
    key,
    state: "released",
    previous: undefined,
    priority: [],
    order: 0,
    runId: -1,
    spec: undefined,
    resources: NO_RESOURCES,
    dependencies: [],
    awaited: 0,
    startedRunId: -1,
    held: undefined,
    isStopped: false,
    dependents: new Set(),
    waiters: 0,
    holders: new Set(),
    comingFrom: undefined,
    nbytes: 0,
    value: undefined,
  };
}

/** A state as people read it: `cancelled(executing)`. */
export function stateShown({ state, previous }: Pick<Task<unknown>, "state" | "previous">): string {
  return previous === undefined ? state : `${state}(${previous})`;
}

/** True of a task that is to be computed here and has not begun: the scheduler can have it back. */
export function hasNotBegun({ state }: Task<unknown>): boolean {
  return state === "waiting" || state === "ready" || state === "constrained";
}

/** True of a task that runs, and is wanted for it. */
export function isRunning({ state }: Task<unknown>): boolean {
  return state === "executing" || state === "long-running";
}

/** True of a task that the scheduler waits for this worker to compute. */
export function isToBeComputed(task: Task<unknown>): boolean {
  return hasNotBegun(task) || isRunning(task) || (task.state === "resumed" && task.previous === "flight");
}

/** True of a value that is to come here from a peer. */
export function isToBeFetched({ state, previous }: Task<unknown>): boolean {
  return ["fetch", "flight", "missing"].includes(state) || (state === "resumed" && previous !== "flight");
}
