import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { delayed, op } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { fresh, KINDS, Marks, shared } from "../../support/parallel.ts";

const nested = fileURLToPath(new URL("fixtures/nested.mjs", import.meta.url));

const addOne = (x: number) => x + 1;
const add = (x: number, y: number) => x + y;

describe.each(KINDS)("on %s", (kind) => {
  const given = shared(kind);

  it("a chain of 100,000 tasks", async () => {
    let node = op(addOne, 0);
    for (let i = 1; i < 100_000; i++) node = op(addOne, node);
    expect(await given.executor.collect(node)).toBe(100_000);
  });

  it("10,000 tasks side by side", async () => {
    const source = op(addOne, 0);
    const nodes = Array.from({ length: 10_000 }, (_, i) => op(add, source, i));
    expect(await given.executor.collect(op((all: number[]) => all.reduce((a, b) => a + b, 0), nodes))).toBe(
      50_005_000,
    );
  });

  it("20,000 outputs", async () => {
    const nodes = Array.from({ length: 20_000 }, (_, i) => op(addOne, i));
    const results = await given.executor.run(nodes);
    const values = await Promise.all(results.map((one) => one.fetch()));
    expect(values.every((value, i) => value === i + 1)).toBe(true);
    for (const one of results) one.chunk.release();
  });

  it("a tree of 2^12 leaves with arrays at every node", async () => {
    const make = (n: number) => new Float64Array(20).fill(n);
    const addAll = (a: Float64Array, b: Float64Array) => a.map((x, i) => x + b[i]!);
    let level = Array.from({ length: 2 ** 12 }, (_, i) => op(make, i));
    while (level.length > 1) {
      level = level.flatMap((node, i) => (i % 2 === 0 ? [op(addAll, node, level[i + 1]!)] : []));
    }
    expect((await given.executor.collect(level[0]!))[19]).toBe((2 ** 12 * (2 ** 12 - 1)) / 2);
  });

  it("several runs at once that share nodes", async () => {
    const base = op((x: number) => x * 10, 1);
    const runs = Array.from({ length: 10 }, (_, i) => given.executor.collect(op(add, base, i)));
    expect(await Promise.all(runs)).toEqual(Array.from({ length: 10 }, (_, i) => 10 + i));
  });

  it("two executors at once", async () => {
    const [a, b] = [fresh(kind), fresh(kind, { workers: 1 })];
    const base = op((x: number) => x * 10, 1);
    const nodes = Array.from({ length: 50 }, (_, i) => op(add, base, i));
    const all = op((values: number[]) => values.length, nodes);
    expect(await Promise.all([a.collect(all), b.collect(all), given.executor.collect(all)])).toEqual([
      50, 50, 50,
    ]);
  });

  it.each(["async", "parallel", "captured"])("an executor inside of a task (%s)", async (way) => {
    const { stdout } = await promisify(execFile)(process.execPath, [nested, kind, way]);
    expect(stdout).toBe("2\n");
  });

  it("nodes and results of every kind side by side", async () => {
    const pair = op(() => [1, { deep: new Map([["a", new Set([1n])]]) }] as const);
    const [first, second] = [pair.at(0), pair.at(1)];
    const use = op(
      (x: number, y: object, z: { list: number[] }) => [x, y, z],
      first as never,
      second as never,
      {
        list: [first, 2],
      } as never,
    );
    expect(await given.executor.collect(use)).toEqual([
      1,
      { deep: new Map([["a", new Set([1n])]]) },
      { list: [1, 2] },
    ]);
  });

  it("no slot idles while a task could run: as many at once as there are workers", async () => {
    const meet = (directory: string, all: number) => {
      const fs = process.getBuiltinModule("node:fs");
      fs.writeFileSync(`${directory}/${Math.random()}`, "");
      while (fs.readdirSync(directory).length < all);
      return true;
    };
    const { directory } = new Marks();
    const nodes = [1, 2].map(() => delayed(meet, { timeout: 20_000 })(directory, 2));
    expect(await given.executor.collect(op((all: boolean[]) => all, nodes))).toEqual([true, true]);
  });
});
