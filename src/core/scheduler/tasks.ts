import { IntList } from "../../int-list.ts";
import { TransitionLog } from "../log.ts";
import { Ahead } from "./ahead.ts";
import { Holders } from "./holders.ts";
import { CANCEL_TASK, FREE_KEYS, InstructionQueue, LOST_DATA, TASK_ERRED } from "./messages.ts";
import { ALLOWED, ERRED, MEMORY, PROCESSING, QUEUED, RELEASED, STATE_NAMES, WAITING } from "./task-state.ts";
import { KEPT, NOBODY, TaskTable } from "./task-table.ts";
import { Workers } from "./workers.ts";

/** Raised when the machine is in a state that it should never be in: a defect of this library. */
export class InvalidTransitionError extends Error {
  override readonly name = "InvalidTransitionError";
}

/**
 * What follows from events: transitions of tasks, and what these bring with them for others. Only
 * here does a task change its state.
 */
export class Tasks {
  readonly instructions: InstructionQueue = new InstructionQueue();
  readonly log: TransitionLog = new TransitionLog(STATE_NAMES);
  readonly table: TaskTable = new TaskTable();
  readonly holders: Holders = new Holders(this.table);
  readonly workers: Workers = new Workers(this.table, this.holders);
  readonly ahead: Ahead = new Ahead(this.table, this.workers);
  /** True once there is a worker that takes tasks ahead. */
  sendsAhead = false;
  /** Tasks whose `needed` came to 0 and that have not been dealt with. */
  readonly unneeded: IntList = new IntList();
  #attempts = 0;

  /** @throws InvalidTransitionError */
  move(task: number, to: number): void {
    const { state } = this.table;
    const from = state[task]!;
    if ((ALLOWED[from]! & (1 << to)) === 0) {
      const story = this.log.story(task).join(", ");
      throw new InvalidTransitionError(
        `task ${task}: ${STATE_NAMES[from]} → ${STATE_NAMES[to]} is no transition (story: ${story})`,
      );
    }
    state[task] = to;
    if (this.sendsAhead) this.#moved(task, from, to);
    else this.log.record(task, from, to, this.table.worker[task]!);
  }

