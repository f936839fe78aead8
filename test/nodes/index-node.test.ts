import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import {
  DataNode,
  DispatchGraph,
  type DispatchNode,
  IndexNode,
  op,
  SequentialExecutor,
} from "../../src/index.ts";

const factorials = (): number[] => [6, 720];
const collect = <T>(node: DispatchNode<T>): Promise<T> => new SequentialExecutor().collect(node);

describe("IndexNode", () => {
  it("knows its parent and key, and depends on the parent", () => {
    const parent = op(factorials);
    const node = new IndexNode(parent, 1);
    expect(node.parent).toBe(parent);
    expect(node.key).toBe(1);
    expect(node.dependencies()).toHaveLength(1);
    expect(node.dependencies()[0]).toBe(parent);
  });

  it.each([[undefined], [[1, 2]], [{}]])("refuses the parent %o at once", (parent) => {
    expect(() => new IndexNode(parent as never, 0)).toThrow(TypeError);
  });

  it("results in the element", async () => {
    expect(await collect(op(factorials).at(1))).toBe(720);
    expect(
      await collect(
        op(() => ({ a: [{ b: 5 }] }))
          .get("a")
          .at(0)
          .get("b"),
      ),
    ).toBe(5);
    expect(await collect(op(() => new Map([["k", 3]])).get("k"))).toBe(3);
    expect(await collect(new DataNode("text").at(-1))).toBe("t");
  });

  it("passes a node as a key on as it is", async () => {
    const key = op(factorials);
    expect(await collect(op(() => new Map([[key, 1]])).get(key))).toBe(1);
    const list = [key];
    expect(await collect(op(() => new Map([[list, 2]])).get(list))).toBe(2);
    expect(DispatchGraph.from(new IndexNode(op(factorials), [key])).size).toBe(2);
  });
});

describe("text of an IndexNode", () => {
  const base = op(factorials).with({ label: "f" });

  it("has the parent and the key", () => {
    expect(base.at(2).label).toBe("f[2]");
    expect(base.at(2).summary()).toBe("IndexNode<Op<f>, 2>");
    expect(String(base.at(2))).toBe('IndexNode(Op(pending,factorials,"f"),2,pending)');
  });

  it("has all keys of a short chain", () => {
    const chain = (base.at(0) as IndexNode<unknown>).get("a").at(-1);
    expect(chain.label).toBe("f[0][a][-1]");
    expect(chain.summary()).toBe("IndexNode<IndexNode<IndexNode<Op<f>, 0>, a>, -1>");
  });

  it("has the label that was given, in what is built on it too", () => {
    const first = (base.at(0) as IndexNode<unknown>).with({ label: "first" });
    expect(first.label).toBe("first");
    expect(first.at(1).label).toBe("first[1]");
    expect(first.at(1).summary()).not.toContain("…");
    expect(String(first.at(1))).not.toContain("…");
  });

  it("says of each node of a chain whether its own result is there", async () => {
    await using executor = new SequentialExecutor();
    const inner = op(() => [[1]])
      .with({ label: "f" })
      .at(0);
    const outer = inner.at(0);
    await executor.run(inner);
    expect(String(outer)).toBe('IndexNode(IndexNode(Op(ready,anonymous,"f"),0,ready),0,pending)');
  });

  it("is short for a chain of any length", () => {
    let chain: DispatchNode = base;
    for (let i = 0; i < 100_000; i++) chain = chain.at(i);
    for (const text of [chain.label, chain.summary(), String(chain), inspect(chain)]) {
      expect(text.length).toBeLessThan(1000);
      expect(text).toContain("99999");
      expect(text).toContain("…");
    }
    expect(chain.label).toBe("…[99996][99997][99998][99999]");
  });

  it.each<[string, unknown]>([
    ["a symbol", Symbol("key")],
    ["an object", { a: 1 }],
    ["an object without a prototype", Object.create(null)],
    ["a bigint", 1n],
    ["undefined", undefined],
  ])("can be had when the key is %s", (_, key) => {
    const node = new IndexNode(base, key);
    for (const text of [node.label, node.summary(), String(node)]) expect(text).toContain("f");
  });
});
