import fc from "fast-check";
import { expect, test } from "vitest";
import { PriorityQueue } from "../../../src/core/scheduler/priority-queue.ts";

test("gives the highest priority first, and of several the smallest number or the largest", () => {
  const tasks = fc.uniqueArray(
    fc.record({ task: fc.integer({ min: 0, max: 5000 }), priority: fc.integer({ min: -3, max: 3 }) }),
    { selector: ({ task }) => task },
  );
  fc.assert(
    fc.property(tasks, (added) => {
      const queue = new PriorityQueue();
      for (const { task, priority } of added) queue.add(task, priority);
      const expected = added.toSorted((a, b) => b.priority - a.priority || a.task - b.task);
      const highest = expected.filter(({ priority }) => priority === expected[0]!.priority);
      expect(queue.last()).toBe(highest.at(-1)?.task ?? -1);
      expect(queue.firstAll()).toEqual(highest.map(({ task }) => task));
      for (const { task, priority } of expected) {
        expect(queue.first()).toBe(task);
        queue.delete(task, priority);
      }
      expect([queue.size, queue.first(), queue.last()]).toEqual([0, -1, -1]);
    }),
  );
});
