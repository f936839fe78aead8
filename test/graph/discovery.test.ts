import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CollectNode,
  DataNode,
  DispatchGraph,
  DispatchNode,
  ExecutorError,
  type Op,
  op,
} from "../../src/index.ts";
import { contents, nodesOf, numbers, type Shape, shapesWith } from "./random-graphs.ts";

/** The walk of Dispatcher.jl, word for word and without regard to speed. */
function reference(shape: Shape, outputs: readonly number[], inputs: readonly number[]) {
  const ids: number[] = [];
  const edges = new Set<string>();
  const insert = (n: number): void => {
    if (!ids.includes(n)) ids.push(n);
  };
  for (const n of outputs) insert(n);
  const visited = new Set<number>();
  const toVisit = outputs.slice();
  while (toVisit.length > 0) {
    const n = toVisit.pop()!;
    if (visited.has(n) || inputs.includes(n)) continue;
    visited.add(n);
    for (const dependency of shape[n]!) {
      toVisit.push(dependency);
      insert(dependency);
      edges.add(`${dependency} -> ${n}`);
    }
  }
  return { ids, edges: [...edges].sort() };
}

describe("DispatchGraph.from", () => {
  it.each([
    ["acyclic graphs", false],
    ["graphs with cycles", true],
  ])("numbers the nodes of %s as Dispatcher.jl does", (_, cyclic) => {
    fc.assert(
      fc.property(shapesWith({ cyclic }, 2), ({ shape, picked: [picked, inputs] }) => {
        const outputs = [...new Set(picked)];
        const nodes = nodesOf(shape);
        const graph = DispatchGraph.from(
          outputs.map((n) => nodes[n]!),
          inputs!.map((n) => nodes[n]!),
        );
        expect(contents(graph, nodes)).toEqual(reference(shape, outputs, inputs!));
      }),
      { numRuns: 1000 },
    );
  });

  it("answers all its questions alike", () => {
    fc.assert(
      fc.property(shapesWith({ cyclic: true }, 2), ({ shape, picked: [picked, inputs] }) => {
        const outputs = [...new Set(picked)];
        const nodes = nodesOf(shape);
        const graph = DispatchGraph.from(
          outputs.map((n) => nodes[n]!),
          inputs!.map((n) => nodes[n]!),
        );
        const { ids, edges } = reference(shape, outputs, inputs!);
        const neighbours = (n: number, from: 0 | 1): number[] =>
          edges
            .map((edge) => edge.split(" -> ").map(Number) as [number, number])
            .filter((edge) => edge[from] === n)
            .map((edge) => edge[from === 0 ? 1 : 0])
            .sort((a, b) => a - b);
        expect(graph.size).toBe(ids.length);
        for (const [n, node] of nodes.entries()) {
          expect(graph.has(node)).toBe(ids.includes(n));
          if (!ids.includes(n)) continue;
          expect(graph.idOf(node)).toBe(ids.indexOf(n) + 1);
          expect(numbers(nodes, graph.predecessors(node))).toEqual(neighbours(n, 1));
          expect(numbers(nodes, graph.successors(node))).toEqual(neighbours(n, 0));
        }
        const leaves = ids.filter((n) => neighbours(n, 0).length === 0);
        expect(graph.leaves().map((node) => nodes.indexOf(node as Op<never>))).toEqual(leaves);
      }),
      { numRuns: 500 },
    );
  });

  it("gives the outputs the first ids, in their order", () => {
    const a = new DataNode(1);
    const b = op((x: number) => x, a);
    const c = op((x: number, y: number) => x + y, a, b);
    const graph = DispatchGraph.from([b, c, b, a]);
    expect([b, c, a].map((node) => graph.idOf(node))).toEqual([1, 2, 3]);
    expect(graph.size).toBe(3);
  });

  // It has one id, that of its first place, and is followed from its last place.
  it("takes an output that is there twice as Dispatcher.jl does", () => {
    const shape = [[2], [3], [], []];
    const nodes = nodesOf(shape);
    const outputs = [0, 1, 0];
    const graph = DispatchGraph.from(outputs.map((n) => nodes[n]!));
    expect(contents(graph, nodes)).toEqual(reference(shape, outputs, []));
  });

  it("follows the last argument first", () => {
    const named = (label: string, ...args: unknown[]): Op =>
      op((..._: unknown[]) => 0, ...args).with({ label });
    const a = named("a", named("a1"), named("a2"));
    const b = named("b", named("b1"), named("b2"));
    const graph = DispatchGraph.from(named("top", a, b));
    expect(graph.nodes().map((node) => node.label)).toEqual(["top", "a", "b", "b1", "b2", "a1", "a2"]);
  });

  it("gives graphs that are built alike the same ids", () => {
    const build = (): DispatchGraph => {
      const x = op(Math.abs, 1);
      return DispatchGraph.from(op(Math.max, op(Math.min, x, 3), op(Math.min, x, 4)));
    };
    const shape = (graph: DispatchGraph): unknown =>
      graph.nodes().map((node) => [node.label, graph.predecessors(node).map((one) => graph.idOf(one))]);
    expect(shape(build())).toEqual(shape(build()));
  });

  it("takes one node, or anything that holds nodes", () => {
    const [a, b] = [new DataNode(1), new DataNode(2)];
    expect(DispatchGraph.from(a).size).toBe(1);
    expect(DispatchGraph.from(new Set([a, b, a])).size).toBe(2);
    expect(DispatchGraph.from([a, b].values()).size).toBe(2);
    expect(DispatchGraph.from([]).size).toBe(0);
  });

  it.each([
    ["null", null],
    ["a number", 5],
    ["text", "ab"],
    ["an object", {}],
    ["an array with something else", [new DataNode(1), 5]],
    ["an array with a hole", new Array(1)],
  ])("refuses %s as outputs and as inputs", (_, nodes) => {
    expect(() => DispatchGraph.from(nodes as never)).toThrow(TypeError);
    expect(() => DispatchGraph.from([], nodes as never)).toThrow(TypeError);
  });

  it("says which output or input is no node", () => {
    expect(() => DispatchGraph.from([new DataNode(1), 5] as never)).toThrow("output 1 is not a node: 5");
    expect(() => DispatchGraph.from([], [5] as never)).toThrow("input 0 is not a node: 5");
  });
});

