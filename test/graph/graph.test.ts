import { setImmediate as nextTurn } from "node:timers/promises";
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DataNode,
  DispatchGraph,
  type DispatchNode,
  delayed,
  ExecutorError,
  fileCache,
  type NodeOptions,
  type Op,
  op,
  SequentialExecutor,
} from "../../src/index.ts";
import { contents, nodesOf, numbers, shapesWith } from "./random-graphs.ts";

const leaf = (label: string): Op<number> => op(() => 0).with({ label });
const add = (a: number, b: number): number => a + b;

describe("a graph built by hand", () => {
  it("takes nodes and edges", () => {
    const [a, b] = [leaf("a"), leaf("b")];
    const graph = new DispatchGraph().add(a).add(b);
    expect(graph.addEdge(a, b)).toBe(true);
    expect(graph.size).toBe(2);
    expect([graph.idOf(a), graph.idOf(b)]).toEqual([1, 2]);
    expect(contents(graph, [a, b])).toEqual({ ids: [0, 1], edges: ["0 -> 1"] });
    expect(numbers([a, b], graph.successors(a))).toEqual([1]);
    expect(numbers([a, b], graph.leaves())).toEqual([1]);
  });

  it("takes each node and each edge once", () => {
    const [a, b] = [leaf("a"), leaf("b")];
    const graph = new DispatchGraph();
    expect(graph.add(a)).toBe(graph);
    graph.add(b).add(a);
    expect(graph.size).toBe(2);
    expect([graph.addEdge(a, b), graph.addEdge(a, b)]).toEqual([true, false]);
    expect(graph.predecessors(b)).toHaveLength(1);
  });

  it("does not add the edges that arguments make again", () => {
    const a = leaf("a");
    const b = op(add, a, 1);
    const graph = DispatchGraph.from(b);
    expect(graph.addEdge(a, b)).toBe(false);
    expect(graph.isOrderOnly(a, b)).toBe(false);
    expect(graph.addEdge(b, a)).toBe(true);
    expect(graph.isOrderOnly(b, a)).toBe(true);
  });

  it("answers anew after each change", () => {
    const nodes = [leaf("a"), leaf("b"), leaf("c"), leaf("d")];
    const [a, b, c, d] = nodes as [Op, Op, Op, Op];
    const graph = new DispatchGraph().add(a).add(b);
    expect(graph.successors(a)).toEqual([]);
    graph.addEdge(a, b);
    expect(numbers(nodes, graph.successors(a))).toEqual([1]);
    graph.add(c).add(d);
    expect([graph.successors(c), graph.successors(d)]).toEqual([[], []]);
    graph.addEdge(a, c);
    expect(numbers(nodes, graph.successors(a))).toEqual([1, 2]);
    expect(numbers(nodes, graph.leaves())).toEqual([1, 2, 3]);
  });

  it("holds loops and cycles", () => {
    const [a, b] = [leaf("a"), leaf("b")];
    const graph = new DispatchGraph().add(a).add(b);
    expect(graph.addEdge(a, a)).toBe(true);
    expect(graph.addEdge(a, b)).toBe(true);
    expect(graph.addEdge(b, a)).toBe(true);
    expect(numbers([a, b], graph.predecessors(a))).toEqual([0, 1]);
    expect(graph.leaves()).toEqual([]);
  });

  it("takes a node without what it needs", () => {
    const a = leaf("a");
    const graph = new DispatchGraph().add(op(add, a, 1));
    expect(graph.size).toBe(1);
    expect(graph.has(a)).toBe(false);
  });

  it("lets edges added by hand order, and nothing else", async () => {
    await using executor = new SequentialExecutor();
    const order: string[] = [];
    const say = (what: string, ...rest: unknown[]): number => order.push(what) + rest.length;
    const [a, b] = [op(say, "a"), op(say, "b")];
    const graph = new DispatchGraph().add(a).add(b);
    graph.addEdge(b, a);
    await executor.run(graph);
    expect(order).toEqual(["b", "a"]);
    expect(await a.fetch()).toBe(2);
  });

  it("refuses what is no node", () => {
    expect(() => new DispatchGraph().add(5 as never)).toThrow(TypeError);
    expect(() => new DispatchGraph().add(undefined as never)).toThrow(TypeError);
  });

  it("does not let its insides be changed", () => {
    const graph = new DispatchGraph().add(leaf("a"));
    (graph.nodes() as DispatchNode[]).pop();
    (graph.leaves() as DispatchNode[]).pop();
    expect(graph.nodes()).toHaveLength(1);
    expect(graph.leaves()).toHaveLength(1);
  });
});

