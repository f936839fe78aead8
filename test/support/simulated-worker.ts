import { resultOf } from "./simulate.ts";

/** A result as workers name it: by task and by the attempt that made it. */
export interface Value {
  readonly task: number;
  readonly attempt: number;
}

/** What the scheduler asks of a worker. */
export interface Order extends Value {
  readonly inputs: readonly (Value & { readonly holders: readonly number[] })[];
  /** True of a task that always fails. */
  readonly poisoned: boolean;
  /** The task's number in its own graph. */
  readonly name: number;
}

/** How a worker speaks; every message arrives some time later, or never. */
export interface Wire {
  readonly random: { chance(probability: number): boolean; pick<T>(items: readonly T[]): T };
  sendToScheduler(from: number, deliver: () => void): void;
  sendToWorker(from: number, to: number, deliver: (worker: SimulatedWorker | undefined) => void): void;
  finished(worker: number, task: number, attempt: number): void;
  erred(worker: number, task: number, attempt: number, poisoned: boolean): void;
  released(worker: number, task: number, attempt: number): void;
  missing(worker: number, task: number, attempt: number, input: Value, holder: number): void;
  copied(worker: number, task: number, attempt: number): void;
}

/** A model of a worker: it fetches inputs from other workers, computes, holds results. */
export class SimulatedWorker {
  readonly index: number;
  readonly #wire: Wire;
  /** By attempt: task numbers are used again, and an old copy may arrive after a new result. */
  readonly #data = new Map<number, number>();
  /** Attempts under way, by number. */
  readonly #running = new Map<number, Order>();
  /** Attempts whose cancellation came before them. */
  readonly #cancelled = new Set<number>();

  constructor(index: number, wire: Wire) {
    this.index = index;
    this.#wire = wire;
  }

  valueOf(attempt: number): number | undefined {
    return this.#data.get(attempt);
  }

  compute(order: Order): void {
    if (this.#cancelled.delete(order.attempt)) {
      this.#say(() => this.#wire.released(this.index, order.task, order.attempt));
      return;
    }
    this.#running.set(order.attempt, order);
    this.#goOn(order);
  }

  cancel(task: number, attempt: number): void {
    if (this.#running.delete(attempt)) this.#say(() => this.#wire.released(this.index, task, attempt));
    // Reported already, or on its way behind this message.
    else this.#cancelled.add(attempt);
  }

  free(attempt: number): void {
    this.#data.delete(attempt);
  }

  /** Nothing may be held or run; a note of a cancellation that came after the report may stay. */
  checkEmpty(): void {
    if (this.#data.size > 0) throw new Error(`leaked: worker ${this.index} holds ${[...this.#data.keys()]}`);
    if (this.#running.size > 0)
      throw new Error(`worker ${this.index} still runs ${[...this.#running.keys()]}`);
  }

  #goOn(order: Order): void {
    // A worker may hand a task back of its own accord, for instance because it is to stop.
    if (this.#wire.random.chance(0.01)) {
      this.#running.delete(order.attempt);
      this.#say(() => this.#wire.released(this.index, order.task, order.attempt));
      return;
    }
    const missing = order.inputs.find(({ attempt }) => this.valueOf(attempt) === undefined);
    if (missing === undefined) {
      // Computing takes until this message to itself arrives.
      this.#wire.sendToWorker(this.index, this.index, (alive) => {
        if (alive !== undefined) alive.#end(order);
      });
      return;
    }
    const others = missing.holders.filter((holder) => holder !== this.index);
    this.#fetch(order, missing, others);
  }

  #fetch(order: Order, input: Value, holders: readonly number[]): void {
    const holder = holders[0];
    if (holder === undefined) {
      this.#giveUp(order, input, this.index);
      return;
    }
    this.#wire.sendToWorker(this.index, holder, (peer) => {
      const value = peer?.valueOf(input.attempt);
      this.#wire.sendToWorker(holder, this.index, (alive) => {
        if (alive !== undefined) alive.#receive(order, input, value, holders);
      });
    });
  }

  #receive(order: Order, input: Value, value: number | undefined, holders: readonly number[]): void {
    if (value === undefined) {
      const [holder, ...rest] = holders;
      if (!this.#running.has(order.attempt)) return;
      if (rest.length > 0) this.#fetch(order, input, rest);
      else this.#giveUp(order, input, holder!);
      return;
    }
    if (this.valueOf(input.attempt) === undefined) {
      this.#data.set(input.attempt, value);
      this.#say(() => this.#wire.copied(this.index, input.task, input.attempt));
    }
    if (this.#running.has(order.attempt)) this.#goOn(order);
  }

  #giveUp(order: Order, input: Value, holder: number): void {
    this.#running.delete(order.attempt);
    this.#say(() => this.#wire.missing(this.index, order.task, order.attempt, input, holder));
  }

  #end(order: Order): void {
    // Cancelled meanwhile.
    if (!this.#running.delete(order.attempt)) return;
    const { task, attempt, poisoned } = order;
    const values = order.inputs.map((input) => this.valueOf(input.attempt));
    const lost = values.indexOf(undefined);
    // A copy was freed between fetching and computing.
    if (lost >= 0) this.#giveUp(order, order.inputs[lost]!, this.index);
    else if (poisoned || this.#wire.random.chance(0.05)) {
      this.#say(() => this.#wire.erred(this.index, task, attempt, poisoned));
    } else {
      this.#data.set(attempt, resultOf(order.name, values as number[]));
      this.#say(() => this.#wire.finished(this.index, task, attempt));
    }
  }

  #say(deliver: () => void): void {
    this.#wire.sendToScheduler(this.index, deliver);
  }
}
