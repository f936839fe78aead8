import assert from "node:assert/strict";
import { CollectNode, DataNode, DependencyError, DispatchNode, IndexNode, op } from "../../index.ts";
import { type Group, increment, rejection, valuesOf, Watch } from "./support.ts";

class Sum extends DispatchNode<number> {
  readonly terms: readonly DispatchNode<number>[];
  constructor(...terms: readonly DispatchNode<number>[]) {
    super();
    this.terms = terms;
  }
  override dependencies(): readonly DispatchNode<number>[] {
    return this.terms;
  }
  override run(values: readonly number[]): number {
    return values.reduce((a, b) => a + b, 0);
  }
}

class Later extends DispatchNode<string> {
  override async run(): Promise<string> {
    return "later";
  }
}

class Nothing extends DispatchNode {}

class Failing extends DispatchNode<never> {
  override run(): never {
    throw new RangeError("cannot");
  }
}

export const nodeTypes: Group = {
  name: "nodes of every type",
  tests: {
    "DataNode: its value is its result": async ({ create }) => {
      const executor = await create();
      const node = new DataNode({ a: [1, 2] });
      const size = op((value: { a: number[] }) => value.a.length, node);
      assert.deepEqual(await valuesOf(executor, [node, size]), [{ a: [1, 2] }, 2]);
    },

    "IndexNode: elements from the front and from the end": async ({ create }) => {
      const executor = await create();
      const letters = op(() => ["a", "b", "c"]);
      assert.deepEqual(
        await valuesOf(executor, [letters.at(0), letters.at(2), letters.at(-1), letters.at(-3)]),
        ["a", "c", "c", "a"],
      );
      const numbers = op(() => new Float64Array([1.5, 2.5]));
      assert.deepEqual(await valuesOf(executor, [numbers.at(1), numbers.at(-2)]), [2.5, 1.5]);
    },

    "IndexNode: properties of objects and entries of Maps": async ({ create }) => {
      const executor = await create();
      const object = op(() => ({ x: 1, "a key": { y: 2 } }));
      const map = op(() => new Map<string | number, string>([["k", "v"]]).set(7, "seven"));
      const nodes = [object.get("x"), object.get("a key").get("y"), map.get("k"), map.get(7)];
      assert.deepEqual(await valuesOf(executor, nodes), [1, 2, "v", "seven"]);
    },

    "IndexNode: destructuring": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const [quotient, remainder] = op(
        (a: number, b: number): [number, number] => [Math.trunc(a / b), a % b],
        17,
        5,
      );
      assert.deepEqual(await valuesOf(executor, [remainder, op(increment, quotient)]), [2, 4]);
      assert.equal(watch.started(), 4, "the pair is computed once");
      const [, second] = op(() => ["never asked for", "asked for"]);
      assert.deepEqual(await valuesOf(executor, second!), ["asked for"]);
    },

    "IndexNode: of any node": async ({ create }) => {
      const executor = await create();
      const nested = op(() => [[1, [2]]]);
      const nodes = [
        nested.at(0).at(1).at(0),
        new DataNode([5, 6]).at(1),
        new CollectNode([op(() => 7), op(() => 8)]).at(-1),
        new IndexNode(
          op(() => ({ length: 9 })),
          "length",
        ),
      ];
      assert.deepEqual(await valuesOf(executor, nodes), [2, 6, 8, 9]);
    },

    "IndexNode: an element may be undefined": async ({ create }) => {
      const executor = await create();
      const node = op(() => [undefined, null]);
      assert.deepEqual(await valuesOf(executor, [node.at(0), node.at(1)]), [undefined, null]);
    },

    "IndexNode: a missing element is an error of the node, never undefined": async ({ create }) => {
      const executor = await create();
      const pair = (): number[] => [1, 2];
      const map = (): Map<unknown, unknown> => new Map<unknown, unknown>([["a", 1]]);
      const cases: [DispatchNode, unknown][] = [
        [op(pair), 2],
        [op(pair), -3],
        [op(pair), "other"],
        [op(() => new Uint8Array(2)), 2],
        [op(() => "text"), 4],
        [op(map), "b"],
        [op(map), 1n],
        [op(map), Symbol.for("s")],
        [op(() => ({ a: 1 })), "b"],
        [op(() => ({ a: 1 })), "toString"],
        [op(() => ({ a: 1 })), 1n],
        [op(() => 5), 0],
        [op(() => null), 0],
        [op(() => undefined), "a"],
      ];
      for (const [parent, key] of cases) {
        const node = new IndexNode(parent, key);
        const error = await rejection(executor.run(node), DependencyError);
        assert.ok(error.cause instanceof RangeError, `${String(key)}: ${String(error.cause)}`);
        assert.equal(error.label, node.label);
        assert.deepEqual(error.path, [node.label]);
      }
    },

    "CollectNode: results in the order of the nodes": async ({ create }) => {
      const executor = await create();
      const a = op(() => "a");
      const b = op(() => "b");
      const inner = new CollectNode([b, a, b]);
      assert.deepEqual(await valuesOf(executor, [new CollectNode<unknown>([inner, a]), inner]), [
        [["b", "a", "b"], "a"],
        ["b", "a", "b"],
      ]);
    },

    "CollectNode: of nothing": async ({ create }) => {
      const executor = await create();
      const empty = new CollectNode([]);
      const count = op((list: unknown[]) => list.length, empty);
      assert.deepEqual(await valuesOf(executor, [empty, count]), [[], 0]);
    },

    "types of the user's own: get the values of their dependencies": async ({ create }) => {
      const executor = await create();
      const two = op(() => 2);
      const sum = new Sum(two, new DataNode(3), two);
      const both = new Sum(sum, sum);
      assert.deepEqual(await valuesOf(executor, [sum, both, op(increment, both)]), [7, 14, 15]);
    },

    "types of the user's own: may be asynchronous, or override nothing": async ({ create }) => {
      const executor = await create();
      assert.deepEqual(await valuesOf(executor, [new Later(), new Nothing(), new Sum()]), [
        "later",
        undefined,
        0,
      ]);
    },

    "types of the user's own: fail like others": async ({ create }) => {
      const executor = await create();
      const error = await rejection(executor.run(new Sum(new Failing())), DependencyError);
      assert.equal(error.label, "Failing");
      assert.ok(error.cause instanceof RangeError);
      assert.deepEqual(error.path, ["Failing", "Sum"]);
    },

    "nodes with options of their own keep their type": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const node = new Sum(op(() => 2)).with({ label: "named" });
      assert.deepEqual(await valuesOf(executor, node), [2]);
      assert.equal(watch.started("named"), 1);
    },
  },
};

