import { PriorityQueue } from "./priority-queue.ts";
import { WAITING } from "./task-state.ts";
import { NOBODY, type TaskTable, WITH_DATA } from "./task-table.ts";

/** A worker as the scheduler sees it. */
export interface Worker {
  readonly index: number;
  /** What restrictions name it by: a worker that takes the place of a lost one has the same. */
  readonly place: number;
  /** How many attempts it may have at once, those that wait for their turn there included. */
  slots: number;
  /** True if it may be sent tasks whose missing inputs it is making itself. */
  readonly ahead: boolean;
  /** Attempts that have not been reported yet, cancelled ones included. */
  running: number;
  /** True while it runs a task that workers were lost with: nothing else is to be there then. */
  isolated: boolean;
  /** Ready tasks that should run here, because their inputs are here. */
  readonly queue: PriorityQueue;
  /** Tasks that nobody else is to run: ready ones that stay with their data, and those to be sent ahead. */
  readonly fixed: PriorityQueue;
}

/** Ready tasks that only workers in some places may run. */
interface Restricted {
  readonly places: ReadonlySet<number>;
  readonly queue: PriorityQueue;
}

/** Restrictions below this number are none, or `WITH_DATA`. */
const FIRST_RESTRICTION = 2;

/** The workers and their queues of ready tasks. A queued task's worker in the table says in which queue it is. */
export class Workers {
  readonly #table: TaskTable;
  /** By index; lost workers leave a hole. */
  readonly #workers: (Worker | undefined)[] = [];
  /** Ready tasks that no worker is best for. */
  readonly #common = new PriorityQueue();
  readonly #restricted: Restricted[] = [];
  /** Ready tasks in the queues of workers that others may take. */
  #queuedAtWorkers = 0;
  /** Ready tasks in all queues. */
  #queued = 0;
  #count = 0;

  constructor(table: TaskTable) {
    this.#table = table;
  }

