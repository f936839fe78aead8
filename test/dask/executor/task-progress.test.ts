import { describe, expect, it } from "vitest";
import { TaskProgress } from "../../../src/dask/executor/task-progress.ts";
import { op } from "../../../src/index.ts";
import { observedRun } from "../../support/run-of.ts";

function progress(isObserved = true) {
  const { run, told } = observedRun([op(Math.abs, 1)]);
  return { progress: new TaskProgress(run, () => isObserved), told, run };
}

const GOOD = [
  ["abs", "released", "waiting", null],
  ["abs", "waiting", "queued", null],
  ["abs", "queued", "processing", "w"],
  ["abs", "processing", "memory", "w"],
];

describe("the progress of tasks", () => {
  it("is told step by step", () => {
    const { progress: of, told } = progress();
    of.submitted(0);
    of.begun(0, "w");
    of.finished(0, "w");
    expect(told).toEqual(GOOD);
  });

  it("has no gaps where nothing was heard", () => {
    const { progress: of, told } = progress();
    of.finished(0, "w");
    expect(told).toEqual(GOOD);
  });

  it("is told once", () => {
    const { progress: of, told } = progress();
    of.finished(0, "w");
    of.finished(0, null);
    of.submitted(0);
    expect(told).toHaveLength(4);
    of.released(0);
    of.released(0);
    expect(told.at(-1)).toEqual(["abs", "memory", "released", null]);
    expect(told).toHaveLength(5);
  });

  it("begins again after a lost worker, and after a failed attempt", () => {
    const { progress: of, told } = progress();
    of.begun(0, "w");
    of.begun(0, "v");
    of.failed(0, "v", new Error("no"), true);
    of.begun(0, "w");
    of.failed(0, "w", new Error("never"), false);
    expect(told.slice(3)).toEqual([
      ["abs", "processing", "waiting", null],
      ["abs", "waiting", "queued", null],
      ["abs", "queued", "processing", "v"],
      ["abs", "processing", "waiting", "v", "no"],
      ["abs", "waiting", "queued", null],
      ["abs", "queued", "processing", "w"],
      ["abs", "processing", "erred", "w", "never"],
    ]);
  });

  it("ends with the failure of what the task needs", () => {
    const { progress: of, told } = progress();
    of.failedThrough(0, new Error("no"));
    expect(told).toEqual([
      ["abs", "released", "waiting", null],
      ["abs", "waiting", "erred", null, "no"],
    ]);
  });

  it("is told nobody when nobody listens, or the run is over", () => {
    const silent = progress(false);
    silent.progress.finished(0, "w");
    expect(silent.told).toEqual([]);
    const over = progress();
    (over.run as { ended: boolean }).ended = true;
    over.progress.finished(0, "w");
    expect(over.told).toEqual([]);
  });
});
