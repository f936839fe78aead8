import { describe, expect, test } from "vitest";
import { Holders } from "../../../src/core/scheduler/holders.ts";
import { decideWorker, Placement } from "../../../src/core/scheduler/placement.ts";
import { MEMORY } from "../../../src/core/scheduler/task-state.ts";
import { NOBODY, TaskTable } from "../../../src/core/scheduler/task-table.ts";
import { shape } from "../../support/scheduler.ts";

const load = { loadOf: (worker: number) => [3, 1, 2][worker]! };

test("chooses the worker that holds most", () => {
  expect(
    decideWorker(
      new Map([
        [0, 10],
        [1, 9],
      ]),
      load,
    ),
  ).toBe(0);
});

test("of equal ones chooses the least loaded", () => {
  expect(
    decideWorker(
      new Map([
        [0, 10],
        [2, 10],
        [1, 10],
      ]),
      load,
    ),
  ).toBe(1);
});

test("chooses nobody when nobody holds anything", () => {
  expect(decideWorker(new Map(), load)).toBe(-1);
});

describe("a ready task", () => {
  /** Results 0, 1 and 2, of 10, 30 and 5 bytes at workers 0, 1 and 2; 3 needs all of them, 4 only the first, 5 none. */
  function withResults(reserved: number = NOBODY): { placement: Placement; holders: Holders } {
    const table = new TaskTable();
    table.add(shape([], [], [], [0, 1, 2], [0], []));
    for (const task of [0, 1, 2]) {
      table.state[task] = MEMORY;
      table.worker[task] = task;
    }
    table.bytes.set([10, 30, 5]);
    const holders = new Holders(table);
    const isReserved = (worker: number): boolean => worker === reserved;
    return { placement: new Placement(table, holders, { ...load, isReserved }), holders };
  }

  test("is best for the worker that holds most of its inputs, copies included", () => {
    const { placement, holders } = withResults();
    expect([3, 4, 5].map((task) => placement.bestFor(task))).toEqual([1, 0, NOBODY]);
    holders.add(1, 2);
    expect(placement.bestFor(3)).toBe(2);
  });

  test("is never best for a reserved worker", () => {
    expect([3, 4].map((task) => withResults(1).placement.bestFor(task))).toEqual([0, 0]);
    expect(withResults(0).placement.bestFor(4)).toBe(NOBODY);
  });

  test("is most useful where others would move most for it, one of them at least", () => {
    const { placement } = withResults();
    // Task 3 has 10, 30 and 5 bytes at the three workers, and task 4 has 10 at the first.
    expect([0, 1, 2].map((worker) => placement.mostUseful([5, 3, 4], worker))).toEqual([4, 3, 5]);
    expect(placement.mostUseful([3, 4], 2)).toBe(4);
    expect(placement.mostUseful([], 0)).toBe(NOBODY);
  });

  test("is used with all that its dependents need, unless that is very much", () => {
    const { placement } = withResults();
    expect([0, 1, 3].map((task) => placement.usedWith(task))).toEqual([[0, 1, 2, 0], [0, 1, 2], []]);
    const table = new TaskTable();
    const nine = Array.from({ length: 9 }, (_, t) => t);
    table.add(shape(...nine.map(() => []), nine));
    const load = { loadOf: () => 0, isReserved: () => false };
    expect(new Placement(table, new Holders(table), load).usedWith(0)).toEqual([]);
  });
});
