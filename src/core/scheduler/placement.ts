import { NOBODY } from "./task-table.ts";

/** What placement asks about workers. */
export interface Load {
  /** Running and queued tasks per slot. */
  loadOf(worker: number): number;
}

/**
 * Which worker a task should go to: the one that holds most bytes of its inputs, of several the
 * least loaded.
 * @param held bytes of the task's inputs by worker
 * @returns NOBODY when no worker holds an input
 */
export function decideWorker(held: ReadonlyMap<number, number>, load: Load): number {
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
