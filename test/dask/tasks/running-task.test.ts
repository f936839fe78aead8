import { describe, expect, it } from "vitest";
import { Library } from "../../../src/closure/library.ts";
import { argumentBytes } from "../../../src/dask/tasks/argument-bytes.ts";
import { RunningTask } from "../../../src/dask/tasks/running-task.ts";
import { ALL_INPUTS } from "../../../src/worker/protocol.ts";

function running(): RunningTask {
  const notes = { label: "mine", node: 1, topic: undefined, watched: false, described: false };
  const bytes = argumentBytes(notes, 0, { form: ALL_INPUTS }, new Library("client"));
  const sent = { number: 1, key: "k", fn: 1, argumentBytes: bytes, inputs: [], positions: undefined };
  return new RunningTask(sent, 5, "worker-1");
}

describe("a running task", () => {
  it("knows who it is", () => {
    const { key, label, worker, signal } = running().contextOf();
    expect([key, label, worker, signal.aborted]).toEqual(["k", "mine", "worker-1", false]);
  });

  it("is told by its signal that nobody wants its result, before and after it has asked for it", () => {
    const [early, late] = [running(), running()];
    const { signal } = early.contextOf();
    early.stop();
    late.stop();
    late.stop();
    for (const one of [signal, late.contextOf().signal]) {
      expect(one.aborted).toBe(true);
      expect(String(one.reason)).toMatch(/no longer needed/);
    }
    expect(early.contextOf().signal).toBe(signal);
  });

  it("that is over tells who asks then", () => {
    const task = running();
    task.ended();
    expect(String(task.contextOf().signal.reason)).toMatch(/the task is over/);
  });
});
