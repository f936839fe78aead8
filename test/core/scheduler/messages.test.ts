import { expect, test } from "vitest";
import { FREE_KEYS, InstructionQueue, KEY_IN_MEMORY } from "../../../src/core/scheduler/messages.ts";

test("gives instructions back in their order, also more than it had room for", () => {
  const queue = new InstructionQueue();
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 1000; i++) queue.push(i % 2 === 0 ? FREE_KEYS : KEY_IN_MEMORY, i, i + 1, i + 2);
    for (let i = 0; i < 1000; i++) {
      expect(queue.next()).toBe(true);
      expect([queue.op, queue.worker, queue.task, queue.detail]).toEqual([
        i % 2 === 0 ? FREE_KEYS : KEY_IN_MEMORY,
        i,
        i + 1,
        i + 2,
      ]);
    }
    expect(queue.next()).toBe(false);
  }
});

test("takes instructions while it is read", () => {
  const queue = new InstructionQueue();
  queue.push(FREE_KEYS, 0, 1, 2);
  expect(queue.next()).toBe(true);
  queue.push(KEY_IN_MEMORY, 3, 4, 5);
  expect([queue.next(), queue.task, queue.next()]).toEqual([true, 4, false]);
});