export const nodeTypesInside: Group = {
  name: "nodes of every type, seen from inside",
  tests: {
    "DataNode: the very value is passed on, also a node": async ({ create }) => {
      const executor = await create();
      const value = { any: "thing" };
      let calls = 0;
      const inner = op(() => {
        calls++;
      });
      const same = (one: unknown): unknown => one;
      const found = await valuesOf(executor, [new DataNode(value), op(same, new DataNode(value))]);
      assert.equal(found[0], value);
      assert.equal(found[1], value);
      const [node] = await valuesOf(executor, op(same, new DataNode<unknown>(inner)));
      assert.equal(node, inner);
      assert.equal(calls, 0, "a node that is data is not run");
    },

    "CollectNode: its result is no part of the node": async ({ create }) => {
      const executor = await create();
      for (const nodes of [[], [op(() => 1)]]) {
        const node = new CollectNode<unknown>(nodes);
        const [list] = await valuesOf(executor, node);
        (list as unknown[]).push("changed by its owner");
        assert.equal(node.nodes.length, nodes.length);
        assert.equal(nodes.length, node.dependencies().length);
        assert.deepEqual(
          await valuesOf(
            executor,
            op((one: unknown[]) => one.length, node),
          ),
          [nodes.length],
        );
      }
    },
  },
};
