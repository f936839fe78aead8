import { describe, expect, test } from "vitest";
import { Holders } from "../../../src/core/scheduler/holders.ts";
import { MEMORY, QUEUED } from "../../../src/core/scheduler/task-state.ts";
import { NOBODY, TaskTable } from "../../../src/core/scheduler/task-table.ts";
import { Workers } from "../../../src/core/scheduler/workers.ts";
import { shape, TestScheduler } from "../../support/scheduler.ts";

const WORKERS = 3;

/**
 * Three workers, and results 0 to 2 at one each.
 * @param homes the worker at which the only input of each further task is, or NOBODY
 */
function withTasks(...homes: readonly number[]): { workers: Workers; table: TaskTable } {
  const table = new TaskTable();
  table.add(shape([], [], [], ...homes.map((home) => (home === NOBODY ? [] : [home]))));
  const workers = new Workers(table, new Holders(table));
  for (let i = 0; i < WORKERS; i++) {
    workers.add(1);
    table.state[i] = MEMORY;
    table.worker[i] = i;
  }
  table.state.fill(QUEUED, WORKERS, WORKERS + homes.length);
  return { table, workers };
}

/** All of these workers' slots are taken. */
function busy(workers: Workers, ...indices: readonly number[]): void {
  for (const index of indices) workers.at(index)!.running = 1;
}

test("puts a task into the queue of the worker that holds its inputs", () => {
  const { workers, table } = withTasks(1, NOBODY);
  workers.enqueue(3);
  workers.enqueue(4);
  expect([table.worker[3], table.worker[4], workers.queued]).toEqual([1, NOBODY, 2]);
  expect([workers.choose(workers.at(0)!), workers.choose(workers.at(1)!)]).toEqual([4, 3]);
});

test("asks nobody where the inputs are when there is no choice", () => {
  const { workers, table } = withTasks(1);
  workers.remove(0);
  workers.remove(2);
  workers.enqueue(3);
  expect([table.worker[3], workers.queued]).toEqual([NOBODY, 1]);
});

test("takes the last task of the longest queue for a worker that has nothing to do", () => {
  const { workers } = withTasks(1, 2, 2, 2);
  busy(workers, 1, 2);
  for (const task of [3, 4, 5, 6]) workers.enqueue(task);
  expect(workers.choose(workers.at(0)!)).toBe(6);
});

test("takes a task of higher priority first, also from a shorter queue", () => {
  const { workers, table } = withTasks(2, 2, 2, 1, 1, 2);
  busy(workers, 1, 2);
  table.priority.set([0, 0, 0, 2, 2, 1], 3);
  for (const task of [3, 4, 5, 8, 6, 7]) workers.enqueue(task);
  const taken = [];
  for (let task = workers.choose(workers.at(0)!); task >= 0; task = workers.choose(workers.at(0)!)) {
    taken.push(task);
    workers.dequeue(task);
  }
  // The last three are no more than there are workers, and one is as good as another.
  expect(taken).toEqual([7, 6, 8, 3, 4, 5]);
});

test("leaves a worker as many of its tasks as it has free slots for", () => {
  const { workers } = withTasks(1, 1, 1);
  workers.at(1)!.slots = 2;
  workers.enqueue(3);
  workers.enqueue(4);
  expect(workers.choose(workers.at(0)!)).toBe(-1);
  workers.enqueue(5);
  expect(workers.choose(workers.at(0)!)).toBeGreaterThan(0);
  busy(workers, 1);
  workers.dequeue(5);
  expect(workers.choose(workers.at(0)!)).toBeGreaterThan(0);
});

test("takes from a worker that has free slots, and may not use them", () => {
  const { workers, table } = withTasks(1);
  workers.enqueue(3);
  workers.at(1)!.isolated = true;
  expect(workers.choose(workers.at(0)!)).toBe(3);
  Object.assign(workers.at(1)!, { isolated: false, slots: 2, running: 1 });
  expect(workers.choose(workers.at(0)!)).toBe(-1);
  table.losses[3] = 1;
  expect(workers.choose(workers.at(0)!)).toBe(3);
});

describe("of tasks that are hardly enough for all", () => {
  /** Tasks 0 and 1 have made 10 and 100 bytes at worker 0, which 2 and 3 need. */
  function withLittle(): TestScheduler {
    const s = new TestScheduler();
    for (let i = 0; i < 2; i++) s.step((core) => core.addWorker(2));
    s.step((core) => core.updateGraph(shape([], [], [0], [1]), [2, 3]));
    const [little, much] = [s.start(0), s.start(0)];
    s.step((core) => core.taskFinished(0, little.task, little.attempt, 10));
    s.step((core) => core.taskFinished(0, much.task, much.attempt, 100));
    return s;
  }

  test("a worker begins with those that others would move most for", () => {
    const s = withLittle();
    expect([s.start(0).task, s.start(1).task]).toEqual([3, 2]);
  });

  test("an idle one takes over those that cost least to move", () => {
    const s = withLittle();
    expect([s.start(1).task, s.start(0).task]).toEqual([2, 3]);
  });
});

test("keeps tasks together whose results are used together", () => {
  const s = new TestScheduler();
  for (let i = 0; i < 2; i++) s.step((core) => core.addWorker(1));
  s.step((core) => core.updateGraph(shape([], [], [0, 1], [], [], [3, 4]), [2, 5]));
  expect([s.start(0).task, s.start(1).task]).toEqual([0, 3]);
  // What is kept for a busy worker can still be taken over by an idle one.
  s.step((core) => core.setSlots(1, 3));
  expect([s.start(1).task, s.start(1).task]).toEqual([4, 1]);
});

test("does not keep together what very many are used with, nor what is restricted or runs already", () => {
  const s = new TestScheduler();
  for (let i = 0; i < 2; i++) s.step((core) => core.addWorker(1));
  const inputs = Array.from({ length: 9 }, (_, t) => t);
  s.step((core) => core.updateGraph(shape(...inputs.map(() => []), inputs), [9]));
  expect([s.start(0).task, s.start(1).task]).toEqual([0, 1]);
  s.step((core) => core.forgetGraph(0));
  for (const index of [0, 1]) s.step((core) => core.taskReleased(index, index, index + 1));
  const restrictions = Uint8Array.of(0, s.core.restriction([1]), 0, 0);
  s.step((core) => core.updateGraph({ ...shape([], [], [], [0, 1, 2]), restrictions }, [3]));
  expect([s.start(1).task, s.start(0).task]).toEqual([0, 2]);
  s.step((core) => core.setSlots(1, 2));
  expect(s.start(1).task).toBe(1);
});

test("leaves the queue of a lost worker to all", () => {
  const { workers, table } = withTasks(1);
  workers.enqueue(3);
  workers.remove(1);
  expect([table.worker[3], workers.at(1), workers.all().length, workers.queued]).toEqual([
    NOBODY,
    undefined,
    2,
    1,
  ]);
  expect(workers.choose(workers.at(0)!)).toBe(3);
  workers.dequeue(3);
  expect(workers.queued).toBe(0);
});

test("knows load as tasks per slot, and that of lost workers as infinite", () => {
  const { workers } = withTasks(0);
  workers.at(0)!.slots = 4;
  busy(workers, 0);
  workers.enqueue(3);
  expect([workers.loadOf(0), workers.loadOf(1)]).toEqual([0.5, 0]);
  workers.remove(1);
  expect(workers.loadOf(1)).toBe(Infinity);
});
