import { decideWorker } from "./placement.ts";
import { PriorityQueue } from "./priority-queue.ts";
import { NOBODY, type TaskTable } from "./task-table.ts";

/** A worker as the scheduler sees it. */
export interface Worker {
  readonly index: number;
  readonly slots: number;
  /** Attempts that have not been reported yet, cancelled ones included. */
  running: number;
  /** Ready tasks that should run here, because their inputs are here. */
  readonly queue: PriorityQueue;
}

/** The workers and their queues of ready tasks. A queued task's worker in the table says in which queue it is. */
export class Workers {
  readonly #table: TaskTable;
  /** By index; lost workers leave a hole. */
  readonly #workers: (Worker | undefined)[] = [];
  /** Ready tasks that no worker is best for. */
  readonly #common = new PriorityQueue();
  /** Ready tasks in the queues of workers. */
  #queuedAtWorkers = 0;
  #count = 0;

  constructor(table: TaskTable) {
    this.#table = table;
  }

  /** @returns the worker's index */
  add(slots: number): number {
    const index = this.#workers.length;
    this.#workers.push({ index, slots, running: 0, queue: new PriorityQueue() });
    this.#count++;
    return index;
  }

  /** Forgets a worker; its queue goes to all others. */
  remove(index: number): void {
    const worker = this.#workers[index];
    if (worker === undefined) return;
    for (let task = worker.queue.first(); task >= 0; task = worker.queue.first()) {
      this.dequeue(task);
      this.#enqueueAt(task, NOBODY);
    }
    this.#workers[index] = undefined;
    this.#count--;
  }

  at(index: number): Worker | undefined {
    return this.#workers[index];
  }

  /** All that are not lost. */
  all(): readonly Worker[] {
    return this.#workers.filter((worker) => worker !== undefined);
  }

  /** How many ready tasks wait for a slot. */
  get queued(): number {
    return this.#common.size + this.#queuedAtWorkers;
  }

  /**
   * Puts a ready task into a queue.
   * @param heldBy bytes of the task's inputs by worker, asked for if there is a choice
   */
  enqueue(task: number, heldBy: (task: number) => ReadonlyMap<number, number>): void {
    this.#enqueueAt(task, this.#count > 1 ? decideWorker(heldBy(task), this) : NOBODY);
  }

  dequeue(task: number): void {
    const index = this.#table.worker[task]!;
    if (index !== NOBODY) this.#queuedAtWorkers--;
    const queue = index === NOBODY ? this.#common : this.#workers[index]!.queue;
    queue.delete(task, this.#table.priority[task]!);
  }

  /** The ready task that this worker should run now: its own first, then anybody's, then another worker's last. */
  choose(worker: Worker): number {
    const own = worker.queue.first();
    const common = this.#common.first();
    if (own >= 0 && common >= 0) {
      return this.#table.priority[common]! > this.#table.priority[own]! ? common : own;
    }
    if (own >= 0 || common >= 0 || this.#queuedAtWorkers === 0) return Math.max(own, common);
    let longest = worker;
    for (const other of this.#workers) {
      if (other !== undefined && other.queue.size > longest.queue.size) longest = other;
    }
    return longest.queue.last();
  }

  /** Running and queued tasks per slot. */
  loadOf(index: number): number {
    const worker = this.#workers[index];
    return worker === undefined ? Infinity : (worker.running + worker.queue.size) / worker.slots;
  }

  #enqueueAt(task: number, index: number): void {
    const worker = index === NOBODY ? undefined : this.#workers[index];
    this.#table.worker[task] = worker === undefined ? NOBODY : index;
    if (worker !== undefined) this.#queuedAtWorkers++;
    (worker?.queue ?? this.#common).add(task, this.#table.priority[task]!);
  }
}
