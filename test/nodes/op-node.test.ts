import { describe, expect, it } from "vitest";
import { CollectNode, DataNode, DispatchNode, type Op, op, SequentialExecutor } from "../../src/index.ts";

const any = (..._args: unknown[]): unknown => undefined;
const collect = <T>(node: DispatchNode<T>): Promise<T> => new SequentialExecutor().collect(node);
const nodes = (count: number): Op[] =>
  Array.from({ length: count }, (_, i) => op(any).with({ label: `n${i}` }));

describe("label", () => {
  it("is the function's name", () => {
    function load() {}
    class Point {}
    expect(op(load).label).toBe("load");
    expect(op(Math.max).label).toBe("max");
    expect(op(Point).label).toBe("Point");
    expect(op(load.bind(null)).label).toBe("bound load");
  });

  it("is anonymous for a function without a name", () => {
    expect(op(() => 1).label).toBe("anonymous");
    expect(op((() => class {})()).label).toBe("anonymous");
  });

  it("can be chosen, even empty", () => {
    expect(op(any).with({ label: "mine" }).label).toBe("mine");
    expect(op(any).with({ label: "" }).label).toBe("");
  });

  // `name` of a function is an ordinary property, which a class can use for itself.
  it("is always text", () => {
    class Field {
      static readonly name = 5;
      readonly x = 1;
    }
    class Method {
      readonly x = 1;
      static name(): string {
        return "mine";
      }
    }
    for (const named of [Field, Method]) expect(typeof op(named).label).toBe("string");
  });
});

describe("dependencies", () => {
  it("has the nodes among the arguments in order, repeated where they repeat", () => {
    const [a, b] = nodes(2) as [Op, Op];
    expectSame(op(any, b, 1, a, "x", b).dependencies(), [b, a, b]);
    expectSame(op(any, 1, null, undefined, {}).dependencies(), []);
    expectSame(op(any).dependencies(), []);
  });

  it("has the nodes inside plain arrays and plain objects", () => {
    const [a, b, c, d] = nodes(4) as [Op, Op, Op, Op];
    expectSame(op(any, [a, 1, b]).dependencies(), [a, b]);
    expectSame(op(any, { x: a, y: 1, z: b }).dependencies(), [a, b]);
    expectSame(op(any, Object.assign(Object.create(null), { x: a })).dependencies(), [a]);
    expectSame(op(any, [a], b, { c }, d).dependencies(), [a, b, c, d]);
    expect(new Set(op(any, { deep: [{ er: [a] }] }, [[[b, b]]]).dependencies())).toEqual(new Set([a, b]));
  });

  it("does not search class instances, Maps, Sets, typed arrays or functions", () => {
    const [a] = nodes(1) as [Op];
    class Holder {
      readonly node = a;
    }
    const withNode = Object.assign(() => 1, { node: a });
    const args = [new Holder(), new Map([["a", a]]), new Set([a]), new Uint8Array(2), withNode, new Date()];
    expectSame(op(any, ...args, ...args.map((arg) => [arg])).dependencies(), []);
  });

  it("finds its way through arguments that contain themselves", () => {
    const [a] = nodes(1) as [Op];
    const ring: unknown[] = [a];
    ring.push(ring, { ring });
    expectSame(op(any, ring).dependencies(), [a]);
  });

  it("does not overflow the stack in deep arguments", () => {
    const [a] = nodes(1) as [Op];
    let deep: unknown = a;
    for (let i = 0; i < 100_000; i++) deep = i % 2 === 0 ? [deep] : { deep };
    expectSame(op(any, deep).dependencies(), [a]);
  });

  it("follows what happens to the arguments", () => {
    const [a, b] = nodes(2) as [Op, Op];
    const node = op(any, a);
    node.args = [b, a];
    expectSame(node.dependencies(), [b, a]);
  });
});

describe("values of the arguments", () => {
  it("are put in the place of nodes at any depth, in order", async () => {
    const value = (x: string) => op(() => x);
    const node = op(
      (...args: unknown[]) => args,
      value("a"),
      [value("b"), [value("c"), "d"], { e: value("e") }],
      { f: value("f"), g: [value("g")], h: "h" },
    );
    expect(await collect(node)).toEqual(["a", ["b", ["c", "d"], { e: "e" }], { f: "f", g: ["g"], h: "h" }]);
  });

  it("do not change the arguments themselves", async () => {
    const list = [op(() => 1)];
    await collect(op(any, list));
    expect(list[0]).toBeInstanceOf(DispatchNode);
  });

  it("leave everything without nodes as it is", async () => {
    const bare = { deep: [1, 2] };
    const around = [bare, op(() => 1)];
    const [first, [second]] = (await collect(
      op((a: object, b: unknown[]) => [a, b] as const, bare, around),
    )) as [object, [object]];
    expect(first).toBe(bare);
    expect(second).toBe(bare);
  });
});

describe("text", () => {
  const [named] = nodes(1) as [Op];

  it("has the label and the types of the arguments in its summary", () => {
    expect(op(any).with({ label: "3" }).summary()).toBe("Op<3>");
    expect(op(any, 1, "a", null, undefined, [1], new Map(), any).summary()).toBe(
      "Op<any, number, string, null, undefined, Array, Map, function>",
    );
    expect(op(any, named, named.at(1)).summary()).toBe("Op<any, Op<n0>, IndexNode<n0[1]>>");
    expect(op(any, new CollectNode([named])).summary()).toBe("Op<any, CollectNode<1 Op>>");
  });

  it("shows nodes in objects as keyword arguments", () => {
    expect(op(any, { limit: named, other: 1 }).summary()).toBe("Op<any, limit => Op<n0>>");
    expect(op(any, { limit: 1 }).summary()).toBe("Op<any, Object>");
  });

  it("shows the type of the value of a node without a label", () => {
    expect(op(any, new DataNode(3)).summary()).toBe("Op<any, DataNode{number}>");
    expect(op(any, new DataNode(3, { label: "three" })).summary()).toBe("Op<any, DataNode<three>>");
  });

  it("has the function and the label in its full form", () => {
    expect(String(op(any).with({ label: 'a "b"' }))).toBe('Op(pending,any,"a \\"b\\"")');
    expect(String(op(() => 1))).toBe('Op(pending,anonymous,"anonymous")');
  });

  it("says when the result is there", async () => {
    await using executor = new SequentialExecutor();
    const node = op(any);
    await executor.run(node);
    expect(String(node)).toBe('Op(ready,any,"any")');
  });

  it.each([
    ["many arguments", () => op(any, ...nodes(10_000))],
    ["an argument with many nodes", () => op(any, nodes(100_000))],
    ["many keyword arguments", () => op(any, Object.fromEntries(nodes(10_000).map((node, i) => [i, node])))],
    ["a long string", () => op(any, "x".repeat(100_000))],
  ])("stays short with %s", (_, make) => {
    expect(make().summary().length).toBeLessThan(1000);
    expect(String(make()).length).toBeLessThan(1000);
  });

  it("says how many arguments are not shown", () => {
    expect(op(any, ...Array.from({ length: 12 }, () => 1)).summary()).toMatch(/number, … 2 more>$/);
  });
});

/** Compares by identity: nodes are iterable, and matchers would loop over them. */
function expectSame(actual: readonly DispatchNode[], expected: readonly DispatchNode[]): void {
  expect(actual.length).toBe(expected.length);
  for (const [i, node] of expected.entries()) expect(actual[i]).toBe(node);
}
