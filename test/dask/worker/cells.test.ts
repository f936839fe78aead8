import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Serialized } from "../../../src/dask/protocol/message.ts";
import { type Cell, Cells } from "../../../src/dask/worker/cells.ts";
import { smallDisk } from "../../support/small-disk.ts";

const KB = 1024;
let root: string;
let directory: string;
let cells: Cells;
let stuck: Error[];
let left: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "cells-"));
  directory = join(root, "user", "worker", "values");
  mkdirSync(join(root, "user"), { mode: 0o700 });
  stuck = [];
  left = [];
});
afterEach(async () => {
  await cells.close();
  rmSync(root, { recursive: true, force: true });
});

function make(target?: number): Cells {
  cells = new Cells({
    ...{ target, directory },
    onLeave: (key) => void left.push(key),
    onStuck: (error) => void stuck.push(error),
  });
  return cells;
}

/** A value whose bytes all say which one it is. */
function value(mark: number, bytes = 10 * KB): Serialized {
  return Serialized.of("raw", [new Uint8Array(bytes).fill(mark)]);
}

async function markOf(key: string): Promise<number | undefined> {
  const cell = cells.hold(key);
  if (cell === undefined) return undefined;
  try {
    return (await cells.valueOf(cell)).frames[0]![0];
  } finally {
    cells.release(cell);
  }
}

const files = (): string[] => (existsSync(directory) ? readdirSync(directory) : []);

describe("values of a worker", () => {
  it("are there until they are deleted", async () => {
    make();
    expect(cells.put("a", value(1))).toBe(10 * KB);
    expect(cells.put("b", value(2, 5))).toBe(5);
    expect(cells.keys()).toEqual(["a", "b"]);
    expect(cells.memoryBytes).toBe(10 * KB + 5);
    expect(await markOf("a")).toBe(1);
    cells.delete("a");
    expect(cells.has("a")).toBe(false);
    expect(cells.hold("a")).toBeUndefined();
    expect(cells.bytesOf("a")).toBeUndefined();
    expect(cells.bytesOf("b")).toBe(5);
    expect(cells.memoryBytes).toBe(5);
    cells.delete("a");
    expect(cells.size).toBe(1);
  });

  it("stay what they are when they come a second time", async () => {
    make();
    cells.put("a", value(1));
    expect(cells.put("a", value(9, 3))).toBe(10 * KB);
    expect(await markOf("a")).toBe(1);
    expect(cells.memoryBytes).toBe(10 * KB);
  });

  it("are given at once while they are in memory", () => {
    make();
    cells.put("a", value(1));
    const cell = cells.hold("a") as Cell;
    expect(cells.valueOf(cell)).toBeInstanceOf(Serialized);
  });

  it("hold none of the memory that other things came in", () => {
    make();
    const read = new Uint8Array(64 * KB);
    cells.put("a", Serialized.of("raw", [read.subarray(10, 20)]));
    const held = cells.valueOf(cells.hold("a")!) as Serialized;
    expect(held.frames[0]!.buffer.byteLength).toBe(10);
  });
});

