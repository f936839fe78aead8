/**
 * What the controller of an executor and its workers say to each other. Most of it is rows of
 * numbers, many to a message: no object is made for a task on its way. Both sides are of the same
 * version of the library, and have authenticated each other before.
 */

import type { Definition } from "../closure/library.ts";
import { LARGEST_MESSAGE } from "../comm/frames.ts";

// ------------------------------------------------------------------ controller → worker

/**
 * An order: `task, attempt, ticket, function, label, run, number, flags, form, count, inputs,
 * order-only`, and then each input as `task, attempt, last, holders, …`. `form` says how the
 * arguments come, `count` how many of `values` they are; the last `order-only` inputs are no arguments.
 */
export const COMPUTE = 1;
/** `attempt`; why is in `values`, encoded: the result is not wanted any more. */
export const CANCEL = 2;
/** `attempt`: the value is not needed any more. */
export const FREE = 3;
/** `attempt, request`: the controller wants the value. */
export const FETCH = 4;
/** `worker`: it is no more. */
export const LOST = 5;
/** `attempt, form`; a value of the controller's own is in `values`, for orders that follow. */
export const PUT = 6;
/** `task, attempt, of`: the value that the attempt `of` made is to be known as this attempt's, too. */
export const SHARE = 7;

// Forms of arguments.

/** The values of all inputs, in their order. */
export const ALL_INPUTS = 0;
/** One list of them. */
export const LIST_OF_INPUTS = 1;
/** `count` values follow; the hole among them stands for the next input. */
export const LISTED = 2;
/** One value follows, the arguments and their hole: a pair, plain or encoded. */
export const PLAIN_PAIR = 3;
export const ENCODED_PAIR = 4;
/** One value follows, which is the result itself, plain or encoded. */
export const PLAIN_RESULT = 5;
export const ENCODED_RESULT = 6;

// Flags of an order.

/** The result, if small, is to come with the report. */
export const WANTED = 1;
/** The beginning is to be reported. */
export const WATCHED = 2;
/** The result is to come with the report whatever its size. */
export const BROUGHT = 4;
/** If the result does not come with the report, what is known of it is to. */
export const DESCRIBED = 8;

/** A worker as another one finds it. */
export interface Peer {
  /** The scheduler's index. */
  readonly index: number;
  readonly id: string;
  readonly address: string | undefined;
}

/** One message to a worker. */
export interface Orders {
  readonly rows: Int32Array;
  readonly values: readonly unknown[];
  /** Stands in `values` for inputs. */
  readonly hole: object;
  /** Functions and classes that are new to the worker. */
  readonly definitions: readonly Definition[];
  /** Ids of functions that rows name by number. */
  readonly functions: readonly Numbered[];
  readonly labels: readonly Numbered[];
  /** Workers that rows name, and this one has not heard of. */
  readonly peers: readonly Peer[];
  /** Numbers of functions that are not used any more. */
  readonly forgotten: readonly number[];
}

/** What a number stands for from now on. */
export interface Numbered {
  readonly number: number;
  readonly text: string;
}

// ------------------------------------------------------------------ worker → controller

/** How many numbers a row of a report has. */
export const REPORT_FIELDS = 6;
/**
 * `task, attempt, bytes, form`: 0, or 1 if the value is plain in `values`, 2 if it is encoded, 4 if
 * it stays and its description is there.
 */
export const FINISHED = 1;
/** `task, attempt`; the encoded error is in `values`. */
export const FAILED = 2;
/** `task, attempt`: it ended without a value. */
export const RELEASED = 3;
/** `task, attempt, input's task, input's attempt, holder`: the holder does not have the input. */
export const MISSING = 4;
/** `task, attempt, holder, bytes`: a copy is here now; the holder gave it away, if it is not -1. */
export const ADDED = 5;
/** `request, form, bytes`: as in `FINISHED`, 3 if it cannot travel and the encoded reason is in `values`; 0 if it is not here. */
export const VALUE = 6;
/** `task, attempt`: it begins. */
export const STARTED = 7;
/** `task, attempt, done`: 1 if a value is known as this attempt's now, 0 if it was not here. */
export const SHARED = 8;

/**
 * Most bytes of a value that goes to another process; of so many bytes estimates are exact enough.
 * Memory that threads share, or hand over, has no limit.
 */
export const LARGEST_VALUE: number = LARGEST_MESSAGE - 2 ** 20;

/** Values of more bytes than this go in a message of their own. */
export const FULL_MESSAGE: number = 2 ** 25;

// Forms of values.
export const ABSENT = 0;
export const PLAIN = 1;
export const ENCODED = 2;
export const REFUSED = 3;
export const ONLY_DESCRIBED = 4;
/** Between workers: a `SpilledValue` is there, and the asker reads the file itself; in the second form the file is given away. */
export const ON_DISK = 5;
export const GIVEN_ON_DISK = 6;

/** One message from a worker. */
export interface Reports {
  readonly rows: Float64Array;
  readonly values: readonly unknown[];
  readonly definitions: readonly Definition[];
  /** Milliseconds that tasks took since the last message, and how many ended. */
  readonly busy: number;
  readonly ran: number;
  /** If there is something new. */
  readonly memory: MemoryReport | undefined;
}

/** How full a worker's memory is, and what has happened since the last report. */
export interface MemoryReport {
  /** What its larger values take in memory, and their files on disk. */
  readonly bytesHeld: number;
  readonly bytesSpilled: number;
  /** True if it uses more than its limit although values have left memory. */
  readonly isPressed: boolean;
  readonly written?: Traffic | undefined;
  readonly read?: Traffic | undefined;
  /** Why a value could not be written. */
  readonly problem?: string | undefined;
}

/** Values that went to disk, or came from there. */
export interface Traffic {
  readonly values: number;
  /** Of their files. */
  readonly bytes: number;
  readonly milliseconds: number;
  /** When it began, in milliseconds since 1970. */
  readonly at: number;
}

/** What a worker gets to know at its start. */
export interface WorkerStart {
  /** The scheduler's index. */
  readonly index: number;
  /** What users call it. */
  readonly name: string;
  readonly concurrency: number;
  /** True if it shares memory with the others. */
  readonly sharesMemory: boolean;
  /** Most bytes of values in memory. */
  readonly memoryLimit: number;
  /** Where values go that are too much; without it all stay in memory. */
  readonly spillDirectory: string | undefined;
}

// ------------------------------------------------------------------ worker → worker

/**
 * Asks for values. With `take` the holder gives up the one it has. The holder answers with one message; when that
 * has arrived, and was not all that was asked for, a question for nothing asks for the next.
 */
export interface GetData {
  readonly attempts: readonly number[];
  readonly take: readonly boolean[];
}

/** The answer; `forms` as in a report. */
export interface DataFrom {
  readonly attempts: readonly number[];
  readonly forms: readonly number[];
  readonly values: readonly unknown[];
  readonly bytes: readonly number[];
  /** Memory in the values that threads share because of this library, and not of the user. */
  readonly shared: readonly SharedArrayBuffer[];
  readonly definitions: readonly Definition[];
}

/** A value in a file. */
export interface SpilledValue {
  readonly path: string;
  readonly plain: boolean;
  /** Ids of the classes of its instances. */
  readonly uses: readonly string[];
  /** What it takes in memory. */
  readonly bytes: number;
  readonly fileBytes: number;
}
