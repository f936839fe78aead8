import assert from "node:assert/strict";
import {
  DataNode,
  DispatchGraph,
  type DispatchNode,
  delayed,
  ExecutorError,
  IndexNode,
  op,
} from "../../index.ts";
import { add, assertOf, type Group, increment, rejection, valuesOf, Watch } from "./support.ts";

export const graphs: Group = {
  name: "graphs",
  tests: {
    "one result per leaf, in the order of ids": async ({ create }) => {
      const executor = await create();
      const shared = op(() => 1);
      const a = op(add, shared, 10);
      const b = op(add, shared, 20);
      const graph = DispatchGraph.from([b, shared, a]);
      const found = await executor.run(graph);
      assertOf(found, [b, a]); // shared is no leaf
      assertOf(found, graph.leaves());
      assert.deepEqual(await Promise.all(found.map((one) => one.fetch())), [21, 11]);
    },

    "no result for an empty graph": async ({ create }) => {
      const executor = await create();
      assert.deepEqual(await executor.run(new DispatchGraph()), []);
    },

    "a graph is run as its nodes are now": async ({ create }) => {
      const executor = await create();
      const node = op(add, 1, 2);
      const graph = DispatchGraph.from(node);
      node.args = [op(() => 10), 5];
      assert.deepEqual(await valuesOf(executor, graph), [15]);
      assert.deepEqual(await valuesOf(executor, graph), [15], "and as often as one likes");
    },

    "edges added by hand order execution and pass nothing": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const labelled = (label: string): DispatchNode =>
        delayed((...args: unknown[]) => args.length, { label })();
      const nodes = ["first", "second", "third"].map(labelled);
      const [first, second, third] = nodes as [DispatchNode, DispatchNode, DispatchNode];
      const graph = new DispatchGraph();
      for (const node of [third, second, first]) graph.add(node);
      assert.equal(graph.addEdge(first, second), true);
      assert.equal(graph.addEdge(second, third), true);
      const found = await executor.run(graph);
      assertOf(found, [third]);
      assert.equal(await found[0]!.fetch(), 0, "no arguments");
      assert.deepEqual(watch.order, ["first", "second", "third"]);
      const ends = watch.tasks.filter((event) => event.to === "processing" || event.to === "memory");
      assert.deepEqual(
        ends.map((event) => event.label),
        ["first", "first", "second", "second", "third", "third"],
        "each begins when the one before has ended",
      );
    },

    "a failure passes along edges added by hand": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const before = op(function before() {
        throw new Error("no");
      });
      const after = op(function after() {
        return 1;
      });
      const graph = new DispatchGraph().add(before).add(after);
      graph.addEdge(before, after);
      const [result] = await executor.run(graph, { throwError: false });
      assert.deepEqual(result?.error?.path, ["before", "after"]);
      assert.equal(watch.started("after"), 0);
    },

    "a graph made with inputs takes their results": async ({ create }) => {
      const executor = await create();
      const source = delayed(() => 1, { label: "source" })();
      const middle = op(increment, source);
      const output = op(increment, middle);
      await executor.run(middle);
      const watch = new Watch(executor);
      const graph = DispatchGraph.from(output, [middle]);
      assert.deepEqual(await valuesOf(executor, graph), [3]);
      assert.deepEqual(await valuesOf(executor, graph, { inputs: new Map([[middle, 10]]) }), [11]);
      assert.equal(watch.started("source"), 0, "what lies behind an input is not run");
    },

    "a graph made with inputs needs their results": async ({ create }) => {
      const executor = await create();
      const input = delayed(() => 1, { label: "the input" })();
      const graph = DispatchGraph.from(op(increment, input), [input]);
      const error = await rejection(executor.run(graph), ExecutorError);
      assert.match(error.message, /the input/);
    },

    "inputs given for a run cut a graph off too": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const source = delayed(() => 1, { label: "source" })();
      const middle = op(increment, source);
      const output = op(increment, middle);
      const graph = DispatchGraph.from(output);
      const found = await executor.run(graph, { inputs: new Map([[middle, 10]]) });
      assertOf(found, [output]); // what lies only behind an input is no leaf
      assert.equal(await found[0]!.fetch(), 11);
      assert.equal(watch.started("source"), 0);
    },
  },
};

/** Ways to make a graph that cannot be run, and the labels that the error must name. */
const cyclic: Readonly<Record<string, () => { graph: DispatchNode | DispatchGraph; labels: string[] }>> = {
  "of several nodes, made by changing arguments": () => {
    const a = delayed((_: unknown) => 1, { label: "a" })(0);
    const b = delayed((_: unknown) => 1, { label: "b" })(a);
    const c = delayed((_: unknown) => 1, { label: "c" })(b);
    a.args = [[{ deep: c }]];
    return { graph: op(increment, a), labels: ["a", "b", "c"] };
  },
  "of a node with itself": () => {
    const own = delayed((_: unknown) => 1, { label: "own" })(0);
    own.args = [own];
    return { graph: own, labels: ["own"] };
  },
  "through nodes of other types": () => {
    const list = delayed((_: unknown) => [1], { label: "list" })(0);
    const element = new IndexNode(list, 0, { label: "element" });
    list.args = [element];
    return { graph: element, labels: ["list", "element"] };
  },
  "made by an edge added by hand": () => {
    const a = delayed(() => 1, { label: "a" })();
    const b = delayed((_: unknown) => 1, { label: "b" })(a);
    const graph = DispatchGraph.from(b);
    graph.addEdge(b, a);
    return { graph, labels: ["a", "b"] };
  },
  "made by an edge from a node to itself": () => {
    const own = delayed(() => 1, { label: "own" })();
    const graph = DispatchGraph.from(own);
    graph.addEdge(own, own);
    return { graph, labels: ["own"] };
  },
  "in a part of the graph": () => {
    const fine = op(increment, new DataNode(1));
    const own = delayed((_: unknown) => 1, { label: "own" })(0);
    own.args = [own];
    return { graph: DispatchGraph.from([fine, own]), labels: ["own"] };
  },
};

export const cycles: Group = {
  name: "cycles",
  tests: {
    ...Object.fromEntries(
      Object.entries(cyclic).map(([title, make]) => [
        `are refused before anything runs: ${title}`,
        async ({ create }) => {
          const executor = await create();
          const watch = new Watch(executor);
          const { graph, labels } = make();
          for (const throwError of [true, false]) {
            const error = await rejection(executor.run(graph, { throwError }), ExecutorError);
            for (const label of labels) assert.match(error.message, new RegExp(`"${label}"`));
          }
          assert.equal(watch.all.length, 0);
        },
      ]),
    ),

    "behind an input do not matter": async ({ create }) => {
      const executor = await create();
      const own = op((_: unknown) => 1, 0);
      own.args = [own];
      const input = op(increment, own);
      assert.deepEqual(
        await valuesOf(executor, op(increment, input), { inputs: new Map([[input, 5]]) }),
        [6],
      );
    },

    "leave earlier results as they were": async ({ create }) => {
      const executor = await create();
      const node = op(add, 1, 2);
      const [result] = await executor.run(node);
      node.args = [node, 2];
      await rejection(executor.run(node), ExecutorError);
      assert.equal(await node.fetch(), 3);
      assert.equal(await result.fetch(), 3);
      node.args = [3, 4];
      assert.deepEqual(await valuesOf(executor, node), [7], "and the node can be run again");
    },
  },
};
