import type { Input, Order, WorkerInstruction } from "../../src/core/worker/messages.ts";
import { WorkerState } from "../../src/core/worker/state.ts";
import { validate } from "../../src/core/worker/validate.ts";

/** The index of the worker under test; others are its peers. */
export const SELF = 0;

/** An input made by attempt `attempt`, held by these workers; task numbers are those of attempts. */
export function input(attempt: number, holders: readonly number[] = [], last = false): Input {
  return { task: attempt, attempt, holders, last };
}

export function order(attempt: number, ...inputs: readonly Input[]): Order {
  return { task: attempt, attempt, inputs };
}

function asText(said: WorkerInstruction<Order>): string {
  switch (said.op) {
    case "gather":
      return `${said.take ? "take" : "gather"} ${said.attempt} from ${said.holder}`;
    case "free-key":
      return `free ${said.attempt}`;
    case "abort":
      return `abort ${said.order.attempt}`;
    case "task-released":
      return `released ${said.order.attempt}`;
    case "missing-data":
      return `${said.order.attempt} misses ${said.input.attempt} of ${said.holder}`;
    case "add-keys":
      return said.from === undefined ? `has ${said.attempt}` : `has ${said.attempt} instead of ${said.from}`;
  }
}

/** A worker core for tests: checked after each step, instructions as text. */
export class TestWorker {
  readonly core: WorkerState<Order>;

  constructor(concurrency = 1) {
    this.core = new WorkerState(SELF, concurrency);
  }

  /** Does something with the core, checks it, and returns the instructions. */
  step(action: (core: WorkerState<Order>) => unknown): string[] {
    action(this.core);
    validate(this.core);
    return this.core.instructions.splice(0).map(asText);
  }

  /** Begins what can begin, by attempt. */
  begin(): number[] {
    const begun: number[] = [];
    for (let next = this.core.next(); next !== undefined; next = this.core.next()) begun.push(next.attempt);
    validate(this.core);
    return begun;
  }

  /** Takes an order and makes its value at once. */
  make(made: Order): string[] {
    return this.step((core) => {
      core.compute(made);
      if (core.next() !== made) throw new Error(`order ${made.attempt} does not begin`);
      core.finished(made);
    });
  }
}