  /** Where tasks are sent ahead, one that was waits until its inputs are there, in the eyes of those who look on. */
  #moved(task: number, from: number, to: number): void {
    const { worker, waiting } = this.table;
    const index = worker[task]!;
    const isAhead = (from === PROCESSING || to === PROCESSING) && waiting[task]! > 0;
    if (!isAhead) this.log.record(task, from, to, index);
    else if (to === MEMORY) {
      this.recordBegin(task);
      this.log.record(task, PROCESSING, MEMORY, index);
    } else if (from === PROCESSING && to !== WAITING) this.log.record(task, WAITING, to, index);
    if (from === PROCESSING && to !== MEMORY) this.ahead.abandoned(task, index);
  }

  /** The inputs of a task that was sent ahead are there. */
  recordBegin(task: number): void {
    this.log.record(task, WAITING, QUEUED, this.table.worker[task]!);
    this.log.record(task, QUEUED, PROCESSING, this.table.worker[task]!);
  }

  /** Tells the host something of the task's attempt, and of its worker. */
  instruct(op: number, task: number): void {
    this.instructions.push(op, this.table.worker[task]!, task, this.table.attempt[task]!);
  }

  /** A number that no attempt has had. */
  newAttempt(): number {
    this.#attempts = (this.#attempts + 1) | 0 || 1;
    return this.#attempts;
  }

  /** The task is ready. */
  enqueue(task: number): void {
    this.#withdraw(task);
    this.move(task, QUEUED);
    this.workers.enqueue(task);
  }

  /** A waiting task is not to be sent ahead any more. */
  #withdraw(task: number): void {
    if (this.table.offered[task] === 1) this.workers.withdraw(task);
  }

  // Dropping what nobody needs

  /** Deals with the tasks in `unneeded`, and with what only they need. */
  settleUnneeded(): void {
    const { table } = this;
    while (this.unneeded.length > 0) {
      const task = this.unneeded.pop();
      if (table.needed[task]! > 0) continue;
      switch (table.state[task]) {
        case MEMORY:
          this.freeCopies(task);
          this.move(task, RELEASED);
          break;
        case QUEUED:
          this.workers.dequeue(task);
          this.move(task, RELEASED);
          this.#needInputsNoMore(task);
          break;
        case PROCESSING:
          this.instruct(CANCEL_TASK, task);
          this.move(task, RELEASED);
          this.#needInputsNoMore(task);
          break;
        case WAITING:
          this.#withdraw(task);
          this.move(task, RELEASED);
          this.#needInputsNoMore(task);
          break;
      }
    }
  }

  #needInputsNoMore(task: number): void {
    const { table } = this;
    for (let e = table.dependencyStart[task]!; e < table.dependencyStart[task + 1]!; e++) {
      const dependency = table.dependencies[e]!;
      if (--table.needed[dependency]! === 0) this.unneeded.push(dependency);
    }
  }

  /** The result is to be dropped everywhere. */
  freeCopies(task: number): void {
    this.instruct(FREE_KEYS, task);
    if (this.holders.copied === 0) return;
    for (const holder of this.holders.others(task)) {
      this.instructions.push(FREE_KEYS, holder, task, this.table.attempt[task]!);
    }
    this.holders.forgetOthers(task);
  }

  // Losing and recomputing

  /** These results exist no more: what was ready because of them waits again. */
  lose(tasks: readonly number[]): void {
    const { table } = this;
    for (const task of tasks) {
      if (table.wanted[task] === KEPT) this.instruct(LOST_DATA, task);
      this.move(task, RELEASED);
      for (let e = table.dependentStart[task]!; e < table.dependentStart[task + 1]!; e++) {
        const dependent = table.dependents[e]!;
        if (table.state[dependent] === QUEUED) {
          this.workers.dequeue(dependent);
          this.move(dependent, WAITING);
          table.waiting[dependent] = 1;
          table.aheadAt[dependent] = NOBODY;
          table.ahead[dependent] = 0;
        } else if (table.state[dependent] === WAITING) {
          table.waiting[dependent]!++;
          if (this.sendsAhead) this.ahead.update(dependent);
        }
      }
    }
  }

  /** Brings back those of the lost results that are needed, and the inputs that they need in turn. */
  recompute(lost: readonly number[]): void {
    const { table } = this;
    const open = lost.filter((task) => table.needed[task]! > 0);
    const failed: { task: number; via: number }[] = [];
    for (let task = open.pop(); task !== undefined; task = open.pop()) {
      if (table.state[task] !== RELEASED) continue;
      for (let e = table.dependencyStart[task]!; e < table.dependencyStart[task + 1]!; e++) {
        const dependency = table.dependencies[e]!;
        table.needed[dependency]!++;
        if (table.state[dependency] === RELEASED) open.push(dependency);
      }
      const via = this.#wait(task, 0);
      if (via !== undefined) failed.push({ task, via });
    }
    for (const { task, via } of failed) if (table.state[task] === WAITING) this.err(task, via);
  }

  /** A processing task goes back to waiting, its inputs being needed as before. */
  waitAgain(task: number, pause: 0 | 1): void {
    const via = this.#wait(task, pause);
    if (via !== undefined) this.err(task, via);
  }

  /**
   * Lets a task wait for its missing inputs, under a new attempt number so that an older timer is void.
   * @returns an input that has failed, for which there is no point in waiting
   */
  #wait(task: number, pause: 0 | 1): number | undefined {
    const { table } = this;
    this.move(task, WAITING);
    table.worker[task] = NOBODY;
    table.attempt[task] = this.newAttempt();
    let missing: number = pause;
    let failed: number | undefined;
    for (let e = table.dependencyStart[task]!; e < table.dependencyStart[task + 1]!; e++) {
      const dependency = table.dependencies[e]!;
      if (table.state[dependency] !== MEMORY) missing++;
      if (table.state[dependency] === ERRED) failed = dependency;
    }
    table.waiting[task] = missing;
    if (missing === 0) this.enqueue(task);
    else if (this.sendsAhead) this.ahead.recount(task);
    return failed;
  }

  /** The task has failed for good, and with it everything that waits for it. */
  err(first: number, firstVia: number): void {
    const { table } = this;
    const open = [{ task: first, via: firstVia }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { task, via } = next;
      if (table.state[task] === ERRED) continue;
      this.move(task, ERRED);
      this.instructions.push(TASK_ERRED, table.worker[task]!, task, via);
      this.#needInputsNoMore(task);
      for (let e = table.dependentStart[task]!; e < table.dependentStart[task + 1]!; e++) {
        const dependent = table.dependents[e]!;
        // A dependent that runs already has its inputs, and may yet succeed.
        if (table.state[dependent] === WAITING) open.push({ task: dependent, via: task });
      }
    }
  }
}
