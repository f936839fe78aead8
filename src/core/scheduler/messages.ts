/**
 * What the scheduler core tells its host to do. The names are dask's. Instructions are rows of
 * integers in one buffer, since some of them occur once per task: no object is made for them.
 */

/**
 * The worker is to drop the value that this attempt made; nobody needs that copy any more. Values
 * are named by their attempt and not by their task: task numbers are used again, and an old copy
 * may arrive when a new result is there.
 */
export const FREE_KEYS = 1;
/** The worker is to stop this attempt if it can; it still reports the attempt's end. */
export const CANCEL_TASK = 2;
/** The result of a wanted task is there, at this worker. */
export const KEY_IN_MEMORY = 3;
/** A task failed: its last attempt, or, if `detail` is another task, because that dependency failed. */
export const TASK_ERRED = 4;
/** A task was given up because too many workers were lost while they ran it. */
export const KILLED_WORKER = 5;
/** The last copy of a wanted result was lost; it is being computed again. */
export const LOST_DATA = 6;

const FIELDS = 4;

/** A queue of instructions. Read it with `next()`, then the fields. */
export class InstructionQueue {
  #rows = new Int32Array(64 * FIELDS);
  #length = 0;
  #position = 0;

  /** One of the constants above; the fields below belong to the same instruction. */
  op = 0;
  /** Index of the worker that it concerns, or -1. */
  worker = 0;
  task = 0;
  /** The attempt; in `TASK_ERRED` the dependency that failed, or the task itself. */
  detail = 0;

  push(op: number, worker: number, task: number, detail: number): void {
    if (this.#length === this.#rows.length) this.#makeRoom();
    const rows = this.#rows;
    const row = this.#length;
    rows[row] = op;
    rows[row + 1] = worker;
    rows[row + 2] = task;
    rows[row + 3] = detail;
    this.#length = row + FIELDS;
  }

  /** Moves to the next instruction; false when all have been read. */
  next(): boolean {
    if (this.#position === this.#length) {
      this.#position = 0;
      this.#length = 0;
      return false;
    }
    const rows = this.#rows;
    const row = this.#position;
    this.op = rows[row]!;
    this.worker = rows[row + 1]!;
    this.task = rows[row + 2]!;
    this.detail = rows[row + 3]!;
    this.#position = row + FIELDS;
    return true;
  }

  #makeRoom(): void {
    const larger = new Int32Array(this.#rows.length * 2);
    larger.set(this.#rows);
    this.#rows = larger;
  }
}
