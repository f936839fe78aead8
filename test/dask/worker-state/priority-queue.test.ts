import { expect, test } from "vitest";
import { compare, PriorityQueue } from "../../../src/dask/worker-state/priority-queue.ts";
import { Random } from "../../support/random.ts";

const item = (priority: readonly number[], order = 0): { priority: readonly number[]; order: number } => ({
  priority,
  order,
});

test("compares number by number, a beginning first, then by order", () => {
  expect(compare(item([0, 1.5]), item([0, 2]))).toBeLessThan(0);
  expect(compare(item([1]), item([0, 9]))).toBeGreaterThan(0);
  expect(compare(item([1]), item([1, 0]))).toBeLessThan(0);
  expect(compare(item([1], -1), item([1], 0))).toBeLessThan(0);
  expect(compare(item([1]), item([1]))).toBe(0);
});

test("gives the first, whatever is put in and taken out", () => {
  const random = new Random(5);
  const queue = new PriorityQueue<ReturnType<typeof item>>();
  let there: ReturnType<typeof item>[] = [];
  for (let i = 0; i < 800; i++) {
    if (there.length === 0 || random.chance(0.55)) {
      const added = item([random.below(10), random.below(10)], -i);
      queue.add(added);
      there.push(added);
    } else {
      const taken = random.chance(0.5) ? queue.first! : random.pick(there);
      expect(queue.delete(taken)).toBe(true);
      expect(queue.delete(taken)).toBe(false);
      there = there.filter((one) => one !== taken);
    }
    expect(queue.size).toBe(there.length);
    expect(queue.first).toBe([...there].sort(compare)[0]);
  }
  expect(new Set(queue.items())).toEqual(new Set(there));
  expect(there.every((one) => queue.has(one))).toBe(true);
});
