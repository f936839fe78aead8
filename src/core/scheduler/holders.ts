import { MEMORY } from "./task-state.ts";
import type { TaskTable } from "./task-table.ts";

const NONE: readonly number[] = [];

/** Which workers hold which results: the first of each is in the table, the others are here. */
export class Holders {
  readonly #table: TaskTable;
  readonly #others = new Map<number, number[]>();

  constructor(table: TaskTable) {
    this.#table = table;
  }

  /** How many results have several copies. */
  get copied(): number {
    return this.#others.size;
  }

  of(task: number): number[] {
    const { state, worker } = this.#table;
    if (state[task] !== MEMORY) return [];
    return [worker[task]!, ...this.others(task)];
  }

  /** All holders but the first. */
  others(task: number): readonly number[] {
    return (this.#others.size === 0 ? undefined : this.#others.get(task)) ?? NONE;
  }

  /** The worker has a copy of a result in memory. */
  add(task: number, index: number): void {
    if (this.of(task).includes(index)) return;
    this.#set(task, [...this.others(task), index]);
  }

  /** Forgets one worker's copy of a result; true if it was the last, which then is to be moved out of memory. */
  drop(task: number, index: number): boolean {
    const { worker } = this.#table;
    const left = this.others(task).filter((one) => one !== index);
    if (worker[task] === index) {
      const next = left.shift();
      if (next === undefined) return true;
      worker[task] = next;
    }
    this.#set(task, left);
    return false;
  }

  /** Nobody but the first holder is to be known any more. */
  forgetOthers(task: number): void {
    this.#others.delete(task);
  }

  #set(task: number, others: number[]): void {
    if (others.length > 0) this.#others.set(task, others);
    else this.#others.delete(task);
  }
}
