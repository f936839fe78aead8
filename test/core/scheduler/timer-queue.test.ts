import fc from "fast-check";
import { expect, test } from "vitest";
import { TimerQueue } from "../../../src/core/scheduler/timer-queue.ts";

test("gives the earliest timer first, while others are added", () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 50 }), { nil: undefined })), (steps) => {
      const queue = new TimerQueue();
      const model: number[] = [];
      for (const at of steps) {
        if (at !== undefined) {
          queue.add({ at, task: 0, attempt: 0 });
          model.push(at);
        } else {
          queue.shift();
          model.shift();
        }
        model.sort((a, b) => a - b);
        expect(queue.first()?.at).toBe(model[0]);
        expect(queue.values().length).toBe(model.length);
      }
    }),
  );
});