describe("inputs", () => {
  const chain = (): DispatchNode<number>[] => {
    const nodes: DispatchNode<number>[] = [new DataNode(0)];
    for (let i = 0; i < 3; i++) nodes.push(op((x: number) => x + 1, nodes[i]!));
    return nodes;
  };

  it("cut off what lies only behind them", () => {
    const [, b, c, d] = chain();
    const graph = DispatchGraph.from(d!, [c!]);
    expect(graph.size).toBe(2);
    expect(graph.has(c!)).toBe(true);
    expect(graph.has(b!)).toBe(false);
    expect(graph.predecessors(c!)).toEqual([]);
    expect([...graph.inputs()]).toHaveLength(1);
  });

  it("leave what is needed otherwise", () => {
    const [, b, c, d] = chain();
    const both = op((x: number, y: number) => x + y, d!, b!);
    const graph = DispatchGraph.from(both, [c!]);
    expect(graph.has(b!)).toBe(true);
    expect(graph.predecessors(c!)).toEqual([]);
  });

  it("may be outputs, and may be unneeded", () => {
    const [a, , , d] = chain();
    const stranger = new DataNode(7);
    const graph = DispatchGraph.from([d!], [d!, stranger]);
    expect(graph.size).toBe(1);
    expect(graph.has(stranger)).toBe(false);
    expect(graph.has(a!)).toBe(false);
  });
});

describe("user-defined node types", () => {
  class Mine extends DispatchNode {
    readonly needs: () => readonly DispatchNode[];
    constructor(needs: () => readonly DispatchNode[]) {
      super();
      this.needs = needs;
    }
    override dependencies() {
      return this.needs();
    }
  }

  it("are asked for their dependencies", () => {
    const [a, b] = [new DataNode(1), new DataNode(2)];
    const mine = new Mine(() => [b, a, b]);
    const graph = DispatchGraph.from(new CollectNode([mine]));
    expect(graph.size).toBe(4);
    expect(graph.predecessors(mine)).toHaveLength(2);
    expect(graph.predecessors(mine)[0]).toBe(b);
  });

  it("cannot build a graph in the middle of it", () => {
    const a = new DataNode(1);
    const mine = new Mine(() => [DispatchGraph.from(a).nodes()[0]!]);
    expect(() => DispatchGraph.from(mine)).toThrow(ExecutorError);
    expect(() => DispatchGraph.from(mine)).toThrow("must not build or run a graph");
  });

  // Another graph's mark on a node that is numbered already would make it a second node.
  it("cannot add to a graph in the middle of it, unless that does no harm", () => {
    const a = new DataNode(1);
    const mine = new Mine(() => {
      new DispatchGraph().add(a);
      return [a];
    });
    const build = (): number => {
      try {
        return DispatchGraph.from([a, mine]).size;
      } catch (error) {
        if (error instanceof ExecutorError) return 2;
        throw error;
      }
    };
    expect(build()).toBe(2);
  });

  it("can fail to name their dependencies without harm to the next graph", () => {
    const broken = new Mine(() => {
      throw new Error("broken");
    });
    expect(() => DispatchGraph.from(broken)).toThrow("broken");
    expect(DispatchGraph.from(new DataNode(1)).size).toBe(1);
  });
});