describe("too many values", () => {
  it("are put in files, those first that were used longest ago", async () => {
    make(35 * KB);
    for (const [mark, key] of ["a", "b", "c"].entries()) cells.put(key, value(mark));
    // Now "b" is.
    await markOf("a");
    cells.put("d", value(3));
    await cells.settled();
    expect(cells.memoryBytes).toBe(30 * KB);
    expect(cells.spilled.memory).toBe(10 * KB);
    expect(cells.spilled.disk).toBeGreaterThan(10 * KB);
    expect(files()).toHaveLength(1);
    const inMemory = (key: string): boolean => {
      const cell = cells.hold(key)!;
      const found = cells.valueOf(cell);
      cells.release(cell);
      return found instanceof Serialized;
    };
    expect(["a", "c", "d"].map(inMemory)).toEqual([true, true, true]);
    expect(left).toEqual(["b"]);
    expect(await markOf("b")).toBe(1);
    await cells.settled();
    // It came back, and another one left.
    expect(cells.memoryBytes).toBe(30 * KB);
    expect(files()).toHaveLength(2);
  });

  it("leave for nothing the second time", async () => {
    make(15 * KB);
    cells.put("a", value(1));
    cells.put("b", value(2));
    await cells.settled();
    for (let i = 0; i < 5; i++) {
      expect(await markOf("a")).toBe(1);
      expect(await markOf("b")).toBe(2);
      await cells.settled();
    }
    expect(files()).toHaveLength(2);
    expect(cells.memoryBytes).toBe(10 * KB);
  });

  it("stay while they are in use", async () => {
    make(15 * KB);
    cells.put("a", value(1));
    const cell = cells.hold("a")!;
    cells.put("b", value(2));
    const other = cells.hold("b")!;
    await cells.settled();
    expect(cells.memoryBytes).toBe(20 * KB);
    cells.release(cell);
    await cells.settled();
    expect(cells.memoryBytes).toBe(10 * KB);
    expect(cells.valueOf(other)).toBeInstanceOf(Serialized);
    cells.release(other);
  });

  it("can be deleted while they are written, and while they are read", async () => {
    make(5 * KB);
    cells.put("a", value(1));
    cells.delete("a");
    await cells.settled();
    expect(cells.spilled).toEqual({ memory: 0, disk: 0 });
    cells.put("b", value(2));
    await cells.settled();
    expect(cells.memoryBytes).toBe(0);
    const cell = cells.hold("b")!;
    const reading = Promise.resolve(cells.valueOf(cell)).catch(() => "gone");
    cells.delete("b");
    await reading;
    cells.release(cell);
    await cells.settled();
    expect(cells.memoryBytes).toBe(0);
    expect(cells.spilled).toEqual({ memory: 0, disk: 0 });
  });

  it("are read once for all who ask at the same time", async () => {
    make(5 * KB);
    cells.put("a", value(1));
    await cells.settled();
    const first = cells.hold("a")!;
    const second = cells.hold("a")!;
    expect(cells.valueOf(first)).toBe(cells.valueOf(second));
    const found = await cells.valueOf(first);
    expect(cells.valueOf(second)).toBe(found);
    cells.release(first);
    expect(cells.memoryBytes).toBe(10 * KB);
    cells.release(second);
    await cells.settled();
    expect(cells.memoryBytes).toBe(0);
  });

  it("are not little ones", async () => {
    make(1 * KB);
    for (let i = 0; i < 100; i++) cells.put(`${i}`, value(i, 100));
    await cells.settled();
    expect(cells.memoryBytes).toBe(10_000);
    expect(files()).toEqual([]);
  });

  it("leave also because the process is too large", async () => {
    make();
    cells.put("a", value(1));
    cells.put("b", value(2));
    cells.relieve(5 * KB);
    await cells.settled();
    expect(cells.memoryBytes).toBe(10 * KB);
    expect(await markOf("a")).toBe(1);
    cells.relieve(0);
    cells.put("c", value(3));
    await cells.settled();
    expect(cells.memoryBytes).toBeGreaterThan(10 * KB);
  });

  it("are told apart from values whose file cannot be read", async () => {
    make(5 * KB);
    cells.put("a", value(1));
    await cells.settled();
    writeFileSync(join(directory, files()[0]!), "nonsense");
    const cell = cells.hold("a")!;
    await expect(cells.valueOf(cell)).rejects.toThrow();
    cells.release(cell);
  });
});

describe("a disk that takes nothing", () => {
  it("leaves values in memory, and is said once", async () => {
    writeFileSync(join(root, "user", "worker"), "a file where a directory should be");
    make(15 * KB);
    for (const [mark, key] of ["a", "b", "c"].entries()) cells.put(key, value(mark));
    await cells.settled();
    cells.put("d", value(3));
    cells.retry();
    await cells.settled();
    expect(cells.memoryBytes).toBe(40 * KB);
    expect(cells.isStuck).toBe(true);
    expect(stuck).toHaveLength(1);
    expect(await markOf("a")).toBe(0);
    // It works again.
    rmSync(join(root, "user", "worker"));
    cells.retry();
    await cells.settled();
    expect(cells.isStuck).toBe(false);
    expect(cells.memoryBytes).toBe(10 * KB);
  });

  it("can be full", async (test) => {
    const unmount = smallDisk(join(root, "user"), 100 * KB);
    if (unmount === undefined) return test.skip();
    try {
      const { chmodSync } = await import("node:fs");
      chmodSync(join(root, "user"), 0o700);
      make(15 * KB);
      for (let i = 0; i < 20; i++) cells.put(`${i}`, value(i));
      await cells.settled();
      expect(stuck.map(({ message }) => message).join()).toContain("ENOSPC");
      expect(cells.memoryBytes).toBeGreaterThan(100 * KB);
      for (let i = 0; i < 20; i++) expect(await markOf(`${i}`)).toBe(i);
    } finally {
      unmount();
    }
  });
});

it("nothing is left when they are closed", async () => {
  make(5 * KB);
  for (let i = 0; i < 10; i++) cells.put(`${i}`, value(i));
  await cells.close();
  expect(existsSync(directory)).toBe(false);
  expect(cells.size).toBe(0);
});
