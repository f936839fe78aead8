import fc from "fast-check";
import { expect, test } from "vitest";
import { Ranges } from "../../../src/core/scheduler/ranges.ts";

test("never gives out a number twice, and has nothing left when all is taken back", () => {
  const step = fc.oneof(
    fc.record({ size: fc.integer({ min: 0, max: 20 }) }),
    fc.record({ free: fc.nat(100) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const ranges = new Ranges();
      const given: { start: number; size: number }[] = [];
      const used = new Set<number>();
      for (const one of steps) {
        if ("size" in one) {
          const start = ranges.allocate(one.size);
          for (let n = start; n < start + one.size; n++) {
            expect(used.has(n)).toBe(false);
            expect(n).toBeLessThan(ranges.end);
            used.add(n);
          }
          given.push({ start, size: one.size });
        } else if (given.length > 0) {
          const [range] = given.splice(one.free % given.length, 1);
          ranges.free(range!.start, range!.size);
          for (let n = range!.start; n < range!.start + range!.size; n++) used.delete(n);
        }
      }
      for (const { start, size } of given) ranges.free(start, size);
      expect(ranges.end).toBe(0);
    }),
  );
});

test("gives freed numbers out again", () => {
  const ranges = new Ranges();
  const first = ranges.allocate(10);
  ranges.allocate(5);
  ranges.free(first, 10);
  expect([ranges.allocate(4), ranges.allocate(6), ranges.allocate(1)]).toEqual([0, 4, 15]);
});