describe("an unknown node", () => {
  const known = leaf("known");
  const unknown = leaf("unknown");
  const graph = new DispatchGraph().add(known);

  it.each<[string, () => unknown]>([
    ["idOf", () => graph.idOf(unknown)],
    ["predecessors", () => graph.predecessors(unknown)],
    ["successors", () => graph.successors(unknown)],
    ["addEdge, as parent", () => graph.addEdge(unknown, known)],
    ["addEdge, as child", () => graph.addEdge(known, unknown)],
    ["isOrderOnly, as parent", () => graph.isOrderOnly(unknown, known)],
    ["isOrderOnly, as child", () => graph.isOrderOnly(known, unknown)],
    ["subgraph, as endpoint", () => graph.subgraph([unknown])],
    ["subgraph, as root", () => graph.subgraph([], [unknown])],
  ])("is an ExecutorError for %s", (_, ask) => {
    expect(ask).toThrow(ExecutorError);
    expect(ask).toThrow('does not contain Op(pending,anonymous,"unknown")');
  });

  it("is an ExecutorError when it is no node at all", () => {
    expect(() => graph.idOf(undefined as never)).toThrow(ExecutorError);
  });

  it("is no error for has", () => {
    expect(graph.has(unknown)).toBe(false);
    expect(graph.has(known)).toBe(true);
  });
});

describe("equals", () => {
  // The graph of Dispatcher.jl's own tests.
  const EDGES = [
    [2, 1],
    [2, 3],
    [3, 4],
    [3, 5],
    [4, 6],
    [5, 6],
    [6, 7],
    [6, 8],
    [9, 8],
    [9, 10],
  ] as const;

  it("does not depend on the order in which nodes and edges came in", () => {
    const nodes = Array.from({ length: 11 }, (_, i) => leaf(`${i}`));
    const [one, other] = [new DispatchGraph(), new DispatchGraph()];
    for (const node of nodes) one.add(node);
    for (const [parent, child] of EDGES) one.addEdge(nodes[parent]!, nodes[child]!);
    for (const node of nodes.toReversed()) other.add(node);
    for (const [parent, child] of EDGES.toReversed()) {
      expect(one.equals(other)).toBe(false);
      expect(other.equals(one)).toBe(false);
      other.addEdge(nodes[parent]!, nodes[child]!);
    }
    expect(one.equals(other)).toBe(true);
    expect(other.equals(one)).toBe(true);
    other.add(nodes[1]!);
    expect(one.equals(other)).toBe(true);
    other.addEdge(nodes[2]!, nodes[10]!);
    expect(one.equals(other)).toBe(false);
  });

  it("compares nodes by identity", () => {
    const [a, b] = [new DataNode(1), new DataNode(1)];
    expect(DispatchGraph.from(a).equals(DispatchGraph.from(b))).toBe(false);
    expect(DispatchGraph.from(a).equals(DispatchGraph.from(a))).toBe(true);
  });

  it("is what it says for graphs of all kinds", () => {
    fc.assert(
      fc.property(shapesWith({ cyclic: true }, 3), ({ shape, picked: [outputs, inputs, others] }) => {
        const nodes = nodesOf(shape);
        const pick = (list: readonly number[]): Op[] => list.map((n) => nodes[n]!);
        // Inputs make a difference in edges, and not always one in nodes.
        const one = DispatchGraph.from(nodes, pick(inputs!));
        const other = DispatchGraph.from(nodes, pick(others!));
        const part = DispatchGraph.from(pick(outputs!), pick(inputs!));
        const sorted = (graph: DispatchGraph): unknown => {
          const { ids, edges } = contents(graph, nodes);
          return { ids: ids.toSorted(), edges };
        };
        for (const [a, b] of [
          [one, other],
          [other, one],
          [one, part],
          [part, other],
        ] as const) {
          expect(a.equals(b)).toBe(JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)));
        }
      }),
      { numRuns: 500 },
    );
  });

  // A comparison that follows paths would never come to an end here: there are 2^100000 of them.
  it("is linear in a ladder of diamonds", () => {
    let top: DispatchNode<number> = leaf("bottom");
    for (let i = 0; i < 100_000 / 3; i++) {
      top = op(add, op(add, top, 1), op(add, top, 2));
    }
    const one = DispatchGraph.from(top);
    expect(one.size).toBeGreaterThan(100_000 - 3);
    expect(one.equals(DispatchGraph.from(top))).toBe(true);
    expect(one.equals(DispatchGraph.from(top, [leaf("other")]))).toBe(true);
    expect(one.equals(DispatchGraph.from([top, leaf("other")]))).toBe(false);
  });
});

