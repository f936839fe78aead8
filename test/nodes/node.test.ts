import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import {
  CollectNode,
  DataNode,
  DispatchGraph,
  DispatchNode,
  IndexNode,
  isNode,
  type NodeOptions,
  op,
  SequentialExecutor,
} from "../../src/index.ts";
import { DESTRUCTURING_LIMIT } from "../../src/nodes/node.ts";

class Plain extends DispatchNode {}

/** A node type of a user: knows its dependencies, and what to do with their values. */
class Sum extends DispatchNode<number> {
  readonly terms: readonly DispatchNode<number>[];

  constructor(terms: readonly DispatchNode<number>[], options?: NodeOptions) {
    super(options);
    this.terms = terms;
  }

  override dependencies() {
    return this.terms;
  }

  override run(values: readonly number[]) {
    return values.reduce((a, b) => a + b, 0);
  }
}

const pair = (): [number, string] => [1, "a"];
// Nodes are compared by ===: matchers loop over what they find different, and nodes can be looped over.
const ONE_OF_EACH: [string, () => DispatchNode][] = [
  ["Op", () => op(pair)],
  ["DataNode", () => new DataNode([1, 2])],
  ["IndexNode", () => op(pair).at(0)],
  ["CollectNode", () => new CollectNode([op(pair)])],
  ["Sum", () => new Sum([new DataNode(1)])],
];

const collect = <T>(node: DispatchNode<T>): Promise<T> => new SequentialExecutor().collect(node);

describe.each(ONE_OF_EACH)("%s", (typeName, make) => {
  it("is a node", () => {
    expect(isNode(make())).toBe(true);
    expect(make().typeName).toBe(typeName);
  });

  // Otherwise `await node`, and returning a node from an async function, would wait for its result.
  it("is no thenable", async () => {
    const node = make();
    expect("then" in node).toBe(false);
    expect(await node).toBe(node);
    expect(await (async () => node)()).toBe(node);
  });

  it("takes a label", () => {
    const node = make().with({ label: "mine" });
    expect(node.label).toBe("mine");
  });

  it("gives element nodes by destructuring", () => {
    const node = make();
    const [first, , third] = node;
    expect(first).toBeInstanceOf(IndexNode);
    expect([first?.key, third?.key]).toEqual([0, 2]);
    expect(first?.parent).toBe(node);
    expect(third?.parent).toBe(node);
  });

  it("ends when it is spread, with the advice to use at", () => {
    const node = make();
    expect(() => [...node]).toThrow(RangeError);
    expect(() => Array.from(node)).toThrow(/node\.at\(i\)/);
    expect(() => Math.max(...(node as unknown as number[]))).toThrow(RangeError);
  });

  it("prints in one line, alone and inside other things", () => {
    const node = make();
    expect(String(node)).toMatch(new RegExp(`^${typeName}\\(.*\\)$`));
    expect(node.summary()).toMatch(new RegExp(`^${typeName}[<{].*[>}]$`));
    expect(inspect(node)).toBe(String(node));
    expect(inspect({ deep: [[node]] }, { depth: 5, breakLength: Infinity })).toBe(
      `{ deep: [ [ ${String(node)} ] ] }`,
    );
  });

  it("can be released without a result", () => {
    expect(() => make().release()).not.toThrow();
  });
});

describe("isNode", () => {
  it.each([
    [undefined],
    [null],
    [1],
    [{}],
    [{ dependencies: () => [] }],
    [DispatchNode],
    [DispatchNode.prototype],
  ])("says no to %o", (value) => {
    expect(isNode(value)).toBe(false);
  });
});

describe("element nodes", () => {
  it("gives exactly as many elements as documented", () => {
    expect(DESTRUCTURING_LIMIT).toBe(64);
    const elements = op(pair)[Symbol.iterator]();
    for (let i = 0; i < 64; i++) expect(elements.next().value?.key).toBe(i);
    expect(() => elements.next()).toThrow(RangeError);
  });

  it("can be looped over within the bound", () => {
    const keys: unknown[] = [];
    for (const element of op(pair)) {
      keys.push(element.key);
      if (keys.length === 64) break;
    }
    expect(keys).toHaveLength(64);
  });

  it("names the node that was spread", () => {
    expect(() => [...op(pair)]).toThrow('"pair" was spread');
  });

  it("exists under the numbers that the types promise for tuples", () => {
    const node = op(pair) as unknown as Record<number, IndexNode | undefined>;
    expect(node[0]?.key).toBe(0);
    expect(node[63]?.key).toBe(63);
    expect(node[64]).toBeUndefined();
    // They must not turn up when a node is copied or listed.
    expect(Object.keys(node)).not.toContain("0");
  });

  it("is made anew each time", () => {
    const node = op(pair);
    const [one, other] = [node.at(0), node.at(0)];
    expect(one === other).toBe(false);
  });

  it("counts from the end with negative indices", async () => {
    expect(await collect(op(pair).at(-1))).toBe("a");
  });

  it.each([[1.5], [Number.NaN], [Infinity], ["0"], [undefined], [1n]])("refuses the index %o", (index) => {
    expect(() => op(pair).at(index as never)).toThrow(TypeError);
  });

  it("takes any key with get", () => {
    const key = { an: "object" };
    expect(op(() => new Map([[key, 1]])).get(key).key).toBe(key);
  });
});

