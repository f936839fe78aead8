import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DataNode,
  type DispatchNode,
  delayedMap,
  Op,
  op,
  SequentialExecutor,
  treeReduce,
} from "../src/index.ts";

const executor = new SequentialExecutor();
const collectAll = async <T>(nodes: readonly DispatchNode<T>[]): Promise<T[]> => {
  const results = await executor.run(nodes);
  return Promise.all(results.map((result) => result.fetch()));
};
const add = (a: number, b: number): number => a + b;

describe("delayedMap", () => {
  it("makes one node for each element, values and nodes mixed", async () => {
    const nodes = delayedMap((x: number) => 2 * x, [1, op(add, 1, 1), new DataNode(3)]);
    expect(nodes).toHaveLength(3);
    expect(await collectAll(nodes)).toEqual([2, 4, 6]);
  });

  it("takes as many arrays as the function takes arguments", async () => {
    const nodes = delayedMap(
      (a: number, b: string, c: { d: number }) => `${a}${b}${c.d}`,
      [1, 2],
      ["a", op(String, "b")],
      [{ d: op(add, 1, 2) }, { d: 4 }],
    );
    expect(await collectAll(nodes)).toEqual(["1a3", "2b4"]);
  });

  it("has options behind the function, for all of its nodes", () => {
    const nodes = delayedMap(add, { label: "sum", priority: 1 }, [1, 2], [3, 4]);
    expect(nodes.map(({ label, options }) => [label, options])).toEqual(
      Array(2).fill(["sum", { label: "sum", priority: 1 }]),
    );
    expect(nodes[0]!.args).toEqual([1, 3]);
  });

  it("constructs classes", async () => {
    class Point {
      readonly x: number;
      constructor(x: number) {
        this.x = x;
      }
    }
    expect(await collectAll(delayedMap(Point, [1, 2]))).toEqual([new Point(1), new Point(2)]);
  });

  it("makes nothing of nothing, and a node of an array inside the array", async () => {
    expect(delayedMap(add, [], [])).toEqual([]);
    expect(await collectAll(delayedMap((list: number[]) => list.length, [[1, 2]]))).toEqual([2]);
  });

  it.each<[string, () => unknown, string]>([
    ["arrays of different lengths", () => delayedMap(add, [1], [1, 2]), "one length, got 1 and 2"],
    ["no array", () => delayedMap(add as never), "at least one array"],
    ["options alone", () => delayedMap(add as never, {}), "at least one array"],
    [
      "a node in the place of an array",
      () => delayedMap(add, [1], op(add, 1, 2) as never),
      "takes arrays, got",
    ],
    ["no function", () => delayedMap(5 as never, [1]), "must be a function"],
    [
      "an unknown option",
      () => delayedMap(add, { retry: 1 } as never, [1], [2]),
      'unknown node option "retry"',
    ],
  ])("refuses %s", (_, call, message) => {
    expect(call).toThrow(TypeError);
    expect(call).toThrow(message);
  });
});

describe("treeReduce", () => {
  const texts = (count: number) => Array.from({ length: count }, (_, i) => op(String, i));
  const inBrackets = (a: string, b: string): string => `(${a} ${b})`;

  it.each([
    [1, "0"],
    [2, "(0 1)"],
    [3, "(0 (1 2))"],
    [5, "((0 1) (2 (3 4)))"],
    [7, "((0 (1 2)) ((3 4) (5 6)))"],
  ])("gives the left %i / 2, rounded down", async (count, expected) => {
    expect(await executor.collect(treeReduce(inBrackets, texts(count)))).toBe(expected);
  });

  it("is what a loop comes to, for associative functions", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string(), { minLength: 1, maxLength: 200 }), async (parts) => {
        const nodes = parts.map((part) => new DataNode(part));
        const joined = await executor.collect(treeReduce((a: string, b: string) => a + b, nodes));
        expect(joined).toBe(parts.join(""));
      }),
      { numRuns: 50 },
    );
  });

  it("is the node itself if there is one", () => {
    const [node] = texts(1);
    expect(treeReduce(inBrackets, [node!]) === node).toBe(true);
  });

  it("is as deep as it must be", () => {
    let nodes: readonly DispatchNode[] = [treeReduce(inBrackets, texts(1000))];
    let depth = 0;
    for (; nodes.some(({ label }) => label === "inBrackets"); depth++) {
      nodes = nodes.flatMap((node) => node.dependencies());
    }
    expect(depth).toBe(10);
  });

  it("has the options at each call, and awaits", async () => {
    const sum = treeReduce(async (a: string, b: string) => a + b, texts(3), { label: "sum", retries: 1 });
    const calls = [sum, sum.dependencies()[1]!];
    for (const call of calls) {
      expect(call).toBeInstanceOf(Op);
      expect([call.label, call.options]).toEqual(["sum", { label: "sum", retries: 1 }]);
    }
    expect(await executor.collect(sum)).toBe("012");
  });

  it("takes a million nodes", () => {
    const node = new DataNode(1);
    expect(treeReduce(add, Array(1_000_000).fill(node)).label).toBe("add");
  });

  it.each<[string, () => unknown, string]>([
    ["no nodes", () => treeReduce(add, []), "at least one node"],
    [
      "a value among the nodes",
      () => treeReduce(add, [op(add, 1, 2), 3 as never]),
      "element 1 is not a node: 3",
    ],
    ["no function, even for one node", () => treeReduce(5 as never, texts(1)), "must be a function"],
    [
      "an unknown option",
      () => treeReduce(inBrackets, texts(2), { retry: 1 } as never),
      "unknown node option",
    ],
  ])("refuses %s", (_, call, message) => {
    expect(call).toThrow(TypeError);
    expect(call).toThrow(message);
  });
});
