import { expect, test } from "vitest";
import { ThrownValueError } from "../../src/errors.ts";
import { Retries } from "../../src/executors/retries.ts";
import type { NodeOptions } from "../../src/nodes/options.ts";

const backoff = { first: 50, factor: 5, jitter: 0, max: 10_000 };
const always = (): boolean => true;
const info = (options?: NodeOptions) => ({ label: "task", options });

test("pauses longer each time, until the attempts are used up", () => {
  const retries = new Retries({ retries: 2, retryOn: [always], backoff });
  const delays = [1, 2, 3].map(() => retries.judge(7, info(), new Error("no")).delay);
  expect([delays, retries.failedAttempts(7), retries.failedAttempts(8)]).toEqual([[50, 250, -1], 3, 0]);
});

test("asks the node's predicates, and else the executor's; any may say yes", () => {
  const retries = new Retries({ retries: 9, retryOn: [() => false, always], backoff });
  const delay = (task: number, options?: NodeOptions) =>
    retries.judge(task, info(options), new Error("no")).delay;
  expect(delay(0)).toBe(50);
  expect(delay(1, { retryOn: () => false })).toBe(-1);
  expect(delay(2, { retryOn: [() => false, always] })).toBe(50);
  expect(delay(3, { retryOn: [] })).toBe(-1);
  expect(delay(4, { retries: 0 })).toBe(-1);
});

test("shows predicates an Error, whatever was thrown", () => {
  const seen: Error[] = [];
  const retryOn = [(error: Error) => seen.push(error) < 0];
  const { error } = new Retries({ retries: 1, retryOn, backoff }).judge(0, info(), "text");
  expect(error).toBeInstanceOf(ThrownValueError);
  expect(seen).toEqual([error]);
});

test("does not go on when a predicate throws, and tells of both errors", () => {
  const mistake = new TypeError("oops");
  const thrown = new Error("no");
  const retryOn = [
    () => {
      throw mistake;
    },
  ];
  const { error, delay } = new Retries({ retries: 1, retryOn, backoff }).judge(0, info(), thrown);
  expect([delay, (error as AggregateError).errors]).toEqual([-1, [thrown, mistake]]);
  expect(error.message).toMatch(/retryOn of "task" threw .*oops.* asked about: no/s);
});
