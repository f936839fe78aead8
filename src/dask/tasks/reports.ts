import type { Description } from "../../describe.ts";
import type { WrittenFailure } from "../protocol/exceptions.ts";
import type { KeyId } from "../protocol/key.ts";
import type { Serialized } from "../protocol/message.ts";
import type { TypeOfValue } from "../protocol/values.ts";
import type { TaskNotes } from "./argument-bytes.ts";

/** A task to be run by one of the threads. */
export interface TaskOrder {
  readonly key: KeyId;
  /** Function bytes and argument bytes, as the client wrote them. */
  readonly payloads: readonly Uint8Array[];
  /** The values of its dependencies, in the order of the arguments, repeated where they repeat. */
  readonly inputs: readonly TaskInput[];
}

export interface TaskInput {
  readonly key: KeyId;
  readonly value: Serialized;
}

/** When a task ran: seconds since 1970, which do not go back on one thread. */
interface Ran {
  readonly start: number;
  readonly stop: number;
  /** Number of the thread among those of its worker, from 1; it outlives what happens to the thread. */
  readonly thread: number;
}

export interface Finished extends Ran {
  /** Frames of 64 KB and more are in shared memory. */
  readonly value: Serialized;
  /** Memory that the value takes, roughly. */
  readonly bytes: number;
  readonly type: TypeOfValue;
  /** If the task is `described`. */
  readonly description: Description | undefined;
}

export interface Failed extends Ran {
  readonly failure: WrittenFailure;
}

export interface Crashed extends Failed {
  /** In words: "ran out of memory", "exited with code 3" … */
  readonly reason: string;
}

/**
 * Told of every order: nothing or `begun`, and then exactly one of the others. Called from within events of the
 * threads, many at a time; `onFlush` after the last one of those.
 */
export interface TaskReports {
  /** It runs; told at once of tasks that are `watched` or take long, never of those that have ended already. */
  begun(key: KeyId, start: number, notes: TaskNotes, thread: number): void;
  finished(key: KeyId, result: Finished, notes: TaskNotes): void;
  /** Also told of payloads that cannot be read; `notes` are missing then. */
  failed(key: KeyId, result: Failed, notes: TaskNotes | undefined): void;
  /** It was stopped: it has not begun, or whatever came of it is lost. */
  released(key: KeyId): void;
  /** It had been sent to a thread that died before it began; nothing is wrong with it. */
  lost(key: KeyId, reason: string): void;
  /** It ended its thread: `process.exit`, an uncaught error, no more memory. */
  crashed(key: KeyId, result: Crashed, notes: TaskNotes): void;
  onFlush?(): void;
}

/** A task that runs. */
export interface Busy {
  readonly key: KeyId;
  /** Seconds since 1970. */
  readonly since: number;
  readonly thread: number;
}
