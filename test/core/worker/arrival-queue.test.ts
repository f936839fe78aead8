import fc from "fast-check";
import { expect, test } from "vitest";
import { ArrivalQueue } from "../../../src/core/worker/arrival-queue.ts";

test("gives what arrived first, whatever was put in between", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(1000), fc.constant("shift" as const))), (steps) => {
      const queue = new ArrivalQueue<{ arrival: number }>();
      let expected: number[] = [];
      for (const step of steps) {
        if (step === "shift") {
          expect(queue.shift()?.arrival).toBe(expected[0]);
          expected = expected.slice(1);
        } else {
          queue.add({ arrival: step });
          expected = [...expected, step].sort((a, b) => a - b);
        }
      }
      for (const arrival of expected) expect(queue.shift()?.arrival).toBe(arrival);
      expect(queue.shift()).toBeUndefined();
    }),
  );
});
