import { existsSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import type { ExecutorEvents } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { Library } from "../../../src/closure/library.ts";
import { WorkerLink } from "../../../src/executors/parallel/link.ts";
import { WorkerMemory } from "../../../src/executors/parallel/worker-memory.ts";
import { prepareDirectory } from "../../../src/store/spill-directory.ts";
import type { MemoryReport } from "../../../src/worker/protocol.ts";
import { closesChannels, workerHere } from "../../support/channel.ts";
import { temporary } from "../../support/stores.ts";

closesChannels();

function fresh(limit = 1000) {
  const root = temporary();
  const events: ExecutorEvents["memory" | "spill"][] = [];
  const short: number[] = [];
  const memory = new WorkerMemory({
    ...{ limit, directory: root },
    publish: (_, event) => events.push(event()),
    onShortage: ({ index }) => short.push(index),
  });
  const link = new WorkerLink(3, 0, "worker-1", workerHere("one").worker, 2, new Library("controller"));
  const report = (news: Partial<MemoryReport>): void =>
    memory.reported(link, { bytesHeld: 7, bytesSpilled: 9, isPressed: false, ...news });
  return { memory, link, root, events, short, report };
}

describe("the memory of workers", () => {
  it("is told to them when they start, with a directory for each", async () => {
    const { memory, root, link } = fresh();
    const [one, other] = [memory.startOf(3), memory.startOf(4)];
    expect([one.memoryLimit, one.spillDirectory === other.spillDirectory]).toEqual([1000, false]);
    expect(dirname(one.spillDirectory!)).toBe(dirname(other.spillDirectory!));
    expect(readdirSync(root)).toEqual([]);
    prepareDirectory(one.spillDirectory!);
    prepareDirectory(other.spillDirectory!);
    memory.lost(link);
    await memory.remove();
    expect([one, other].map(({ spillDirectory }) => existsSync(spillDirectory!))).toEqual([false, false]);
  });

  it("is not put on disk without a limit", async () => {
    const { memory } = fresh(Infinity);
    expect(memory.startOf(3)).toEqual({ memoryLimit: Infinity, spillDirectory: undefined });
    await memory.remove();
  });

  it("is reported in figures and events", () => {
    const { memory, link, events, short, report } = fresh();
    const traffic = { values: 2, bytes: 100, milliseconds: 5, at: performance.timeOrigin + 50 };
    report({ written: traffic });
    report({ read: { ...traffic, bytes: 30 }, bytesSpilled: 11 });
    expect([memory.bytesWritten, memory.bytesReadBack, link.bytesSpilled]).toEqual([100, 30, 11]);
    const event = { worker: "worker-1", values: 2, milliseconds: 5, at: 50 };
    expect(events).toEqual([
      { ...event, kind: "write", bytes: 100 },
      { ...event, kind: "read", bytes: 30 },
    ]);
    expect(short).toEqual([3]);
  });

  it("pauses a worker that uses too much, and goes on with it", () => {
    const { link, events, short, report } = fresh();
    for (const isPressed of [false, true, true, false]) report({ isPressed });
    expect(events.map((one) => "state" in one && one.state)).toEqual(["paused", "resumed"]);
    expect(events[0]).toMatchObject({ worker: "worker-1", bytesHeld: 7, bytesSpilled: 9, limit: 1000 });
    expect([link.isPressed, short]).toEqual([false, [3, 3]]);
  });

  it("has room for a quarter of its limit on its way, and for what a worker needs to run at all", () => {
    const { memory, link } = fresh();
    const sent = { bytes: 0 } as never;
    link.bytesComing = 1_000_000;
    expect(memory.isLaden(link)).toBe(false);
    for (const attempt of [1, 2]) link.sent.set(attempt, sent);
    expect(memory.isLaden(link)).toBe(true);
    link.bytesComing = 250;
    expect(memory.isLaden(link)).toBe(false);
  });

  it("is warned of once", async () => {
    const { report } = fresh();
    const warnings: string[] = [];
    const note = (warning: Error): void => void warnings.push(warning.message);
    process.on("warning", note);
    for (const problem of ["no space", "no space at all"]) report({ problem });
    await new Promise((resolve) => setImmediate(resolve));
    process.off("warning", note);
    expect(warnings).toEqual([expect.stringMatching(/^worker-1 keeps values .* no space$/)]);
  });
});
