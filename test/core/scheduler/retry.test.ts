import { expect, test } from "vitest";
import { backoffDelay, backoffOf, DEFAULT_BACKOFF } from "../../../src/core/scheduler/retry.ts";

test("waits 50 ms, 5 times longer each time, at most 10 s", () => {
  expect([1, 2, 3, 4, 5, 50].map((failures) => backoffDelay(DEFAULT_BACKOFF, failures, 0.5))).toEqual([
    50, 250, 1250, 6250, 10_000, 10_000,
  ]);
});

test("is shorter or longer by a tenth at most", () => {
  expect([0, 1].map((chance) => backoffDelay(DEFAULT_BACKOFF, 2, chance))).toEqual([225, 275]);
});

test("completes settings, and refuses what makes no sense", () => {
  expect(backoffOf()).toEqual(DEFAULT_BACKOFF);
  expect(backoffOf({ first: 0, jitter: 1 })).toEqual({ ...DEFAULT_BACKOFF, first: 0, jitter: 1 });
  for (const wrong of [
    { first: -1 },
    { max: 2 ** 31 },
    { jitter: 2 },
    { factor: Number.NaN },
    { typo: 1 },
    5,
    null,
  ]) {
    expect(() => backoffOf(wrong as never)).toThrow(TypeError);
  }
});
