import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { lower } from "../../src/graph/lower.ts";
import { CollectNode, DispatchGraph, type DispatchNode, type IndexNode, op } from "../../src/index.ts";

const next = (x: number): number => x + 1;

function chain(length: number): DispatchNode<number>[] {
  const nodes: DispatchNode<number>[] = [op(next, 0)];
  while (nodes.length < length) nodes.push(op(next, nodes.at(-1)!));
  return nodes;
}

// Whatever follows dependencies by recursion overflows the stack here.
describe("a chain of 100 000 nodes", () => {
  const nodes = chain(100_000);
  const [first, last] = [nodes[0]!, nodes.at(-1)!];

  it("is built, and answers", () => {
    const graph = DispatchGraph.from(last);
    expect(graph.size).toBe(100_000);
    expect(graph.idOf(first)).toBe(100_000);
    expect(graph.leaves()).toHaveLength(1);
    expect(graph.successors(first)[0]).toBe(nodes[1]);
    expect(graph.predecessors(last)[0]).toBe(nodes.at(-2));
    expect(graph.equals(DispatchGraph.from(last))).toBe(true);
  });

  it("is ordered", () => {
    const lowered = lower(DispatchGraph.from(last), new Map());
    expect(lowered.taskOf(first)).toBe(0);
    expect(lowered.taskOf(last)).toBe(99_999);
  });

  it("is refused when its ends meet", () => {
    const ring = chain(100_000);
    const graph = DispatchGraph.from(ring.at(-1)!);
    graph.addEdge(ring.at(-1)!, ring[0]!);
    expect(() => lower(graph, new Map())).toThrow("cycle");
  });

  it("is taken apart", () => {
    const graph = DispatchGraph.from(last);
    expect(graph.subgraph([last], [nodes[50_000]!]).size).toBe(50_000);
    expect(graph.subgraph([], [last]).size).toBe(1);
  });

  it("is drawn", () => {
    const graph = DispatchGraph.from(last);
    expect(graph.toDot().match(/->/g)).toHaveLength(99_999);
    expect(graph.toMermaid().match(/-->/g)).toHaveLength(99_999);
  });

  it("is printed in short lines", () => {
    for (const text of [String(last), last.summary(), inspect(last), inspect(DispatchGraph.from(last))]) {
      expect(text.length).toBeLessThan(1000);
    }
  });

  it("may be one of elements", () => {
    let element: IndexNode = op(() => [0] as unknown).at(0);
    for (let i = 0; i < 100_000; i++) element = element.at(0);
    const graph = DispatchGraph.from(element);
    expect(graph.size).toBe(100_002);
    expect(graph.toDot().length).toBeGreaterThan(100_000);
    expect(graph.toMermaid().length).toBeGreaterThan(100_000);
    expect(lower(graph, new Map()).taskOf(element)).toBe(100_001);
  });

  it("may be collected", () => {
    const all = new CollectNode(nodes);
    const graph = DispatchGraph.from(all);
    expect(graph.predecessors(all)).toHaveLength(100_000);
    expect(graph.toDot().match(/->/g)).toHaveLength(199_999);
    expect(lower(graph, new Map()).taskOf(all)).toBe(100_000);
  });
});

it("a chain of 1 000 000 nodes becomes a graph", () => {
  const nodes = chain(1_000_000);
  const graph = DispatchGraph.from(nodes.at(-1)!);
  expect(graph.size).toBe(1_000_000);
  expect(graph.idOf(nodes[0]!)).toBe(1_000_000);
});
