import { expect, it } from "vitest";
import { StrandedKeys } from "../../../src/dask/client/stranded-keys.ts";

const states = (...keys: string[]): Map<string, unknown> =>
  new Map<string, unknown>([
    ["other", "processing"],
    ["gone", null],
    ...keys.map((key): [string, string] => [key, "no-worker"]),
  ]);

it("keys are stranded when the scheduler says so for long enough, without a break", () => {
  const stranded = new StrandedKeys();
  expect(stranded.take(states("a", "b"), 0, 100)).toEqual([]);
  expect(stranded.take(states("a"), 99, 100)).toEqual([]);
  expect(stranded.take(states("a", "b"), 100, 100)).toEqual(["a"]);
  expect(stranded.take(states("a", "b"), 199, 100)).toEqual([]);
  expect(stranded.take(states("b"), 200, 100)).toEqual(["b"]);
  expect(stranded.take(states("b"), 1e9, Infinity)).toEqual([]);
});
