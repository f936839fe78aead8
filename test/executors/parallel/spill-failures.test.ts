import { spawn } from "node:child_process";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Chunk, op, ParallelExecutor } from "dispatch-graph";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fresh, isAlive, KINDS, type Kind, WAIT } from "../../support/parallel.ts";
import { smallDisk } from "../../support/small-disk.ts";
import { filesBelow, hold, temporary } from "../../support/stores.ts";

const LIMIT = 1_000_000;
const PART = 200_000;

let warnings: Error[] = [];
const note = (warning: Error): void => {
  if (warning.name === "DispatchGraphWarning") warnings.push(warning);
};
beforeEach(() => {
  warnings = [];
  process.on("warning", note);
});
afterEach(() => {
  process.off("warning", note);
});

const limited = (kind: Kind, spillDirectory: string) => fresh(kind, { memoryLimit: LIMIT, spillDirectory });
const make = (i: number) => new Uint8Array(PART).fill(i);
const makeMany = (count: number) => Array.from({ length: count }, (_, i) => op(make, i));
const sum = (x: Uint8Array) => x.reduce((a, b) => a + b, 0);
const list = (all: number[]) => all;
const sumsOf = (count: number) => Array.from({ length: count }, (_, i) => PART * (i % 256));

describe.each(KINDS)("what cannot be put on disk, on %s,", (kind) => {
  it("stays in memory if there can be no directory; that is said once", async () => {
    const file = join(temporary(), "file");
    writeFileSync(file, "");
    const executor = limited(kind, file);
    const chunks = await hold(executor, makeMany(40));
    const sums = chunks.map((chunk) => op(sum, chunk));
    expect(await executor.collect(op(list, sums))).toEqual(sumsOf(40));
    expect(executor.stats()).toMatchObject({ bytesSpilled: 0, bytesWritten: 0 });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]!.message).toContain(file);
    expect(warnings[0]!.message).toMatch(/^worker-[12] keeps values in memory .*(ENOTDIR|EEXIST)/);
  });

  it("stays in memory when the disk is full, and goes there when there is room again", async () => {
    const disk = temporary();
    const release = smallDisk(disk, DISK);
    if (release === undefined) return;
    try {
      const executor = limited(kind, disk);
      const chunks = await hold(executor, makeMany(60));
      const { bytesSpilled, bytesHeld } = executor.stats();
      expect(bytesHeld).toBeGreaterThan(60 * PART);
      expect(bytesSpilled).toBeGreaterThan(LIMIT);
      expect(bytesSpilled).toBeLessThan(DISK);
      expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining("ENOSPC")]);
      const sums = chunks.map((chunk) => op(sum, chunk));
      expect(await executor.collect(op(list, sums))).toEqual(sumsOf(60));
      for (const chunk of chunks) chunk.release();
      await vi.waitFor(() => expect(executor.stats().bytesSpilled).toBe(0), WAIT);
      const before = executor.stats().bytesWritten;
      await hold(executor, makeMany(20));
      expect(executor.stats().bytesWritten).toBeGreaterThan(before);
      await executor.close();
    } finally {
      release();
    }
  });

  it("pauses its worker, which takes one task at a time then, and goes on when there is memory again", async () => {
    const executor = limited(kind, temporary());
    const states = new Map<string, string[]>();
    executor.on("memory", ({ worker, state }) => states.set(worker, [...(states.get(worker) ?? []), state]));
    const makeLarge = (i: number) => ({ data: new Uint8Array(20_000_000).fill(i), at: (n: number) => n + i });
    const chunks = await hold(
      executor,
      Array.from({ length: 12 }, (_, i) => op(makeLarge, i)),
    );
    expect([...states.values()].map(([first]) => first)).toEqual(["paused", "paused"]);
    const call = ({ data, at }: { data: Uint8Array; at: (n: number) => number }) => at(data[7]!);
    const calls = chunks.map((chunk) => op(call, chunk as Chunk<Parameters<typeof call>[0]>));
    expect(await executor.collect(op(list, calls))).toEqual(Array.from({ length: 12 }, (_, i) => 2 * i));
    for (const chunk of chunks) chunk.release();
    const last = () => [...states.values()].map((all) => all.at(-1));
    await vi.waitFor(() => expect(last()).toEqual(["resumed", "resumed"]), WAIT);
    expect(
      await executor.collect(
        op(
          list,
          makeMany(8).map((node) => op(sum, node)),
        ),
      ),
    ).toEqual(sumsOf(8));
  });

  it("is computed again if the directory was removed, which is made again", async () => {
    const directory = temporary();
    const executor = limited(kind, directory);
    const chunks = await hold(executor, makeMany(40));
    // Workers may still be writing what the last tasks made.
    const again = { recursive: true, maxRetries: 20, retryDelay: 10 };
    for (const name of readdirSync(directory)) rmSync(join(directory, name), again);
    const sums = chunks.map((chunk) => op(sum, chunk));
    expect(await executor.collect(op(list, sums))).toEqual(sumsOf(40));
    await hold(executor, makeMany(40));
    expect(filesBelow(directory).length).toBeGreaterThan(20);
  });
});

