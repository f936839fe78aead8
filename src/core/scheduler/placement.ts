import type { Holders } from "./holders.ts";
import { NOBODY, type TaskTable } from "./task-table.ts";

/** What placement asks about workers. */
export interface Load {
  /** Running and queued tasks per slot. */
  loadOf(worker: number): number;
  /** True of a worker that takes only what is meant for it, so that it is best for nothing. */
  isReserved(worker: number): boolean;
}

/** What more tasks than this are used together with is for all workers: one alone could not make it in time. */
const FEW = 8;

/** Where tasks should run, by the bytes of their inputs. */
export class Placement {
  readonly #table: TaskTable;
  readonly #holders: Holders;
  readonly #load: Load;

  constructor(table: TaskTable, holders: Holders, load: Load) {
    this.#table = table;
    this.#holders = holders;
    this.#load = load;
  }

  /** The worker that holds most of the task's inputs, or NOBODY when none holds any. */
  bestFor(task: number): number {
    const { dependencyStart, dependencies, worker } = this.#table;
    const start = dependencyStart[task]!;
    const end = dependencyStart[task + 1]!;
    if (start === end) return NOBODY;
    // Mostly all of them are at one worker, and at no other.
    const first = worker[dependencies[start]!]!;
    for (let e = start; e < end; e++) {
      const dependency = dependencies[e]!;
      if (worker[dependency] === first && this.#holders.others(dependency).length === 0) continue;
      return decideWorker(this.#heldBy(task), this.#load);
    }
    return this.#load.isReserved(first) ? NOBODY : first;
  }

  /** Of several ready tasks the one for which others would move most bytes more than this worker; of equal ones the first. */
  mostUseful(tasks: readonly number[], worker: number): number {
    let found = NOBODY;
    let most = -Infinity;
    for (const task of tasks) {
      const advantage = this.#advantage(task, worker);
      if (advantage <= most) continue;
      found = task;
      most = advantage;
    }
    return found;
  }

  /** How many bytes fewer are moved if this worker runs the task than if the best of the others does. */
  #advantage(task: number, worker: number): number {
    const held = this.#heldBy(task);
    let others = 0;
    for (const [holder, bytes] of held) if (holder !== worker) others = Math.max(others, bytes);
    return (held.get(worker) ?? 0) - others;
  }

  /** The tasks whose results are used together with this one's, itself included. */
  usedWith(task: number): number[] {
    const { dependentStart, dependents, dependencyStart, dependencies } = this.#table;
    const together: number[] = [];
    const last = Math.min(dependentStart[task + 1]!, dependentStart[task]! + FEW);
    for (let e = dependentStart[task]!; e < last; e++) {
      const dependent = dependents[e]!;
      const [start, end] = [dependencyStart[dependent]!, dependencyStart[dependent + 1]!];
      if (end - start > FEW) continue;
      for (let i = start; i < end; i++) together.push(dependencies[i]!);
    }
    return together;
  }

  /** Bytes of the task's inputs by worker; one of unknown size counts a little. */
  #heldBy(task: number): ReadonlyMap<number, number> {
    const { dependencyStart, dependencies, bytes } = this.#table;
    const held = new Map<number, number>();
    for (let e = dependencyStart[task]!; e < dependencyStart[task + 1]!; e++) {
      const dependency = dependencies[e]!;
      for (const holder of this.#holders.of(dependency)) {
        if (this.#load.isReserved(holder)) continue;
        held.set(holder, (held.get(holder) ?? 0) + bytes[dependency]! + 1);
      }
    }
    return held;
  }
}

/**
 * Which worker a task should go to: the one that holds most bytes of its inputs, of several the
 * least loaded.
 * @param held bytes of the task's inputs by worker
 * @returns NOBODY when no worker holds an input
 */
export function decideWorker(held: ReadonlyMap<number, number>, load: Pick<Load, "loadOf">): number {
  let best = NOBODY;
  let most = 0;
  for (const [worker, bytes] of held) {
    if (bytes > most || (bytes === most && load.loadOf(worker) < load.loadOf(best))) {
      best = worker;
      most = bytes;
    }
  }
  return best;
}
