/**
 * The states of a task in the scheduler, under dask's names. As numbers, since they are stored
 * in a byte per task.
 */
export const RELEASED = 0;
export const WAITING = 1;
export const QUEUED = 2;
export const PROCESSING = 3;
export const MEMORY = 4;
export const ERRED = 5;

/** A task's state by name. */
export type StateName = "released" | "waiting" | "queued" | "processing" | "memory" | "erred";

/** Names of the states by number. */
export const STATE_NAMES: readonly StateName[] = [
  "released",
  "waiting",
  "queued",
  "processing",
  "memory",
  "erred",
];

/** Which states may follow which, and what that means. The diagram in the documentation is drawn from it. */
export const TRANSITIONS: Readonly<Record<StateName, Partial<Record<StateName, string>>>> = {
  released: {
    waiting: "somebody needs the result",
  },
  waiting: {
    queued: "all dependencies are in memory",
    processing: "sent ahead to the worker that makes the missing inputs",
    erred: "a dependency failed",
    released: "nobody needs the result any more",
  },
  queued: {
    processing: "a worker has a slot for it",
    waiting: "the result of a dependency was lost",
    released: "nobody needs the result any more",
  },
  processing: {
    memory: "the worker has the result",
    waiting: "another attempt is due (retry, lost worker, missing input)",
    erred: "the last attempt failed, or too many workers were lost",
    released: "nobody needs the result any more",
  },
  memory: {
    released: "nobody needs the result any more, or its last copy was lost",
  },
  erred: {
    released: "the graph was forgotten",
  },
};

/** For each state a bit per state that may follow. */
export const ALLOWED: Uint8Array = Uint8Array.from(STATE_NAMES, (from) =>
  STATE_NAMES.reduce((bits, to, number) => (to in TRANSITIONS[from] ? bits | (1 << number) : bits), 0),
);
