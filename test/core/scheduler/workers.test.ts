import { expect, test } from "vitest";
import { NOBODY, TaskTable } from "../../../src/core/scheduler/task-table.ts";
import { Workers } from "../../../src/core/scheduler/workers.ts";

function withTasks(size: number): { workers: Workers; table: TaskTable } {
  const table = new TaskTable();
  table.add({ size, dependencyStart: new Int32Array(size + 1), dependencies: new Int32Array(0) });
  return { table, workers: new Workers(table) };
}

const at = (worker: number) => () => worker;
const atNobody = at(NOBODY);

test("puts a task into the queue of the worker that holds its inputs", () => {
  const { workers, table } = withTasks(3);
  const [a, b] = [workers.add(1), workers.add(1)];
  workers.enqueue(0, at(b));
  workers.enqueue(1, atNobody);
  expect([table.worker[0], table.worker[1], workers.queued]).toEqual([b, NOBODY, 2]);
  expect([workers.choose(workers.at(a)!), workers.choose(workers.at(b)!)]).toEqual([1, 0]);
});

test("asks nobody where the inputs are when there is no choice", () => {
  const { workers } = withTasks(1);
  workers.add(1);
  workers.enqueue(0, () => {
    throw new Error("there is one worker only");
  });
  expect(workers.queued).toBe(1);
});

test("takes the last task of the longest queue for a worker that has nothing to do", () => {
  const { workers } = withTasks(6);
  const [idle, short, long] = [workers.add(1), workers.add(1), workers.add(1)];
  workers.enqueue(0, at(short));
  for (const task of [1, 2, 3]) workers.enqueue(task, at(long));
  expect(workers.choose(workers.at(idle)!)).toBe(3);
});

test("takes a task of higher priority first, also from a shorter queue", () => {
  const { workers, table } = withTasks(6);
  const [idle, short, long] = [workers.add(1), workers.add(1), workers.add(1)];
  table.priority.set([0, 0, 0, 2, 2, 1]);
  for (const task of [0, 1, 2, 5]) workers.enqueue(task, at(long));
  for (const task of [3, 4]) workers.enqueue(task, at(short));
  const taken = [];
  for (let task = workers.choose(workers.at(idle)!); task >= 0; task = workers.choose(workers.at(idle)!)) {
    taken.push(task);
    workers.dequeue(task);
  }
  expect(taken).toEqual([4, 3, 5, 2, 1, 0]);
});

test("leaves the queue of a lost worker to all", () => {
  const { workers, table } = withTasks(2);
  const [lost, left] = [workers.add(1), workers.add(1)];
  workers.enqueue(0, at(lost));
  workers.remove(lost);
  expect([table.worker[0], workers.at(lost), workers.all().length, workers.queued]).toEqual([
    NOBODY,
    undefined,
    1,
    1,
  ]);
  expect(workers.choose(workers.at(left)!)).toBe(0);
  workers.dequeue(0);
  expect(workers.queued).toBe(0);
});

test("knows load as tasks per slot, and that of lost workers as infinite", () => {
  const { workers } = withTasks(2);
  const [a, b] = [workers.add(4), workers.add(1)];
  workers.at(a)!.running = 1;
  workers.enqueue(0, at(a));
  expect([workers.loadOf(a), workers.loadOf(b)]).toEqual([0.5, 0]);
  workers.remove(b);
  expect(workers.loadOf(b)).toBe(Infinity);
});
