import type { Order } from "../../src/core/worker/messages.ts";
import { WorkerState } from "../../src/core/worker/state.ts";
import { validate } from "../../src/core/worker/validate.ts";
import type { WorkerCoverage } from "./coverage.ts";
import { resultOf } from "./simulate.ts";

/** What a task does: `poisoned` ones always fail, `deadly` ones end their worker, `same` ones give their first input. */
export type Nature = "harmless" | "poisoned" | "deadly" | "same";

export interface SimulatedOrder extends Order {
  /** The task's number in its own graph. */
  readonly name: number;
  readonly nature: Nature;
  /** The arguments, by the attempts that made them. */
  readonly args: readonly number[];
  /** Who has it: the worker that begins it, or the scheduler that wants it back. Both see it at once. */
  claimedBy: "nobody" | "worker" | "scheduler";
}

/** How a worker speaks; every message arrives some time later, or never. */
export interface Wire {
  readonly random: { chance(probability: number): boolean; pick<T>(items: readonly T[]): T };
  readonly workerCoverage: WorkerCoverage;
  sendToScheduler(from: number, deliver: () => void): void;
  sendToWorker(from: number, to: number, deliver: (worker: SimulatedWorker) => void): void;
  /** Something that the worker itself does some time later, unless it dies before. */
  later(worker: number, action: () => void): void;
  die(worker: number): void;
  finished(worker: number, order: SimulatedOrder): void;
  erred(worker: number, order: SimulatedOrder): void;
  released(worker: number, order: SimulatedOrder): void;
  missing(worker: number, order: SimulatedOrder, task: number, attempt: number, holder: number): void;
  copied(worker: number, task: number, attempt: number, from: number | undefined): void;
}

/** A thin host of the real worker core: values are numbers, functions take a turn or none. */
export class SimulatedWorker {
  readonly index: number;
  readonly core: WorkerState<SimulatedOrder>;
  readonly #wire: Wire;
  /** By attempt. */
  readonly #values = new Map<number, number>();
  readonly #lostPeers = new Set<number>();
  /** True while a synchronous function runs: no message is handled. */
  blocked = false;
  #dead = false;

  constructor(index: number, concurrency: number, wire: Wire) {
    this.index = index;
    this.core = new WorkerState(index, concurrency);
    this.#wire = wire;
  }

  valueOf(attempt: number): number | undefined {
    return this.#values.get(attempt);
  }

  // ---------------------------------------------------------------- messages

  compute(order: SimulatedOrder): void {
    for (const { attempt } of order.inputs) this.#count(attempt, "needed by an order");
    this.#event(() => this.core.compute(order));
  }

  cancel(attempt: number): void {
    this.#count(attempt, "cancel");
    this.#event(() => this.core.cancel(attempt));
  }

  free(attempt: number): void {
    this.#count(attempt, "free");
    this.#event(() => this.core.free(attempt));
  }

