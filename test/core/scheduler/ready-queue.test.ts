import fc from "fast-check";
import { expect, test } from "vitest";
import { ReadyQueue } from "../../../src/core/scheduler/ready-queue.ts";

test("gives the smallest first and the largest last, like a sorted set", () => {
  const step = fc.record({ number: fc.integer({ min: 0, max: 40_000 }), add: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = new ReadyQueue();
      const model = new Set<number>();
      for (const { number, add } of steps) {
        expect(queue.has(number)).toBe(model.has(number));
        if (add && !model.has(number)) {
          queue.add(number);
          model.add(number);
        } else if (!add && model.delete(number)) queue.delete(number);
        expect(queue.size).toBe(model.size);
        expect(queue.first()).toBe(model.size === 0 ? -1 : Math.min(...model));
        expect(queue.last()).toBe(model.size === 0 ? -1 : Math.max(...model));
        const all: number[] = [];
        for (let n = queue.first(); n >= 0; n = queue.after(n)) all.push(n);
        expect(all).toEqual([...model].sort((a, b) => a - b));
      }
    }),
  );
});

test("holds a million numbers", () => {
  const queue = new ReadyQueue();
  for (let n = 999_999; n >= 0; n--) queue.add(n);
  for (let n = 0; n < 1_000_000; n++) {
    if (queue.first() !== n) throw new Error(`expected ${n}, got ${queue.first()}`);
    queue.delete(n);
  }
  expect([queue.size, queue.first(), queue.last()]).toEqual([0, -1, -1]);
});
