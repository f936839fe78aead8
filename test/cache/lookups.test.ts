import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AsyncExecutor, DispatchGraph, type DispatchNode, delayed, fileCache, op } from "dispatch-graph";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CacheDirectory } from "../../src/cache/cache-directory.ts";
import { type Caches, Lookups } from "../../src/cache/lookups.ts";
import { MemoryCache } from "../../src/cache/memory-cache.ts";
import { NodeKeys } from "../../src/cache/node-keys.ts";
import { Versions } from "../../src/cache/versions.ts";

let path: string;
let warnings: string[];
let caches: Caches;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "lookups-"));
  warnings = [];
  const directory = new CacheDirectory(path);
  caches = {
    memory: new MemoryCache(() => {}),
    versions: new Versions(),
    keys: new NodeKeys(),
    directoryOf: () => directory,
    warn: (problem) => warnings.push(problem),
  };
});
afterEach(() => rmSync(path, { recursive: true }));

const increment = (n: number): number => n + 1;

function lookups(node: DispatchNode, isHolding = false): Lookups {
  return new Lookups(DispatchGraph.from(node), new Map(), caches, isHolding);
}

/** Has the result of a node kept in files. */
async function keep(node: DispatchNode): Promise<void> {
  await using executor = new AsyncExecutor();
  await executor.run(node);
}

describe("Lookups", () => {
  it("go no further than to what is kept", async () => {
    const cache = fileCache(path);
    const [first, second] = [delayed(increment, { cache })(1), op(increment, 1)];
    const middle = delayed((a: number, b: number) => a + b, { cache })(first, second);
    const output = op(increment, middle);
    expect([...lookups(output).needed([output]).keys()]).toHaveLength(4);
    await keep(output);
    const needed = lookups(output).needed([output]);
    expect([...needed.keys()].map((node) => node === output || node === middle)).toEqual([true, true]);
    expect(needed.get(middle)?.hit).toBeDefined();
    expect(lookups(output).of(first)?.hit).toBeDefined();
    expect(lookups(output).of(second)).toBeUndefined();
  });

  it("hold files only for runs", async () => {
    const node = delayed(increment, { cache: fileCache(path) })(1);
    await keep(node);
    const files = readdirSync(path);
    lookups(node).needed([node]);
    expect(readdirSync(path)).toEqual(files);
    expect(lookups(node, true).of(node)?.hit).toHaveProperty("path");
    expect(readdirSync(path)).toHaveLength(files.length + 1);
  });

  it("warn of files that are damaged", async () => {
    const node = delayed(increment, { cache: fileCache(path) })(1);
    await keep(node);
    writeFileSync(join(path, readdirSync(path)[0]!), "x");
    const lookup = lookups(node).of(node)!;
    expect(lookup.hit).toBeUndefined();
    expect(lookup.reason()).toMatch(/^its file is damaged: .*is no file of a value/);
    expect(warnings).toHaveLength(1);
  });

  it("say why a node cannot be cached", () => {
    const node = delayed((value: unknown) => value, { cache: fileCache(path) })(Promise.resolve(1));
    const lookup = lookups(node).of(node)!;
    expect(lookup.reason()).toBe("cannot be cached: argument 1: it is a Promise; await it first");
    expect(lookup.keep).toBeUndefined();
  });

  it("leave a cycle to others", () => {
    const a = delayed(increment, { cache: true })(1);
    const b = op(increment, a);
    a.args = [b];
    expect(lookups(b).of(a)).toBeUndefined();
    expect(() => lookups(b).needed([b])).not.toThrow();
  });
});
