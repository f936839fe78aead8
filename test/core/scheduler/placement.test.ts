import { expect, test } from "vitest";
import { decideWorker } from "../../../src/core/scheduler/placement.ts";

const load = { loadOf: (worker: number) => [3, 1, 2][worker]! };

test("chooses the worker that holds most", () => {
  expect(
    decideWorker(
      new Map([
        [0, 10],
        [1, 9],
      ]),
      load,
    ),
  ).toBe(0);
});

test("of equal ones chooses the least loaded", () => {
  expect(
    decideWorker(
      new Map([
        [0, 10],
        [2, 10],
        [1, 10],
      ]),
      load,
    ),
  ).toBe(1);
});

test("chooses nobody when nobody holds anything", () => {
  expect(decideWorker(new Map(), load)).toBe(-1);
});