  /** The scheduler brings a value of its own. */
  put(attempt: number, value: number): void {
    this.#count(attempt, "put");
    this.#event(() => {
      this.core.put(attempt);
      if (this.core.holds(attempt)) this.#values.set(attempt, value);
    });
  }

  /** A value gets a second name, if it is here. */
  share(attempt: number, of: number): boolean {
    this.#count(of, "shared");
    let isHere = false;
    this.#event(() => {
      isHere = this.core.share(attempt, of);
      if (isHere) this.#values.set(attempt, this.#values.get(of)!);
    });
    return isHere;
  }

  /** The scheduler asks for what has not begun. */
  handBack(orders: readonly SimulatedOrder[]): void {
    for (const order of orders) {
      if (order.claimedBy !== "nobody") continue;
      this.#count(order.attempt, "hand back");
      this.#event(() => this.core.handBack(order));
    }
  }

  peerLost(peer: number): void {
    this.#lostPeers.add(peer);
    for (const [attempt, { flight }] of this.core.items) {
      if (flight?.holder === peer) this.#count(attempt, "peer lost");
    }
    this.#event(() => this.core.peerLost(peer));
  }

  /** Another worker wants a value. */
  asked(from: number, attempt: number, take: boolean): void {
    const value = this.#values.get(attempt);
    if (take) {
      this.#count(attempt, "taken");
      this.#event(() => {
        const gave = this.core.gaveAway(attempt);
        if (gave !== this.#values.delete(attempt)) throw new Error(`gives ${attempt} away, and has it not`);
      });
    }
    this.#wire.sendToWorker(this.index, from, (peer) => peer.answered(attempt, value));
  }

  answered(attempt: number, value: number | undefined): void {
    this.#count(attempt, value === undefined ? "not found" : "received");
    this.#event(() => {
      if (value === undefined) this.core.notFound(attempt);
      else {
        this.core.received(attempt);
        if (this.core.holds(attempt)) this.#values.set(attempt, value);
      }
    });
  }

  /** Stops for good. */
  die(): void {
    this.#dead = true;
  }

  checkEmpty(): void {
    if (this.#values.size > 0) {
      throw new Error(`leaked: worker ${this.index} holds ${[...this.#values.keys()]}`);
    }
    if (this.core.items.size > 0 || !this.core.isIdle) {
      throw new Error(`leaked: the core of worker ${this.index} knows ${[...this.core.items.keys()]}`);
    }
  }

  // ---------------------------------------------------------------- inside

  #event(call: () => void): void {
    if (this.#dead) return;
    call();
    this.#obey();
    this.#pump();
  }

  #obey(): void {
    const { instructions } = this.core;
    const { index } = this;
    const wire = this.#wire;
    for (
      let instruction = instructions.shift();
      instruction !== undefined;
      instruction = instructions.shift()
    ) {
      const said = instruction;
      switch (said.op) {
        case "gather": {
          const { holder, attempt, take } = said;
          // Sometimes there is no way to a worker that lives.
          if (this.#lostPeers.has(holder) || wire.random.chance(0.005)) this.core.notFound(attempt);
          else wire.sendToWorker(index, holder, (peer) => peer.asked(index, attempt, take));
          break;
        }
        case "free-key":
          if (!this.#values.delete(said.attempt)) throw new Error(`frees ${said.attempt}, and has it not`);
          break;
        case "task-released":
          wire.sendToScheduler(index, () => wire.released(index, said.order));
          break;
        case "missing-data": {
          const { order, input, holder } = said;
          wire.sendToScheduler(index, () => wire.missing(index, order, input.task, input.attempt, holder));
          break;
        }
        case "add-keys":
          wire.sendToScheduler(index, () => wire.copied(index, said.task, said.attempt, said.from));
          break;
      }
    }
    this.#check();
  }

  #check(): void {
    validate(this.core);
    for (const attempt of this.#values.keys()) {
      if (!this.core.holds(attempt)) throw new Error(`worker ${this.index} has ${attempt}, and its core not`);
    }
    for (const attempt of this.core.items.keys()) {
      if (this.core.holds(attempt) && !this.#values.has(attempt)) {
        throw new Error(`worker ${this.index} has no ${attempt}, and its core has`);
      }
    }
  }

  #pump(): void {
    while (!this.blocked && !this.#dead) {
      const order = this.core.next();
      this.#obey();
      if (order === undefined) return;
      this.#begin(order);
    }
  }

  #begin(order: SimulatedOrder): void {
    const { random } = this.#wire;
    // A worker may hand a task back of its own accord, for instance because it is to stop.
    if (order.claimedBy === "scheduler" || random.chance(0.01)) {
      this.core.handBack(order);
      this.#obey();
      return;
    }
    order.claimedBy = "worker";
    const values = order.args.map((attempt) => this.#values.get(attempt)!);
    if (values.includes(undefined as never)) throw new Error(`task ${order.task} begins without its inputs`);
    const manner = random.pick(["at once", "at once", "blocking", "asynchronous"] as const);
    if (manner === "at once") {
      this.#end(order, values);
      return;
    }
    if (manner === "blocking") this.blocked = true;
    this.#wire.later(this.index, () => {
      this.blocked = manner === "blocking" ? false : this.blocked;
      this.#end(order, values);
      this.#pump();
    });
  }

  #end(order: SimulatedOrder, values: readonly number[]): void {
    const { attempt, nature, name } = order;
    const wire = this.#wire;
    this.#count(attempt, nature === "poisoned" ? "failed" : "finished");
    if (nature === "deadly") {
      // One that was cancelled in time does no harm.
      if (this.core.items.get(attempt)?.order === order) wire.die(this.index);
      return;
    }
    if (nature === "poisoned" || wire.random.chance(0.05)) {
      if (this.core.failed(order)) wire.sendToScheduler(this.index, () => wire.erred(this.index, order));
    } else if (this.core.finished(order)) {
      this.#values.set(attempt, resultOf(name, values));
      wire.sendToScheduler(this.index, () => wire.finished(this.index, order));
    }
    this.#obey();
  }

  #count(attempt: number, event: Parameters<WorkerCoverage["count"]>[1]): void {
    this.#wire.workerCoverage.count(this.core.items.get(attempt)?.state, event);
  }
}
