import { expect, test } from "vitest";
import { movable } from "../../../src/core/scheduler/movable.ts";
import type { SchedulerGraph } from "../../../src/core/scheduler/state.ts";
import { WITH_DATA } from "../../../src/core/scheduler/task-table.ts";
import { shape, TestScheduler } from "../../support/scheduler.ts";

const [BUSY, IDLE] = [0, 1];

/** All tasks of the graph are sent to BUSY. */
function scheduler(graph: SchedulerGraph): TestScheduler {
  const s = new TestScheduler();
  s.step((core) => core.addWorker(100, BUSY, true));
  s.step((core) => core.addWorker(100, IDLE, true));
  s.step((core) => core.updateGraph(graph, [], true));
  while (s.start(BUSY).task >= 0);
  return s;
}

const moving = ({ core }: TestScheduler, tasks: readonly number[]): number[] =>
  movable(core.table, core.workers, tasks, core.workers.at(IDLE)!);

test("the later half of what could run moves, rounded up", () => {
  const s = scheduler(shape([], [], [], [], []));
  expect(moving(s, [0, 1, 2, 3, 4])).toEqual([2, 3, 4]);
  expect(moving(s, [1, 2, 3, 4])).toEqual([3, 4]);
  expect(moving(s, [4])).toEqual([4]);
  expect(moving(s, [])).toEqual([]);
});

test("what waits there for something that moves goes with it, what waits for others stays", () => {
  const s = scheduler(shape([], [], [0], [1], [3], [2, 4]));
  expect(moving(s, [0, 1, 2, 3, 4, 5])).toEqual([1, 3, 4, 5]);
});

test("a chain of which the first is being run stays", () => {
  expect(moving(scheduler(shape([], [0], [1])), [1, 2])).toEqual([]);
});

test("restricted tasks go where they may run only, and none leaves its data", () => {
  const s = scheduler(shape([]));
  const [here, there] = [s.core.restriction([BUSY]), s.core.restriction([BUSY, IDLE])];
  const restrictions = Uint8Array.of(here, WITH_DATA, there, there);
  const base = s.core.updateGraph({ ...shape([], [], [], []), restrictions }, [], true);
  while (s.start(BUSY).task >= 0);
  expect(moving(s, [base, base + 1])).toEqual([]);
  expect(moving(s, [base, base + 1, base + 2, base + 3])).toEqual([base + 3]);
});

test("attempts that were cancelled are left alone, and nothing goes to a lost worker", () => {
  const s = scheduler(shape([], []));
  s.step((core) => core.forgetGraph(0));
  expect(moving(s, [0, 1])).toEqual([]);
  const other = scheduler(shape([], []));
  other.step((core) => core.removeWorker(IDLE));
  expect(other.core.movable([0, 1], IDLE)).toEqual([]);
});

test("what was handed back is given to the idle worker", () => {
  const s = scheduler(shape([], [], []));
  for (const task of s.core.movable([0, 1, 2], IDLE)) {
    s.step((core) => core.taskReleased(BUSY, task, core.attemptOf(task)));
  }
  expect([s.start(IDLE).task, s.start(IDLE).task, s.start(IDLE).task]).toEqual([1, 2, -1]);
});