describe("several graphs over the same nodes", () => {
  interface Step {
    readonly kind: "add" | "addEdge" | "ask";
    readonly graph: 0 | 1 | 2;
    readonly a: number;
    readonly b: number;
  }

  const steps: fc.Arbitrary<Step[]> = fc.array(
    fc.record({
      kind: fc.constantFrom("add", "addEdge", "ask"),
      graph: fc.constantFrom(0, 1, 2),
      a: fc.nat(5),
      b: fc.nat(5),
    }),
    { maxLength: 40 },
  );

  /** Where edges from `n` lead. */
  const behind = (edges: ReadonlySet<string>, n: number): number[] =>
    [...edges]
      .filter((edge) => edge.startsWith(`${n} `))
      .map((edge) => Number(edge.split(" -> ")[1]))
      .sort();

  // A node remembers its number in one graph only: the graph that numbered it last.
  it("stay apart, whichever was used last", () => {
    fc.assert(
      fc.property(steps, (list) => {
        const nodes = Array.from({ length: 6 }, (_, i) => leaf(`${i}`));
        const graphs = [0, 1, 2].map(() => ({
          graph: new DispatchGraph(),
          ids: [] as number[],
          edges: new Set<string>(),
        }));
        for (const { kind, graph: which, a, b } of list) {
          const { graph, ids, edges } = graphs[which]!;
          const [parent, child] = [nodes[a]!, nodes[b]!];
          const known = ids.includes(a) && ids.includes(b);
          if (kind === "add") {
            graph.add(parent);
            if (!ids.includes(a)) ids.push(a);
          } else if (kind === "addEdge" && known) {
            expect(graph.addEdge(parent, child)).toBe(!edges.has(`${a} -> ${b}`));
            edges.add(`${a} -> ${b}`);
          } else if (kind === "addEdge") {
            expect(() => graph.addEdge(parent, child)).toThrow(ExecutorError);
          } else {
            expect(graph.has(parent)).toBe(ids.includes(a));
            // What was worked out for an answer must not outlive the next change.
            if (ids.includes(a)) expect(numbers(nodes, graph.successors(parent))).toEqual(behind(edges, a));
          }
        }
        for (const { graph, ids, edges } of graphs) {
          expect(contents(graph, nodes)).toEqual({ ids, edges: [...edges].sort() });
          for (const n of ids) expect(numbers(nodes, graph.successors(nodes[n]!))).toEqual(behind(edges, n));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("stay right when others are built from nodes that they share", () => {
    fc.assert(
      fc.property(shapesWith({ cyclic: true }, 4), ({ shape, picked }) => {
        const nodes = nodesOf(shape);
        const build = (list: readonly number[]): DispatchGraph =>
          DispatchGraph.from(list.map((n) => nodes[n]!));
        const before = picked.map((list) => contents(build(list), nodes));
        const graphs = picked.map(build);
        const again = graphs.map((graph) => contents(graph, nodes));
        expect(again).toEqual(before);
        expect(graphs.map((graph) => contents(graph.subgraph(graph.leaves()), nodes).edges)).toEqual(
          graphs.map((graph) => contents(graph.subgraph(graph.leaves()), nodes).edges),
        );
        expect(graphs.map((graph) => contents(graph, nodes))).toEqual(before);
      }),
      { numRuns: 200 },
    );
  });

  it("are not kept by nodes that outlive them", async () => {
    const shared = leaf("shared");
    const graph = (() => {
      const top = op(add, shared, 1);
      return new WeakRef(DispatchGraph.from(top));
    })();
    // A weak reference holds its target until the end of the turn in which it was made.
    for (let i = 0; i < 5 && graph.deref() !== undefined; i++) {
      await nextTurn();
      globalThis.gc?.();
    }
    expect(graph.deref()).toBeUndefined();
    expect(shared.label).toBe("shared");
  });
});

describe("a graph for a run", () => {
  it("says whether a node has the option cache", () => {
    const uses = (options: NodeOptions): boolean => {
      const node = delayed((n: number) => n, options)(1);
      return DispatchGraph.from(op(add, node, 1)).usesCache;
    };
    expect([{}, { cache: false }, { cache: true }, { cache: fileCache("a") }].map(uses)).toEqual([
      ...[false, false, true, true],
    ]);
  });

  it("takes one more node that needs one of its nodes, after all others", () => {
    const [a, b] = [leaf("a"), leaf("b")];
    const graph = DispatchGraph.from(op(add, a, b));
    const more = op(add, a, 1);
    graph.attach(more, a);
    expect(graph.idOf(more)).toBe(graph.size);
    expect(graph.predecessors(more).map((node) => node.label)).toEqual(["a"]);
    expect(graph.leaves()).toHaveLength(2);
  });
});

describe("text of a graph", () => {
  it("is one short line", () => {
    const graph = DispatchGraph.from(Array.from({ length: 10_000 }, () => leaf("a")));
    expect(String(graph)).toBe("DispatchGraph(10000 nodes)");
    expect(inspect(graph)).toBe(String(graph));
  });
});
