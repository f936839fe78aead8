import { describe, expect, it } from "vitest";
import { DataNode, DispatchGraph, op, SequentialExecutor } from "../../src/index.ts";

describe("DataNode", () => {
  it("holds the value itself and depends on nothing", () => {
    const value = { a: 1 };
    const node = new DataNode(value);
    expect(node.value).toBe(value);
    expect(node.dependencies()).toEqual([]);
  });

  it("is ready without any run", async () => {
    const value = { a: 1 };
    const node = new DataNode(value);
    expect(node.isReady()).toBe(true);
    expect(await node.fetch()).toBe(value);
    expect(await node.wait()).toBeUndefined();
  });

  it("keeps its value when it is released", async () => {
    await using executor = new SequentialExecutor();
    const node = new DataNode(5);
    await executor.run(node);
    node.release();
    expect(node.isReady()).toBe(true);
    expect(await node.fetch()).toBe(5);
  });

  it("may be an output and an argument; the value is passed as it is", async () => {
    await using executor = new SequentialExecutor();
    const value = new Map();
    const node = new DataNode(value);
    expect(await executor.collect(node)).toBe(value);
    expect(await executor.collect(op((x: Map<unknown, unknown>) => x, node))).toBe(value);
  });

  it.each([[undefined], [null], [0], [""], [Number.NaN]])("may hold %o", async (value) => {
    await using executor = new SequentialExecutor();
    expect(await executor.collect(new DataNode(value))).toBe(value);
  });

  it("hands over nodes in its value without running them", async () => {
    await using executor = new SequentialExecutor();
    const inner = op(() => {
      throw new Error("must not run");
    });
    const node = new DataNode([inner]);
    expect(DispatchGraph.from(node).size).toBe(1);
    const [given] = await executor.collect(op((x: unknown[]) => x, node));
    expect(given).toBe(inner);
  });
});

describe("text of a DataNode", () => {
  it.each<[unknown, string, string]>([
    [3, "DataNode{number}", "DataNode(3)"],
    ["a", "DataNode{string}", "DataNode('a')"],
    [null, "DataNode{null}", "DataNode(null)"],
    [undefined, "DataNode{undefined}", "DataNode(undefined)"],
    [[1, 2], "DataNode{Array}", "DataNode([ 1, 2 ])"],
    [{ a: 1 }, "DataNode{Object}", "DataNode({ a: 1 })"],
    [Object.create(null), "DataNode{object}", "DataNode([Object: null prototype] {})"],
    [new Date(0), "DataNode{Date}", "DataNode(1970-01-01T00:00:00.000Z)"],
    [5n, "DataNode{bigint}", "DataNode(5n)"],
  ])("names the type and the value of %o", (value, summary, text) => {
    expect(new DataNode(value).summary()).toBe(summary);
    expect(String(new DataNode(value))).toBe(text);
  });

  const ring: Record<string, unknown> = {};
  ring.self = ring;
  let deep: unknown = 0;
  for (let i = 0; i < 100_000; i++) deep = { deep };

  it.each([
    ["a long array", new Array(100_000).fill("x".repeat(10))],
    ["a typed array", new Float64Array(100_000)],
    ["a buffer", Buffer.alloc(100_000)],
    ["a long string", "line\n".repeat(100_000)],
    ["a large Map", new Map(Array.from({ length: 100_000 }, (_, i) => [i, i]))],
    ["a large object", Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`key ${i}`, i]))],
    ["a deep object", deep],
    ["an object that contains itself", ring],
    ["an Error, which has a stack", new Error("broken")],
    ["text of several lines", { a: "b\nc" }],
  ])("is one short line for %s", (_, value) => {
    const node = new DataNode(value);
    for (const text of [String(node), node.summary()]) {
      expect(text.length).toBeLessThan(1000);
      expect(text).not.toContain("\n");
    }
  });
});
