import type { Holders } from "./holders.ts";
import { Placement } from "./placement.ts";
import { PriorityQueue } from "./priority-queue.ts";
import { QUEUED, WAITING } from "./task-state.ts";
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
  readonly #placement: Placement;
  /** By index; lost workers leave a hole. */
  readonly #workers: (Worker | undefined)[] = [];
  /** Ready tasks that no worker is best for. */
  readonly #common = new PriorityQueue();
  readonly #restricted: Restricted[] = [];
  /** Ready tasks in the queues of workers that others may take. */
  #queuedAtWorkers = 0;
  /** Ready tasks in all queues. */
  #queued = 0;
  /** Workers that take anything. */
  #count = 0;
  #reserved: number = NOBODY;

  constructor(table: TaskTable, holders: Holders) {
    this.#table = table;
    this.#placement = new Placement(table, holders, this);
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
    if (this.isReserved(index)) this.#reserved = NOBODY;
    else this.#count--;
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

  /** From now on this worker takes only what is restricted to its place, and is best for nothing else. */
  reserve(index: number): void {
    this.#reserved = index;
    this.#count--;
  }

  /** True of the worker that takes only what is restricted to its place. */
  isReserved(index: number): boolean {
    return index === this.#reserved;
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
    if (restriction < FIRST_RESTRICTION) return !this.isReserved(worker.index);
    return this.#restricted[restriction - FIRST_RESTRICTION]!.places.has(worker.place);
  }

  /** Puts a ready task into a queue. */
  enqueue(task: number): void {
    const restriction = this.#table.restriction[task]!;
    const choice = restriction === WITH_DATA || (this.#count > 1 && restriction === 0);
    this.#queued++;
    this.#enqueueAt(task, choice ? this.#placement.bestFor(task) : NOBODY);
  }

  /** The worker runs this ready task. If that was anybody's, it is to make what is used together with it as well. */
  take(worker: Worker, task: number): void {
    const { worker: at, restriction } = this.#table;
    const wasAnybodys = at[task] === NOBODY && restriction[task] === 0;
    this.dequeue(task);
    if (wasAnybodys && this.#count > 1 && this.#common.size > 0) this.#gather(worker, task);
  }

  /** Anybody's tasks whose results are used together with this one's are best for this worker from now on. */
  #gather(worker: Worker, task: number): void {
    const { state, worker: at, restriction } = this.#table;
    for (const sibling of this.#placement.usedWith(task)) {
      const isAnybodys = at[sibling] === NOBODY && restriction[sibling] === 0;
      if (state[sibling] !== QUEUED || !isAnybodys || sibling === task) continue;
      this.dequeue(sibling);
      this.#queued++;
      this.#enqueueAt(sibling, worker.index);
    }
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
   * order, then anybody's, then one of another worker's that has no slot for it.
   */
  choose(worker: Worker): number {
    if (worker.index === this.#reserved) return this.#firstOfPlace(worker, -1);
    const others =
      this.#restricted.length === 0 ? this.#common.first() : this.#firstOfPlace(worker, this.#common.first());
    if (worker.fixed.size + worker.queue.size === 0) {
      return others >= 0 || this.#queuedAtWorkers === 0 ? others : this.#takeOver(worker);
    }
    const queued =
      worker.queue.size > 1 && this.#isScarce
        ? this.#placement.mostUseful(worker.queue.firstAll(), worker.index)
        : worker.queue.first();
    const own = this.#better(worker.fixed.first(), queued);
    if (others < 0) return own;
    // All is a lone worker's own.
    if (this.#count === 1) return this.#better(own, others);
    return this.#table.priority[others]! > this.#table.priority[own]! ? others : own;
  }

  /**
   * True when there is hardly a task for everybody: what one worker leaves another takes soon. Then bytes
   * decide. Otherwise the static order does, which is what keeps results few.
   */
  get #isScarce(): boolean {
    return this.#queued <= this.#count;
  }

  /** The first of the tasks restricted to the worker's place, or this one. */
  #firstOfPlace(worker: Worker, other: number): number {
    let found = other;
    for (const { places, queue } of this.#restricted) {
      if (queue.size > 0 && places.has(worker.place)) found = this.#better(queue.first(), found);
    }
    return found;
  }

  /** One of the tasks of other workers that have no free slot for it; one of higher priority first. */
  #takeOver(taker: Worker): number {
    const { priority } = this.#table;
    let found: number[] = [];
    let length = 0;
    for (const worker of this.#workers) {
      const left = worker === undefined ? 0 : this.#leftBy(worker);
      if (left <= 0) continue;
      const { queue } = worker!;
      const task = queue.last();
      const higher = found.length === 0 ? 1 : priority[task]! - priority[found[0]!]!;
      if (higher < 0) continue;
      if (this.#isScarce) found = higher > 0 ? queue.firstAll() : [...found, ...queue.firstAll()];
      else if (higher > 0 || left > length) {
        // The last one of the longest queue is what its owner would come to latest.
        found = [task];
        length = left;
      }
    }
    return found.length < 2 ? (found[0] ?? -1) : this.#placement.mostUseful(found, taker.index);
  }

  /** How many tasks of its queue the worker has no free slot for. */
  #leftBy(worker: Worker): number {
    const { queue, slots, running, isolated } = worker;
    const free = slots - running;
    if (queue.size === 0 || free <= 0) return queue.size;
    // It takes nothing while what comes next is to run alone, after the others there.
    const mustWait = isolated || (running > 0 && this.#table.losses[this.choose(worker)]! > 0);
    return mustWait ? queue.size : queue.size - free;
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