  /** @returns the worker's index */
  add(slots: number, place?: number, ahead = false): number {
    const index = this.#workers.length;
    this.#workers.push({
      index,
      place: place ?? index,
      slots,
      ahead,
      running: 0,
      isolated: false,
      queue: new PriorityQueue(),
      fixed: new PriorityQueue(),
    });
    this.#count++;
    return index;
  }

  /** Forgets a worker; its queue goes to all others. */
  remove(index: number): void {
    const worker = this.#workers[index];
    if (worker === undefined) return;
    const { state, priority } = this.#table;
    for (let task = worker.fixed.first(); task >= 0; task = worker.fixed.first()) {
      this.withdraw(task);
      if (state[task] !== WAITING) this.#common.add(task, priority[task]!);
    }
    for (let task = worker.queue.first(); task >= 0; task = worker.queue.first()) {
      this.dequeue(task);
      this.#queued++;
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
    return this.#queued;
  }

  /** The number by which tasks are restricted to workers in these places. */
  restriction(places: Iterable<number>): number {
    const wanted = new Set(places);
    const known = this.#restricted.findIndex(
      (one) => one.places.size === wanted.size && [...wanted].every((place) => one.places.has(place)),
    );
    if (known >= 0) return known + FIRST_RESTRICTION;
    this.#restricted.push({ places: wanted, queue: new PriorityQueue() });
    return this.#restricted.length - 1 + FIRST_RESTRICTION;
  }

  /** Whether this worker may run the task. */
  mayRun(worker: Worker, task: number): boolean {
    const restriction = this.#table.restriction[task]!;
    return (
      restriction < FIRST_RESTRICTION ||
      this.#restricted[restriction - FIRST_RESTRICTION]!.places.has(worker.place)
    );
  }

  /**
   * Puts a ready task into a queue.
   * @param bestFor the worker that the task should go to, or NOBODY; asked if there is a choice
   */
  enqueue(task: number, bestFor: (task: number) => number): void {
    const restriction = this.#table.restriction[task]!;
    const choice = restriction === WITH_DATA || (this.#count > 1 && restriction === 0);
    this.#queued++;
    this.#enqueueAt(task, choice ? bestFor(task) : NOBODY);
  }

  dequeue(task: number): void {
    this.#queued--;
    const { worker, offered, priority, restriction } = this.#table;
    const index = worker[task]!;
    if (restriction[task]! >= FIRST_RESTRICTION) {
      this.#restricted[restriction[task]! - FIRST_RESTRICTION]!.queue.delete(task, priority[task]!);
    } else if (index === NOBODY) this.#common.delete(task, priority[task]!);
    else if (offered[task] === 1) this.withdraw(task);
    else {
      this.#queuedAtWorkers--;
      this.#workers[index]!.queue.delete(task, priority[task]!);
    }
  }

  /** Only this worker is to be given the task. */
  offer(worker: Worker, task: number): void {
    worker.fixed.add(task, this.#table.priority[task]!);
    this.#table.offered[task] = 1;
    this.#table.worker[task] = worker.index;
  }

  /** The opposite. */
  withdraw(task: number): void {
    const { worker, offered, priority } = this.#table;
    this.#workers[worker[task]!]!.fixed.delete(task, priority[task]!);
    offered[task] = 0;
    worker[task] = NOBODY;
  }

  /**
   * The task that this worker should run now, or -1: what is meant for it first, in the static
   * order, then anybody's, then another worker's last.
   */
  choose(worker: Worker): number {
    const others = this.#restricted.length === 0 ? this.#common.first() : this.#firstOfAllowed(worker);
    if (worker.fixed.size + worker.queue.size === 0) {
      return others >= 0 || this.#queuedAtWorkers === 0 ? others : this.#lastOfOthers();
    }
    const own = this.#better(worker.fixed.first(), worker.queue.first());
    if (others < 0) return own;
    // All is a lone worker's own.
    if (this.#count === 1) return this.#better(own, others);
    return this.#table.priority[others]! > this.#table.priority[own]! ? others : own;
  }

  /** The first task of those that are anybody's, or of the worker's place. */
  #firstOfAllowed(worker: Worker): number {
    let found = this.#common.first();
    for (const { places, queue } of this.#restricted) {
      if (queue.size > 0 && places.has(worker.place)) found = this.#better(queue.first(), found);
    }
    return found;
  }

  /** The last task of the longest queue; one of higher priority first. */
  #lastOfOthers(): number {
    const { priority } = this.#table;
    let found = -1;
    let length = 0;
    for (const worker of this.#workers) {
      if (worker === undefined || worker.queue.size === 0) continue;
      const { queue } = worker;
      const task = queue.last();
      const higher = found < 0 ? 1 : priority[task]! - priority[found]!;
      if (higher < 0 || (higher === 0 && queue.size <= length)) continue;
      found = task;
      length = queue.size;
    }
    return found;
  }

  /** Running and queued tasks per slot. */
  loadOf(index: number): number {
    const worker = this.#workers[index];
    return worker === undefined ? Infinity : (worker.running + worker.queue.size) / worker.slots;
  }

  /** Which of two tasks is to run first; -1 is none. */
  #better(one: number, other: number): number {
    if (one < 0 || other < 0) return Math.max(one, other);
    const { priority } = this.#table;
    if (priority[one] !== priority[other]) return priority[one]! > priority[other]! ? one : other;
    return Math.min(one, other);
  }

  #enqueueAt(task: number, index: number): void {
    const { priority, restriction } = this.#table;
    const worker = index === NOBODY ? undefined : this.#workers[index];
    this.#table.worker[task] = worker === undefined ? NOBODY : index;
    if (restriction[task]! >= FIRST_RESTRICTION) {
      this.#restricted[restriction[task]! - FIRST_RESTRICTION]!.queue.add(task, priority[task]!);
    } else if (worker === undefined) this.#common.add(task, priority[task]!);
    else if (restriction[task] === WITH_DATA) this.offer(worker, task);
    else {
      this.#queuedAtWorkers++;
      worker.queue.add(task, priority[task]!);
    }
  }
}
