import {
  AsyncExecutor,
  CollectNode,
  DataNode,
  DispatchGraph,
  DispatchNode,
  delayed,
  op,
} from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { type NodeKey, NodeKeys, type NoKey } from "../../src/cache/node-keys.ts";
import { Upstream } from "../../src/cache/upstream.ts";

const add = (a: number, b: number): number => a + b;
const sum = (values: readonly number[]): number => values.reduce(add, 0);

function entryOf(
  node: DispatchNode,
  inputs: ReadonlyMap<DispatchNode, unknown> = new Map(),
  keys: NodeKeys = new NodeKeys(),
): NodeKey | NoKey {
  const graph = DispatchGraph.from(node, inputs.keys());
  const upstream = new Upstream(graph);
  return keys.of(
    upstream,
    upstream.of((one) => one === node),
    inputs,
  )[graph.numberOf(node)]!;
}

const keyOf: (...given: Parameters<typeof entryOf>) => string = (...given) =>
  (entryOf(...given) as NodeKey).key;

class Scaled extends DispatchNode<number> {
  readonly base: DispatchNode<number>;
  readonly scale: number;
  constructor(base: DispatchNode<number>, scale: number) {
    super();
    this.base = base;
    this.scale = scale;
  }
  override dependencies(): readonly DispatchNode[] {
    return [this.base];
  }
  override run([value]: readonly number[]): number {
    return value! * this.scale;
  }
}

describe("the key of a node", () => {
  it.each<[string, (n: number) => DispatchNode]>([
    ["calls", (n) => op(add, n, 2)],
    ["calls of calls", (n) => op(add, op(add, n, 1), 1)],
    ["nodes inside of arguments", (n) => op((all: object) => all, { a: [op(add, n, 1)] })],
    ["the rest of such arguments", (n) => op((all: object) => all, { a: [op(add, 1, 1)], n })],
    ["collected nodes", (n) => op(sum, new CollectNode([op(add, n, 1), op(add, 2, 1)]))],
    ["elements", (n) => op(() => [1, 2, 3]).at(n)],
    ["entries under objects", (n) => new DataNode(new Map([[new Date(1), n]])).get(new Date(1))],
    ["data", (n) => new DataNode({ n })],
    ["classes", (n) => op(Date, n)],
    ["node types of the user", (n) => new Scaled(new DataNode(2), n)],
    ["what these need", (n) => new Scaled(new DataNode(n), 2)],
  ])("is that of what it is made of: %s", (_, make) => {
    expect(keyOf(make(1))).toBe(keyOf(make(1)));
    expect(keyOf(make(1))).not.toBe(keyOf(make(2)));
  });

  it("is not that of another arrangement", () => {
    const [a, b] = [op(add, 1, 1), op(add, 2, 2)];
    const pack = (...all: unknown[]): unknown => all;
    expect(keyOf(op(pack, [a, b]))).not.toBe(keyOf(op(pack, [b, a])));
    expect(keyOf(op(pack, [a, undefined]))).not.toBe(keyOf(op(pack, [undefined, a])));
    expect(keyOf(op(pack, [a], b))).not.toBe(keyOf(op(pack, [a, b])));
    expect(keyOf(delayed(add, { meta: true } as never)(1 as never, 2 as never))).not.toBe(
      keyOf(op(add, 1, 2)),
    );
  });

  it("does not depend on labels and the like", () => {
    expect(keyOf(delayed(add, { label: "x", persist: true, retries: 3 })(1, 2))).toBe(keyOf(op(add, 1, 2)));
  });

  it("takes a value that is given as what it is", () => {
    const source = op(add, 1, 1);
    const node = op(add, source, 1);
    const given = keyOf(node, new Map([[source, 5]]));
    expect(given).not.toBe(keyOf(node));
    expect(given).toBe(keyOf(op(add, new DataNode(5), 1)));
  });

  it("of a chunk is that of the node that it came from, or of its value", async () => {
    await using executor = new AsyncExecutor();
    const keys = new NodeKeys();
    const chunk = await executor.put(5);
    const node = op(add, chunk, 1);
    expect(entryOf(node, new Map(), keys)).toHaveProperty("problem");
    expect(keys.knows(chunk)).toBe(false);
    keys.rememberValue(chunk, 5);
    expect(keys.knows(chunk)).toBe(true);
    expect(keyOf(node, new Map(), keys)).toBe(keyOf(op(add, new DataNode(5), 1)));
    keys.remember(chunk, keyOf(op(add, 2, 3)));
    expect(keyOf(node, new Map(), keys)).toBe(keyOf(op(add, op(add, 2, 3), 1)));
    const source = op(add, 0, 0);
    const throughInput = keyOf(op(add, source, 1), new Map([[source, chunk]]), keys);
    expect(throughInput).toBe(keyOf(node, new Map(), keys));
  });

  it("changes with the file that a node stands for", () => {
    class File extends DispatchNode<string> {
      fileIdentity(): { path: string; version: string } {
        return { path: "data.csv", version };
      }
    }
    let version = "1";
    const key = keyOf(op(add, new File() as never, 1));
    expect(keyOf(op(add, new File() as never, 1))).toBe(key);
    version = "2";
    expect(keyOf(op(add, new File() as never, 1))).not.toBe(key);
    expect((entryOf(new File()) as NodeKey).parts.at(-1)?.what).toBe("file data.csv");
  });

  it("has parts that say what they are", () => {
    const node = op((...all: unknown[]) => all, delayed(add, { label: "load" })(1, 2), 5, [op(add, 1, 1)]);
    expect((entryOf(node) as NodeKey).parts.map(({ what }) => what)).toEqual([
      "the function",
      'its dependency "load"',
      "argument 2",
      "argument 3",
      'its dependency "add"',
    ]);
  });

  it("is missing where something has no content, and downstream of it", () => {
    const bad = delayed((value: unknown) => value, { label: "bad" })(Promise.resolve());
    expect(entryOf(bad)).toEqual({ problem: "argument 1: it is a Promise; await it first" });
    const why = 'its dependency "bad" has no key: argument 1: it is a Promise; await it first';
    expect(entryOf(op(add, bad as never, 1))).toEqual({ problem: why });
    const further = entryOf(op(add, op(add, bad as never, 1), 1)) as NoKey;
    expect(further.problem).toBe(
      'its dependency "add" has no key: argument 1: it is a Promise; await it first',
    );
  });
});
