import { expect, test } from "vitest";
import { ExecutionQueue, type Runnable } from "../../../src/dask/worker-state/execution-queue.ts";

const task = (priority: number, resources: Readonly<Record<string, number>> = {}): Runnable => ({
  priority: [priority],
  order: 0,
  resources: new Map(Object.entries(resources)),
  held: undefined,
});

test("a task that waits for a resource is not in the way of those that need another, or none", () => {
  const queue = new ExecutionQueue(
    new Map([
      ["GPU", 1],
      ["TS", 1],
    ]),
  );
  const tasks = [task(0, { GPU: 1 }), task(1, { GPU: 1 }), task(2, { TS: 1 }), task(3)];
  for (const one of tasks) queue.add(one);
  expect(queue.take()).toBe(tasks[0]);
  expect(queue.take()).toBe(tasks[2]);
  expect(queue.take()).toBe(tasks[3]);
  expect(queue.take()).toBeUndefined();
  queue.giveBack(tasks[0]!);
  expect(queue.take()).toBe(tasks[1]);
  expect([...queue.tasks()]).toEqual([]);
});

test("fractions that do not add up exactly are there in full when nobody uses them", () => {
  const queue = new ExecutionQueue(new Map([["R", 0.7]]));
  const parts = [0.2, 0.1].map((amount, i) => task(i, { R: amount }));
  for (const part of parts) queue.add(part);
  for (const part of parts) expect(queue.take()).toBe(part);
  // Giving back twice gives nothing.
  for (const part of [...parts, ...parts]) queue.giveBack(part);
  expect(queue.available("R")).toBe(0.7);
});

test("what is not there is there to the amount of nothing", () => {
  const queue = new ExecutionQueue(new Map());
  const none = task(1, { X: 0 });
  queue.add(task(0, { X: 1 }));
  queue.add(none);
  expect(queue.take()).toBe(none);
  expect(queue.take()).toBeUndefined();
});

test("tasks can be taken out, whatever the order of their needs", () => {
  const queue = new ExecutionQueue(new Map());
  const one = task(0, { A: 1, B: 2 });
  queue.add(one);
  queue.add(task(0, { B: 2, A: 1 }));
  expect(queue.has(one)).toBe(true);
  queue.delete(one);
  queue.delete(one);
  expect(queue.has(one)).toBe(false);
  expect([...queue.tasks()]).toHaveLength(1);
});
