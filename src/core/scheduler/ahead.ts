import { PROCESSING, WAITING } from "./task-state.ts";
import { NOBODY, SEVERAL, type TaskTable } from "./task-table.ts";
import type { Workers } from "./workers.ts";

/**
 * Which waiting tasks can be sent ahead: those all of whose missing inputs are being made by one
 * worker. That worker then goes on to them without asking, so that a chain of tasks costs no
 * message there and back per link, and follows the static order, in which results die young.
 *
 * Kept up edge by edge: `ahead` counts the edges of a task to inputs that `aheadAt` is making, and
 * the task is on offer to that worker while this is all that it waits for. Workers that are not
 * sent anything ahead are not counted.
 */
export class Ahead {
  readonly #table: TaskTable;
  readonly #workers: Workers;

  constructor(table: TaskTable, workers: Workers) {
    this.#table = table;
    this.#workers = workers;
  }

  /** The worker has been given this task. */
  begun(task: number, index: number): void {
    const { dependentStart, dependents, state } = this.#table;
    for (let e = dependentStart[task]!; e < dependentStart[task + 1]!; e++) {
      const dependent = dependents[e]!;
      if (state[dependent] !== WAITING) continue;
      this.#count(dependent, index);
      this.update(dependent);
    }
  }

  /** The worker does not make this task's result any more. */
  abandoned(task: number, index: number): void {
    const { dependentStart, dependents, state } = this.#table;
    for (let e = dependentStart[task]!; e < dependentStart[task + 1]!; e++) {
      const dependent = dependents[e]!;
      if (state[dependent] !== WAITING) continue;
      this.made(dependent, index);
      this.update(dependent);
    }
  }

  /** One of the task's inputs is no longer being made at this worker; `update` is to follow. */
  made(task: number, index: number): void {
    const { aheadAt, ahead } = this.#table;
    if (aheadAt[task] === index && --ahead[task]! === 0) aheadAt[task] = NOBODY;
  }

  /** The task waits anew: its inputs are looked at again. */
  recount(task: number): void {
    this.#look(task);
    this.update(task);
  }

  /** Puts the task on offer, or takes it back, as the counters say now. */
  update(task: number): void {
    const { aheadAt, ahead, waiting, state, offered, worker, losses } = this.#table;
    // Its inputs were being made at several workers, and all but one are there. Once per task, as a rule.
    if (aheadAt[task] === SEVERAL && waiting[task] === 1) this.#look(task);
    const maker = aheadAt[task]! < 0 ? undefined : this.#workers.at(aheadAt[task]!);
    const possible =
      maker !== undefined &&
      state[task] === WAITING &&
      ahead[task] === waiting[task] &&
      losses[task] === 0 &&
      this.#workers.mayRun(maker, task);
    if (offered[task] === 1) {
      if (possible && worker[task] === maker.index) return;
      this.#workers.withdraw(task);
    }
    if (possible) this.#workers.offer(maker, task);
  }

  #look(task: number): void {
    const { aheadAt, ahead, dependencyStart, dependencies, state, worker } = this.#table;
    aheadAt[task] = NOBODY;
    ahead[task] = 0;
    for (let e = dependencyStart[task]!; e < dependencyStart[task + 1]!; e++) {
      const dependency = dependencies[e]!;
      if (state[dependency] !== PROCESSING) continue;
      const maker = this.#workers.at(worker[dependency]!);
      if (maker?.ahead === true) this.#count(task, maker.index);
    }
  }

  #count(task: number, index: number): void {
    const { aheadAt, ahead } = this.#table;
    if (aheadAt[task] === NOBODY) {
      aheadAt[task] = index;
      ahead[task] = 1;
    } else if (aheadAt[task] === index) ahead[task]!++;
    else aheadAt[task] = SEVERAL;
  }
}
