import { describe, expect, it } from "vitest";
import { globalAt, globalPathOf, isGlobalName, wellKnownName } from "../../src/closure/globals.ts";

describe("globals", () => {
  it.each<[path: string, object]>([
    ["Math.max", Math.max],
    ["Array.prototype.slice", Array.prototype.slice],
    ["Map.prototype", Map.prototype],
    ["%AsyncFunction%.prototype", Object.getPrototypeOf(async () => {})],
    ["process.env", process.env],
    ["globalThis", globalThis],
    ["fetch", fetch],
  ])("%s is known by its path", (path, value) => {
    expect(globalPathOf(value)?.join(".")).toBe(path);
    expect(globalAt(globalPathOf(value)!)).toBe(value);
  });

  it("are not what a program adds or makes", () => {
    expect(globalPathOf(() => {})).toBeUndefined();
    expect(globalPathOf(function fetch() {})).toBeUndefined();
    expect(isGlobalName("process")).toBe(true);
    expect(isGlobalName("mine")).toBe(false);
  });

  it("may be missing in another version of Node", () => {
    expect(() => globalAt(["Math", "nothing"])).toThrow("no Math.nothing");
  });

  it("include the well-known symbols", () => {
    expect(wellKnownName(Symbol.iterator)).toBe("iterator");
    expect(wellKnownName(Symbol("iterator"))).toBeUndefined();
  });

  it("know every name that a plain thread of Node has", async () => {
    const { Worker } = await import("node:worker_threads");
    const code = "require('worker_threads').parentPort.postMessage(Object.getOwnPropertyNames(globalThis))";
    const worker = new Worker(code, { eval: true, execArgv: [] });
    const names = await new Promise<string[]>((resolve) => worker.once("message", resolve));
    await worker.terminate();
    // Of code that is evaluated, and of an option for tests.
    const others = ["require", "module", "exports", "__filename", "__dirname", "gc"];
    expect(names.filter((name) => !isGlobalName(name) && !others.includes(name))).toEqual([]);
  });
});
