import { PROCESSING } from "./task-state.ts";
import { type TaskTable, WITH_DATA } from "./task-table.ts";
import type { Worker, Workers } from "./workers.ts";

/**
 * What an idle worker may be given of what another has been sent: the later half of the tasks that
 * could run there, and those that wait for one of them.
 * @param tasks those that the other has not begun, in the order in which it got them
 */
export function movable(
  table: TaskTable,
  workers: Workers,
  tasks: readonly number[],
  idle: Worker,
): number[] {
  const sent = tasks.filter((task) => table.state[task] === PROCESSING);
  const able = sent.filter(
    (task) =>
      table.waiting[task] === 0 && table.restriction[task] !== WITH_DATA && workers.mayRun(idle, task),
  );
  const moving = new Set(able.slice(able.length >> 1));
  for (const task of sent) {
    for (let e = table.dependencyStart[task]!; e < table.dependencyStart[task + 1]!; e++) {
      if (moving.has(table.dependencies[e]!)) moving.add(task);
    }
  }
  return [...moving];
}