describe("with", () => {
  it("makes another node of the same kind with the options merged", () => {
    const node = op(pair).with({ label: "a", retries: 1 });
    const other = node.with({ retries: 2, persist: true });
    expect(other === node).toBe(false);
    expect(other.fn).toBe(node.fn);
    expect(other.args).toBe(node.args);
    expect(other.options).toEqual({ label: "a", retries: 2, persist: true });
    expect(node.options).toEqual({ label: "a", retries: 1 });
  });

  it("takes an option back with undefined", () => {
    const options = { label: undefined } as never;
    expect(op(pair).with({ label: "a" }).with(options).label).toBe("pair");
  });

  it("keeps the fields of user-defined nodes", async () => {
    const sum = new Sum([new DataNode(1), new DataNode(2)]).with({ label: "total" });
    expect(sum).toBeInstanceOf(Sum);
    expect(sum.label).toBe("total");
    expect(await collect(sum)).toBe(3);
  });

  it("does not share the latest result", async () => {
    await using executor = new SequentialExecutor();
    const node = op(() => ({}));
    await executor.run(node);
    const other = node.with({ label: "other" });
    expect(node.isReady()).toBe(true);
    expect(other.isReady()).toBe(false);
    await executor.run(other);
    expect(await other.fetch()).not.toBe(await node.fetch());
  });

  it("does not share those who wait for the first result", async () => {
    await using executor = new SequentialExecutor();
    let runs = 0;
    const node = op(() => ++runs);
    const waiting = node.fetch();
    const other = node.with({ label: "other" });
    await executor.run(other);
    await executor.run(node);
    expect(await waiting).toBe(2);
  });

  it("is not in the graphs of the node that it was made from", () => {
    const node = op(pair);
    const graph = DispatchGraph.from(node);
    const other = node.with({ label: "other" });
    expect(graph.has(other)).toBe(false);
    expect(graph.add(other).size).toBe(2);
  });

  it("is a node of its own in a graph", async () => {
    const node = op(pair);
    const other = node.with({ label: "other" });
    const both = op((a: unknown, b: unknown) => [a, b], node, other);
    const [a, b] = (await collect(both)) as [unknown, unknown];
    expect(a).toEqual(b);
    expect(a).not.toBe(b);
  });
});

describe("the latest result", () => {
  it("is waited for until some run settles the node", async () => {
    await using executor = new SequentialExecutor();
    const node = op(() => 5);
    expect(node.isReady()).toBe(false);
    const fetched = node.fetch();
    const waited = node.wait();
    expect(node.isReady()).toBe(false);
    await executor.run(node);
    expect(await fetched).toBe(5);
    expect(await waited).toBeUndefined();
    expect(node.isReady()).toBe(true);
  });

  it("that nobody reads may be an error: wait does not throw it, fetch does", async () => {
    await using executor = new SequentialExecutor();
    const node = op((): number => {
      throw new Error("broken");
    });
    void node.fetch();
    const waited = node.wait();
    await executor.run(node, { throwError: false });
    expect(await waited).toBeUndefined();
    await expect(node.fetch()).rejects.toThrow("broken");
  });

  it("may be undefined", async () => {
    await using executor = new SequentialExecutor();
    const node = op(() => undefined);
    await executor.run(node);
    expect(node.isReady()).toBe(true);
    expect(await node.fetch()).toBeUndefined();
  });
});

describe("a node type of a user", () => {
  it("depends on nothing and results in undefined unless it says otherwise", async () => {
    const node = new Plain();
    expect(node.dependencies()).toEqual([]);
    expect(await collect(node)).toBeUndefined();
  });

  it("is named after its class", () => {
    expect(new Plain().label).toBe("Plain");
    expect(new Plain().summary()).toBe("Plain<Plain>");
    expect(new (class extends DispatchNode {})().label).toBe("DispatchNode");
  });

  it("gets the values of its dependencies in their order, repeated where they repeat", async () => {
    const seen: unknown[] = [];
    class Listing extends Sum {
      override run(values: readonly number[]) {
        seen.push(...values);
        return super.run(values);
      }
    }
    const one = op(() => 1);
    const two = op(() => 2);
    expect(await collect(new Listing([two, one, two]))).toBe(5);
    expect(seen).toEqual([2, 1, 2]);
  });

  it("may be asynchronous", async () => {
    class Later extends DispatchNode<string> {
      override async run() {
        return "later";
      }
    }
    expect(await collect(new Later())).toBe("later");
  });

  it("is an argument like any other node, and its elements can be had", async () => {
    class Two extends DispatchNode<[number, string]> {
      override run(): [number, string] {
        return [7, "b"];
      }
    }
    const two = new Two();
    const [, second] = two;
    expect(await collect(op((n: number, s: unknown) => `${n}${String(s)}`, two.at(0), second!))).toBe("7b");
  });

  it("need not have nodes among its dependencies when it is built", async () => {
    const terms: DispatchNode<number>[] = [];
    const sum = new Sum(terms);
    terms.push(new DataNode(4));
    expect(await collect(sum)).toBe(4);
  });
});