const DISK = 3_000_000;

describe("workers that are killed while they put values on disk", () => {
  it("leave nothing behind, and the results are right", async () => {
    const directory = temporary();
    const executor = limited("processes", directory);
    const killed = new Set<number>();
    executor.on("spill", ({ worker }) => {
      const pid = executor.workers.find(({ id }) => id === worker)?.pid ?? -1;
      if (killed.size === 3 || pid < 0 || killed.has(pid)) return;
      killed.add(pid);
      process.kill(pid, "SIGKILL");
    });
    const chunks = await hold(executor, makeMany(80));
    const sums = chunks.map((chunk) => op(sum, chunk));
    expect(await executor.collect(op(list, sums))).toEqual(sumsOf(80));
    expect(killed.size).toBe(3);
    for (const chunk of chunks) chunk.release();
    // A file that was given to a worker which then was killed stays until the executor is closed.
    await executor.close();
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe.each(KINDS)("a program that is killed while its workers, %s, put values on disk", (kind) => {
  it("leaves files that the next one removes", async () => {
    const directory = temporary();
    const program = fileURLToPath(new URL("fixtures/spill.mjs", import.meta.url));
    const child = spawn(process.execPath, [program, kind, directory], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    for await (const line of createInterface(child.stdout)) {
      said = line;
      break;
    }
    const [bytes, ...pids] = said.split(" ").map(Number);
    expect(bytes).toBeGreaterThan(0);
    child.kill("SIGKILL");
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), WAIT);
    expect(filesBelow(directory).length).toBeGreaterThan(0);

    const executor = limited(kind, directory);
    await hold(executor, makeMany(20));
    const [user] = readdirSync(directory) as [string];
    // Its own directory is all that is left.
    await vi.waitFor(() => expect(readdirSync(join(directory, user))).toHaveLength(1), WAIT);
    expect(filesBelow(directory).length).toBeGreaterThan(0);
    await executor.close();
    expect(filesBelow(directory)).toEqual([]);
  });
});

describe("settings", () => {
  it("of the wrong kind are refused", () => {
    for (const memoryLimit of [0, 999_999, Number.NaN, "1e9" as unknown as number]) {
      expect(() => new ParallelExecutor({ memoryLimit })).toThrow(
        /memoryLimit must be a number of bytes from 1000000/,
      );
    }
    expect(() => new ParallelExecutor({ spillDirectory: 5 as unknown as string })).toThrow(TypeError);
  });

  it.each(KINDS)("can turn it off, on %s", async (kind) => {
    const directory = temporary();
    const executor = fresh(kind, { memoryLimit: Infinity, spillDirectory: directory });
    await hold(executor, makeMany(40));
    expect([executor.stats().bytesWritten, readdirSync(directory)]).toEqual([0, []]);
  });
});
