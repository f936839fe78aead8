import { describe, expect, it } from "vitest";
import { TimeLimits } from "../../../src/dask/executor/time-limits.ts";
import { delayed, op } from "../../../src/index.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { observedRun } from "../../support/run-of.ts";

function limits() {
  const { graph, taskOf } = observedRun([
    delayed(Math.abs, { label: "short", timeout: 100 })(1),
    op(Math.max, 1),
  ]);
  const clock = new ManualClock();
  const ended: [number, string][] = [];
  const of = new TimeLimits(graph, clock, (task, error) => ended.push([task, error.message]));
  return { of, clock, ended, short: taskOf("short"), other: taskOf("max") };
}

describe("limits of tasks", () => {
  it("count from the beginning of an attempt", () => {
    const { of, clock, ended, short } = limits();
    clock.advance(1000);
    of.begun(short);
    clock.advance(99);
    expect(ended).toEqual([]);
    clock.advance(1);
    expect(ended).toEqual([[short, '"short" took longer than its timeout of 100 ms']]);
  });

  it("begin anew with a new attempt", () => {
    const { of, clock, ended, short } = limits();
    of.begun(short);
    clock.advance(99);
    of.begun(short);
    clock.advance(99);
    expect(ended).toEqual([]);
    clock.advance(1);
    expect(ended).toHaveLength(1);
  });

  it("go with the end of the attempt, and of the run", () => {
    const { of, clock, ended, short } = limits();
    of.begun(short);
    of.over(short);
    expect(clock.pending).toBe(0);
    of.begun(short);
    of.allOver();
    expect(clock.pending).toBe(0);
    clock.advance(1000);
    expect(ended).toEqual([]);
  });

  it("are of tasks that have one", () => {
    const { of, clock, short, other } = limits();
    expect([of.has(short), of.has(other)]).toEqual([true, false]);
    of.begun(other);
    expect(clock.pending).toBe(0);
  });
});
