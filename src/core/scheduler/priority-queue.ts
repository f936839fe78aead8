import { ReadyQueue } from "./ready-queue.ts";

interface Band {
  readonly priority: number;
  readonly queue: ReadyQueue;
}

/**
 * Tasks that can start: those of the highest priority first, and among them the smallest number,
 * which is the one the static order puts first. Most graphs have the one priority 0.
 */
export class PriorityQueue {
  /** By descending priority. */
  readonly #bands: Band[] = [{ priority: 0, queue: new ReadyQueue() }];
  size = 0;

  add(task: number, priority: number): void {
    this.size++;
    this.#band(priority).add(task);
  }

  delete(task: number, priority: number): void {
    this.size--;
    this.#band(priority).delete(task);
  }

  /** The task to start first, or -1. */
  first(): number {
    if (this.size === 0) return -1;
    // Asked once per task: `for of` would make an object each time.
    const bands = this.#bands;
    let i = 0;
    while (bands[i]!.queue.size === 0) i++;
    return bands[i]!.queue.first();
  }

  /** Of the tasks of the highest priority the one to start last, or -1. */
  last(): number {
    return this.size === 0 ? -1 : this.#bands.find(({ queue }) => queue.size > 0)!.queue.last();
  }

  /** All tasks of the highest priority, in order. */
  firstAll(): number[] {
    const tasks: number[] = [];
    if (this.size === 0) return tasks;
    const { queue } = this.#bands.find((band) => band.queue.size > 0)!;
    for (let task = queue.first(); task >= 0; task = queue.after(task)) tasks.push(task);
    return tasks;
  }

  #band(priority: number): ReadyQueue {
    const bands = this.#bands;
    if (bands.length === 1 && priority === 0) return bands[0]!.queue;
    const found = bands.find((band) => band.priority === priority);
    if (found !== undefined) return found.queue;
    const queue = new ReadyQueue();
    bands.push({ priority, queue });
    bands.sort((a, b) => b.priority - a.priority);
    return queue;
  }
}
