import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DispatchGraph, type Op, op } from "../../src/index.ts";
import { contents, nodesOf, type Shape, shapesWith } from "./random-graphs.ts";

/** The examples of Dispatcher.jl's tests: ten nodes, numbered from 1, with these edges. */
const EDGES: readonly [number, number][] = [
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
];

function example(): { nodes: Op[]; graph: DispatchGraph; part: (kept: number[]) => DispatchGraph } {
  const nodes = Array.from({ length: 11 }, (_, i) => op(() => i).with({ label: `${i}` }));
  const part = (kept: number[]): DispatchGraph => {
    const graph = new DispatchGraph();
    for (const n of kept) graph.add(nodes[n]!);
    for (const [a, b] of EDGES) if (kept.includes(a) && kept.includes(b)) graph.addEdge(nodes[a]!, nodes[b]!);
    return graph;
  };
  return { nodes, graph: part([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), part };
}

describe("the part before endpoints", () => {
  it.each([
    [[9, 10], [], [9, 10]],
    [[10], [], [9, 10]],
    [[1, 7], [], [1, 2, 3, 4, 5, 6, 7]],
    // Roots are kept, whether they lead to an endpoint or not, and what lies only behind them is not.
    [[7], [6], [6, 7]],
    [[8], [6], [6, 8, 9]],
    [[7], [4], [2, 3, 4, 5, 6, 7]],
    [[7], [4, 5], [4, 5, 6, 7]],
    [[10], [7], [7, 9, 10]],
    [[6], [6], [6]],
  ])("endpoints %j and roots %j leave %j", (endpoints, roots, kept) => {
    const { nodes, graph, part } = example();
    const found = graph.subgraph(
      endpoints.map((n) => nodes[n]!),
      roots.map((n) => nodes[n]!),
    );
    expect(found.nodes().map((node) => Number(node.label))).toEqual(kept);
    expect(found.equals(part(kept))).toBe(true);
  });

  it("takes single nodes too", () => {
    const { nodes, graph, part } = example();
    expect(graph.subgraph(nodes[7]!, nodes[6]!).equals(part([6, 7]))).toBe(true);
  });
});

describe("the part behind roots", () => {
  it.each([
    [[6], [1, 2, 6, 7, 8, 9, 10]],
    [
      [6, 5],
      [1, 2, 6, 7, 8, 9, 10],
    ],
    [
      [1, 7, 8, 10],
      [1, 7, 8, 10],
    ],
    [[3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    [
      [1, 3],
      [1, 3, 4, 5, 6, 7, 8, 9, 10],
    ],
    [[], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
  ])("roots %j leave %j", (roots, kept) => {
    const { nodes, graph, part } = example();
    const found = graph.subgraph(
      [],
      roots.map((n) => nodes[n]!),
    );
    expect(found.equals(part(kept))).toBe(true);
  });
});

/** The rules as they are written, by repeated application. */
function reference(shape: Shape, endpoints: readonly number[], roots: readonly number[]): number[] {
  const all = shape.map((_, n) => n);
  const dependents = (n: number): number[] => all.filter((one) => shape[one]!.includes(n));
  if (endpoints.length > 0) {
    const kept = new Set([...roots, ...endpoints]);
    for (let before = -1; before !== kept.size; ) {
      before = kept.size;
      for (const n of all) {
        const open = dependents(n).some((one) => kept.has(one) && !roots.includes(one));
        if (open) kept.add(n);
      }
    }
    return all.filter((n) => kept.has(n));
  }
  const ancestors = new Set<number>();
  for (let before = -1; before !== ancestors.size; ) {
    before = ancestors.size;
    for (const n of all) {
      if (dependents(n).some((one) => roots.includes(one) || ancestors.has(one))) ancestors.add(n);
    }
  }
  const dropped = new Set<number>();
  for (let before = -1; before !== dropped.size; ) {
    before = dropped.size;
    for (const n of ancestors) {
      if (dependents(n).every((one) => roots.includes(one) || dropped.has(one))) dropped.add(n);
    }
  }
  return all.filter((n) => !dropped.has(n));
}

describe.each([
  ["acyclic graphs", false],
  ["graphs with cycles", true],
])("in %s", (_, cyclic) => {
  it.each([
    ["endpoints and roots", true],
    ["roots alone", false],
  ])("subgraph keeps what the rules say for %s", (_name, withEndpoints) => {
    fc.assert(
      fc.property(shapesWith({ cyclic }, 2), ({ shape, picked }) => {
        const endpoints = withEndpoints ? picked[0]! : [];
        const roots = picked[1]!;
        const nodes = nodesOf(shape);
        // All nodes as outputs, so that they have the numbers of the shape.
        const graph = DispatchGraph.from(nodes);
        const part = graph.subgraph(
          endpoints.map((n) => nodes[n]!),
          roots.map((n) => nodes[n]!),
        );
        const kept = reference(shape, endpoints, roots);
        const edges = kept.flatMap((n) =>
          [...new Set(shape[n]!)].filter((d) => kept.includes(d)).map((d) => `${d} -> ${n}`),
        );
        expect(contents(part, nodes)).toEqual({ ids: kept, edges: edges.sort() });
      }),
      { numRuns: 500 },
    );
  });
});

describe("the new graph", () => {
  it("has ids of its own and leaves the old one alone", () => {
    const { nodes, graph, part } = example();
    const found = graph.subgraph([nodes[10]!]);
    expect(found.idOf(nodes[9]!)).toBe(1);
    expect(found.idOf(nodes[10]!)).toBe(2);
    expect(graph.idOf(nodes[10]!)).toBe(10);
    expect(graph.equals(part([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]))).toBe(true);
  });

  it("knows which edges only order", () => {
    const a = op(() => 1);
    const b = op((x: number) => x, a);
    const c = op(() => 3);
    const graph = DispatchGraph.from([b, c]);
    graph.addEdge(b, c);
    graph.addEdge(a, c);
    const found = graph.subgraph([c], [b]);
    expect(found.size).toBe(3);
    expect(found.isOrderOnly(b, c)).toBe(true);
    expect(found.isOrderOnly(a, c)).toBe(true);
    expect(found.isOrderOnly(a, b)).toBe(false);
    expect(graph.subgraph([b]).size).toBe(2);
  });
});
