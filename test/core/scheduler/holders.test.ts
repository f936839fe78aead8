import { expect, test } from "vitest";
import { Holders } from "../../../src/core/scheduler/holders.ts";
import { MEMORY, PROCESSING } from "../../../src/core/scheduler/task-state.ts";
import { TaskTable } from "../../../src/core/scheduler/task-table.ts";
import { shape } from "../../support/scheduler.ts";

/** Task 0 in memory at worker 4. */
function withResult(): { holders: Holders; table: TaskTable } {
  const table = new TaskTable();
  table.add(shape([]));
  table.state[0] = MEMORY;
  table.worker[0] = 4;
  return { table, holders: new Holders(table) };
}

test("knows each holder once, the maker first", () => {
  const { holders } = withResult();
  for (const index of [7, 4, 7, 5]) holders.add(0, index);
  expect([holders.of(0), holders.others(0), holders.copied]).toEqual([[4, 7, 5], [7, 5], 1]);
});

test("says who drops the last copy", () => {
  const { holders, table } = withResult();
  holders.add(0, 7);
  holders.add(0, 5);
  expect([holders.drop(0, 9), holders.of(0)]).toEqual([false, [4, 7, 5]]);
  expect([holders.drop(0, 4), holders.of(0), table.worker[0]]).toEqual([false, [7, 5], 7]);
  expect([holders.drop(0, 5), holders.of(0), holders.copied]).toEqual([false, [7], 0]);
  expect(holders.drop(0, 7)).toBe(true);
});

test("knows nobody for what is not in memory, or was forgotten", () => {
  const { holders, table } = withResult();
  holders.add(0, 7);
  holders.forgetOthers(0);
  expect([holders.of(0), holders.copied]).toEqual([[4], 0]);
  table.state[0] = PROCESSING;
  expect(holders.of(0)).toEqual([]);
});
