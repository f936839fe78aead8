import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { TimeoutError } from "../../src/errors.ts";
import { TaskSignals } from "../../src/executors/signals.ts";
import { ManualClock } from "../../src/testing/manual-clock.ts";

const never = new Promise(() => {});

test("gives a task one signal, until it is over", () => {
  const signals = new TaskSignals();
  const signal = signals.of(1);
  expect(signals.of(1)).toBe(signal);
  signals.forget(1);
  signals.abort(1, "late");
  expect(signal.aborted).toBe(false);
  expect(signals.of(1)).not.toBe(signal);
});

test("aborts one or all, and those who ask afterwards at once", () => {
  const signals = new TaskSignals();
  const [one, two] = [signals.of(1), signals.of(2)];
  signals.abort(1, "one");
  expect([one.reason, two.aborted]).toEqual(["one", false]);
  signals.abortAll("all");
  expect([two.reason, signals.of(3).reason]).toEqual(["all", "all"]);
});

test("limits what takes too long, and tells the task", async () => {
  const clock = new ManualClock();
  const signals = new TaskSignals();
  const limited = signals.limited(1, "slow", never, 100, clock);
  const signal = signals.of(1);
  clock.advance(100);
  await expect(limited).rejects.toThrow(new TimeoutError('"slow"', 100));
  expect(signal.reason).toBeInstanceOf(TimeoutError);
  expect([clock.pending, getEventListeners(signal, "abort").length]).toEqual([0, 0]);
});

test("leaves no timer when the outcome is there in time, or the task is aborted", async () => {
  const clock = new ManualClock();
  const signals = new TaskSignals();
  expect(await signals.limited(1, "quick", Promise.resolve(5), 100, clock)).toBe(5);
  await expect(signals.limited(2, "failing", Promise.reject(new Error("no")), 100, clock)).rejects.toThrow(
    "no",
  );
  expect(clock.pending).toBe(0);
  void signals.limited(3, "aborted", never, 100, clock);
  expect(clock.pending).toBe(1);
  signals.abort(3, "enough");
  expect(clock.pending).toBe(0);
});
