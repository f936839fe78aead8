import type { SchedulerState } from "../../src/core/scheduler/state.ts";
import type { SimulatedOrder, SimulatedWorker } from "./simulated-worker.ts";

/** What the controller needs of the cluster. */
export interface ControllerWire {
  readonly core: SchedulerState;
  /** What the function of a task that runs here results in. */
  valueOf(order: SimulatedOrder): number | undefined;
  /** Something that happens some time later. */
  later(action: () => void): void;
  sendToWorker(to: number, deliver: (worker: SimulatedWorker) => void): void;
  answer(from: number, deliver: () => void): void;
  finished(order: SimulatedOrder, holder: number): void;
  erred(order: SimulatedOrder): void;
  released(order: SimulatedOrder): void;
  event(call: () => void): void;
}

/** A thin host of tasks that run where the scheduler is: some make values there, some give what a worker has a second name. */
export class SimulatedController {
  readonly index: number;
  readonly #wire: ControllerWire;
  /** By attempt. */
  readonly #values = new Map<number, number>();
  readonly #begun = new Map<number, SimulatedOrder>();
  /** Attempts for which a worker was asked, and that worker. */
  readonly #asked = new Map<number, number>();

  constructor(wire: ControllerWire, place: number) {
    this.#wire = wire;
    this.index = wire.core.addReserved(place);
  }

  has(attempt: number): boolean {
    return this.#values.has(attempt);
  }

  valueOf(attempt: number): number | undefined {
    return this.#values.get(attempt);
  }

  get isEmpty(): boolean {
    return this.#values.size + this.#begun.size + this.#asked.size === 0;
  }

  begin(order: SimulatedOrder): void {
    this.#begun.set(order.attempt, order);
    this.#wire.later(() => this.#perform(order));
  }

  cancel(attempt: number): void {
    const order = this.#begun.get(attempt);
    if (order !== undefined) this.#end(order, () => this.#wire.released(order));
  }

  free(attempt: number): void {
    this.#values.delete(attempt);
  }

  /** Brings a worker those inputs of an order that are here. */
  putInputs(worker: number, inputs: readonly number[]): void {
    const { core } = this.#wire;
    for (const input of inputs) {
      const attempt = core.attemptOf(input);
      const holders = core.whoHas(input);
      if (!holders.includes(this.index) || holders.includes(worker)) continue;
      const value = this.#values.get(attempt)!;
      this.#wire.sendToWorker(worker, (one) => one.put(attempt, value));
      core.addKeys(worker, input, attempt);
    }
  }

  /** A worker will not answer any more. */
  lost(worker: number): void {
    for (const [attempt, asked] of [...this.#asked]) {
      if (asked === worker) this.#answered(attempt, false);
    }
  }

  #perform(order: SimulatedOrder): void {
    if (!this.#begun.has(order.attempt)) return;
    if (order.nature === "poisoned") this.#end(order, () => this.#wire.erred(order));
    else if (order.nature === "same") this.#share(order);
    else this.#make(order, this.#wire.valueOf(order)!);
  }

  /** The value is that of the first input. */
  #share(order: SimulatedOrder): void {
    const { core } = this.#wire;
    const { task } = order.inputs[0]!;
    const attempt = core.attemptOf(task);
    const holders = core.whoHas(task);
    const [holder] = holders;
    if (holder === undefined) this.#end(order, () => this.#wire.released(order));
    else if (holders.includes(this.index)) this.#make(order, this.#values.get(attempt)!);
    else {
      this.#asked.set(order.attempt, holder);
      this.#wire.sendToWorker(holder, (worker) => {
        const isDone = worker.share(order.attempt, attempt);
        this.#wire.answer(holder, () => {
          if (!isDone) this.#wire.event(() => core.missingCopy(task, attempt, holder));
          this.#answered(order.attempt, isDone);
        });
      });
    }
  }

  #answered(attempt: number, isDone: boolean): void {
    const holder = this.#asked.get(attempt);
    if (holder === undefined) return;
    this.#asked.delete(attempt);
    const order = this.#begun.get(attempt);
    if (order !== undefined)
      this.#end(order, () => (isDone ? this.#wire.finished(order, holder) : this.#wire.released(order)));
    else if (isDone) this.#wire.sendToWorker(holder, (worker) => worker.free(attempt));
  }

  #make(order: SimulatedOrder, value: number): void {
    this.#values.set(order.attempt, value);
    this.#end(order, () => this.#wire.finished(order, this.index));
  }

  #end(order: SimulatedOrder, report: () => void): void {
    this.#begun.delete(order.attempt);
    report();
  }
}
