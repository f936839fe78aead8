import type { Input, Order } from "../core/worker/messages.ts";
import { ONE_LIST } from "../task.ts";
import { listed, withoutHoles } from "./arguments.ts";
import {
  ALL_INPUTS,
  BROUGHT,
  DESCRIBED,
  ENCODED_PAIR,
  ENCODED_RESULT,
  LIST_OF_INPUTS,
  LISTED,
  type Orders,
  PLAIN_PAIR,
  PLAIN_RESULT,
  WANTED,
  WATCHED,
} from "./protocol.ts";

/** An order as the host of a worker knows it. */
export interface HostOrder extends Order {
  /** To be taken before the order is begun: it may have been revoked. */
  readonly ticket: number;
  /** Numbers of the function and the label. */
  readonly fn: number;
  readonly label: number;
  readonly run: number;
  /** The task's number in its run. */
  readonly number: number;
  readonly isWanted: boolean;
  readonly isWatched: boolean;
  readonly isBrought: boolean;
  readonly isDescribed: boolean;
  readonly form: number;
  /** As `evaluate` takes them, or a pair of them and their hole; what is encoded is decoded when the order is begun. */
  readonly args: unknown;
  /** How many of the inputs are arguments: the first. */
  readonly argumentInputs: number;
  startedAt: number;
}

const NO_INPUTS: readonly Input[] = [];

/** Reads orders out of a message. */
export class OrderReader {
  readonly #rows: Int32Array;
  readonly #values: readonly unknown[];
  readonly #hole: object;
  #row = 0;
  #value = 0;

  constructor({ rows, values, hole }: Orders) {
    this.#rows = rows;
    this.#values = values;
    this.#hole = hole;
  }

  get isAtEnd(): boolean {
    return this.#row >= this.#rows.length;
  }

  number(): number {
    return this.#rows[this.#row++]!;
  }

  value(): unknown {
    return this.#values[this.#value++];
  }

  order(): HostOrder {
    const rows = this.#rows;
    const at = this.#row;
    const form = rows[at + 8]!;
    const count = rows[at + 9]!;
    const inputCount = rows[at + 10]!;
    const flags = rows[at + 7]!;
    this.#row = at + 12;
    return {
      task: rows[at]!,
      attempt: rows[at + 1]!,
      ticket: rows[at + 2]!,
      fn: rows[at + 3]!,
      label: rows[at + 4]!,
      run: rows[at + 5]!,
      number: rows[at + 6]!,
      isWanted: (flags & WANTED) !== 0,
      isWatched: (flags & WATCHED) !== 0,
      isBrought: (flags & BROUGHT) !== 0,
      isDescribed: (flags & DESCRIBED) !== 0,
      form,
      args: this.#arguments(form, count),
      argumentInputs: inputCount - rows[at + 11]!,
      inputs: inputCount === 0 ? NO_INPUTS : this.#inputs(inputCount),
      startedAt: 0,
    };
  }

  #arguments(form: number, count: number): unknown {
    switch (form) {
      case ALL_INPUTS:
        return undefined;
      case LIST_OF_INPUTS:
        return ONE_LIST;
      case LISTED: {
        const start = this.#value;
        this.#value += count;
        return listed(this.#values, start, count, this.#hole);
      }
      default:
        return this.value();
    }
  }

  #inputs(count: number): Input[] {
    const inputs = new Array<Input>(count);
    for (let i = 0; i < count; i++) {
      const task = this.number();
      const attempt = this.number();
      const last = this.number() === 1;
      const holders = new Array<number>(this.number());
      for (let h = 0; h < holders.length; h++) holders[h] = this.number();
      inputs[i] = { task, attempt, last, holders };
    }
    return inputs;
  }
}

/** True if what comes with the order is to be decoded first. */
export function isEncoded({ form }: HostOrder): boolean {
  return form === ENCODED_PAIR || form === ENCODED_RESULT;
}

/** True if the result comes with the order. */
export function isData({ form }: HostOrder): boolean {
  return form === PLAIN_RESULT || form === ENCODED_RESULT;
}

/** The arguments as `evaluate` takes them, of what came with the order. */
export function argumentsOf({ form }: HostOrder, given: unknown): readonly unknown[] | undefined {
  if (form === PLAIN_PAIR || form === ENCODED_PAIR) {
    const [list, hole] = given as [unknown[], unknown];
    return withoutHoles(list, hole);
  }
  return given as readonly unknown[] | undefined;
}

/** The attempts that made the inputs which are arguments. */
export function argumentAttempts({ inputs, argumentInputs }: HostOrder): number[] {
  const attempts = new Array<number>(argumentInputs);
  for (let i = 0; i < argumentInputs; i++) attempts[i] = inputs[i]!.attempt;
  return attempts;
}
