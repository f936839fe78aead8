/*
 * What the communication thread of a worker and its task threads say to each other: many orders, or reports, to a
 * message. Most of it is rows of numbers, so that no object is made for a task on its way.
 */

import { FieldWriter } from "./fields.ts";

// ------------------------------------------------------------------ to a task thread

/**
 * `number, ticket, function, bytes, order's inputs, different inputs`, then for each different input `name, form, bytes`,
 * and, if there are fewer of those than inputs, for each input which of them it is. The key is in `texts`. Argument bytes
 * are in `bytes`, or in `values` if `bytes` is -1.
 */
export const COMPUTE = 1;
/** `number`: the function bytes are in `values`. */
export const FUNCTION = 2;
/** `name`: the value is not needed any more. */
export const FORGET = 3;
/** All functions and values are forgotten, with all classes: the thread has come to know too many. */
export const RESET = 4;
/** The thread collects its garbage. */
export const COLLECT = 5;

// Forms of inputs. A name other than 0 says that the thread keeps the value under it.

/** The thread has it. */
export const KEPT = 0;
/** A small pickle, in `bytes`. */
export const SMALL = 1;
/** A `WireValue` is in `values`. */
export const WIRE = 2;

// ------------------------------------------------------------------ from a task thread

/** How many numbers a row of a report has. */
export const REPORT_FIELDS = 9;

/** `number, start, stop, form, bytes of the pickle, bytes in memory, type, flags` */
export const FINISHED = 1;
/** `number, start, stop`; a `Thrown` is in `values`. */
export const FAILED = 2;
/** `number, start` */
export const BEGUN = 3;
/** `type`; a `TypeOfValue` is in `values`. */
export const TYPE = 4;

// Flags of what is finished.

/** The thread keeps the value, under the order's number. */
export const IS_KEPT = 1;
/** A description is in `values`, after the value. */
export const DESCRIBED = 2;

/** A value that lies beside the rows. */
export interface WireValue {
  readonly header: ReadonlyMap<unknown, unknown>;
  readonly frames: readonly Uint8Array[];
}

/** What a task has thrown. */
export interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly opaque: Uint8Array;
}

/** What a task thread gets to know at its start. */
export interface ThreadStart {
  /** What tasks know as the worker that runs them. */
  readonly name: string;
  /** Two numbers, for the communication thread to look at: the order that runs, or 0, and since when. */
  readonly state: SharedArrayBuffer;
}

/** One message. To a task thread there is another one: the number of an order that nobody wants any more, to be obeyed at once. */
export interface Batch {
  readonly rows: Float64Array;
  readonly bytes: Uint8Array;
  readonly texts: readonly string[];
  readonly values: readonly unknown[];
}

/** Seconds since 1970, of the clock that does not go back. */
export function wallClock(): number {
  return (performance.timeOrigin + performance.now()) / 1000;
}

/** Fills messages. */
export class BatchWriter {
  #rows = new Float64Array(1024);
  #length = 0;
  #texts: string[] = [];
  #values: unknown[] = [];
  readonly #bytes = new FieldWriter(16_384);

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  number(value: number): void {
    if (this.#length === this.#rows.length) {
      const larger = new Float64Array(this.#rows.length * 2);
      larger.set(this.#rows);
      this.#rows = larger;
    }
    this.#rows[this.#length++] = value;
  }

  text(value: string): void {
    this.#texts.push(value);
  }

  value(value: unknown): void {
    this.#values.push(value);
  }

  bytes(value: Uint8Array): void {
    this.#bytes.raw(value);
  }

  /** All that was put; the writer is empty again. */
  taken(): Batch {
    const batch = {
      rows: this.#rows.slice(0, this.#length),
      bytes: this.#bytes.taken(),
      texts: this.#texts,
      values: this.#values,
    };
    this.#length = 0;
    this.#texts = [];
    this.#values = [];
    return batch;
  }
}

/** Takes messages apart, in the order in which they were filled. */
export class BatchReader {
  readonly #batch: Batch;
  #row = 0;
  #byte = 0;
  #text = 0;
  #value = 0;

  constructor(batch: Batch) {
    this.#batch = batch;
  }

  get isAtEnd(): boolean {
    return this.#row >= this.#batch.rows.length;
  }

  number(): number {
    return this.#batch.rows[this.#row++]!;
  }

  text(): string {
    return this.#batch.texts[this.#text++]!;
  }

  value(): unknown {
    return this.#batch.values[this.#value++];
  }

  /** In memory of their own, so that nothing else is kept because of them. */
  copy(length: number): Uint8Array {
    const start = this.#byte;
    this.#byte += length;
    return this.#batch.bytes.slice(start, start + length);
  }

  /** A view, not a copy. */
  bytes(length: number): Uint8Array {
    const start = this.#byte;
    this.#byte += length;
    return this.#batch.bytes.subarray(start, start + length);
  }
}
