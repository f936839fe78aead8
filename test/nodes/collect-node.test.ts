import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { CollectNode, DataNode, type DispatchNode, op, SequentialExecutor } from "../../src/index.ts";

const data = (count: number): DataNode<number>[] => Array.from({ length: count }, (_, i) => new DataNode(i));
const collect = <T>(node: DispatchNode<T>): Promise<T> => new SequentialExecutor().collect(node);

describe("CollectNode", () => {
  it("results in the values in the order of the nodes, repeated where they repeat", async () => {
    const [a, b] = data(2);
    const node = new CollectNode([b!, a!, b!]);
    expect(node.dependencies()).toHaveLength(3);
    expect(await collect(node)).toEqual([1, 0, 1]);
  });

  it("takes anything that can be looped over", async () => {
    expect(await collect(new CollectNode(new Set(data(2))))).toEqual([0, 1]);
    expect(await collect(new CollectNode(data(3).values()))).toEqual([0, 1, 2]);
  });

  it("follows what happens to the array that it was given", async () => {
    const nodes = data(1);
    const node = new CollectNode(nodes);
    nodes.push(new DataNode(5));
    expect(await collect(node)).toEqual([0, 5]);
  });

  it.each([0, 1])("results in an array of its own for %i nodes", async (count) => {
    const nodes = data(count);
    const result = await collect(new CollectNode(nodes));
    expect(result).toHaveLength(count);
    expect(result).not.toBe(nodes);
  });

  it("refuses what is no node and says where it is", () => {
    expect(() => new CollectNode([new DataNode(1), 5] as never)).toThrow(TypeError);
    expect(() => new CollectNode([new DataNode(1), 5] as never)).toThrow("element 1 is not a node");
    expect(() => new CollectNode(["a"] as never)).toThrow("element 0 is not a node");
    expect(() => new CollectNode(5 as never)).toThrow(TypeError);
  });

  it("holds very many nodes", async () => {
    const sum = await collect(
      op((xs: number[]) => xs.reduce((a, b) => a + b), new CollectNode(data(100_000))),
    );
    expect(sum).toBe((100_000 * 99_999) / 2);
  });
});

describe("text of a CollectNode", () => {
  const ops = (count: number) => Array.from({ length: count }, () => op(() => 1));

  it("counts the nodes by type in its label", () => {
    expect(new CollectNode(ops(1)).label).toBe("1 Op");
    expect(new CollectNode(ops(3)).label).toBe("3 Ops");
    expect(new CollectNode([op(() => [1, 2]).at(0), op(() => [1]).at(0)]).label).toBe("2 IndexNodes");
    expect(new CollectNode<number>([...ops(1), ...data(1)]).label).toBe("2 DispatchNodes");
    // Of no nodes the type is unknown.
    expect(new CollectNode([]).label).toBe("0 DispatchNodes");
    expect(new CollectNode(ops(3), { label: "all" }).label).toBe("all");
  });

  it("has the label in its summary and the nodes in its full form", () => {
    expect(new CollectNode(ops(2)).summary()).toBe("CollectNode<2 Ops>");
    expect(String(new CollectNode(data(2)))).toBe(
      'CollectNode(DispatchNode[DataNode{number},DataNode{number}],pending,"2 DataNodes")',
    );
  });

  it("is short for any number of nodes", () => {
    const node = new CollectNode(ops(100_000));
    expect(node.label).toBe("100000 Ops");
    for (const text of [node.summary(), String(node), inspect(node)]) expect(text.length).toBeLessThan(1000);
    expect(String(node)).toContain("… 99990 more");
  });

  it("is short for collections of collections", () => {
    let node: DispatchNode = new DataNode(1);
    for (let i = 0; i < 100_000; i++) node = new CollectNode([node, node]);
    for (const text of [node.summary(), String(node), inspect(node)]) expect(text.length).toBeLessThan(1000);
  });
});
