import fc from "fast-check";
import type { DispatchGraph } from "../../src/graph/graph.ts";
import { type DispatchNode, type Op, op } from "../../src/index.ts";

/** For each node, the numbers of the nodes that it depends on, in the order of its arguments. */
export type Shape = readonly (readonly number[])[];

/** Small shapes in which arguments repeat. In acyclic ones each node depends on earlier ones only. */
export function shapes({ cyclic }: { cyclic: boolean }): fc.Arbitrary<Shape> {
  const dependencies = fc.array(fc.nat(1000), { maxLength: 4 });
  return fc
    .array(dependencies, { minLength: 1, maxLength: 12 })
    .map((raw) =>
      raw.map((list, n) =>
        (cyclic ? list.map((d) => d % raw.length) : list.map((d) => d % n)).filter((d) => d >= 0),
      ),
    );
}

/** A shape and lists of numbers of its nodes. */
export function shapesWith<N extends number>(
  options: { cyclic: boolean },
  lists: N,
): fc.Arbitrary<{ shape: Shape; picked: number[][] }> {
  const list = fc.array(fc.nat(1000), { maxLength: 5 });
  return fc
    .record({ shape: shapes(options), raw: fc.array(list, { minLength: lists, maxLength: lists }) })
    .map(({ shape, raw }) => ({ shape, picked: raw.map((one) => one.map((n) => n % shape.length)) }));
}

/** What the nodes result in: the number of the node and the results of its dependencies. */
export type Result = readonly [number, ...unknown[]];

/** Nodes of the shape, with dependencies directly among the arguments, and inside arrays and objects. */
export function nodesOf(shape: Shape): Op<Result>[] {
  const nodes = shape.map((_, n) =>
    op((...args: unknown[]): Result => [n, ...args.map(bare)]).with({ label: `${n}` }),
  );
  for (const [n, dependencies] of shape.entries()) {
    nodes[n]!.args = dependencies.map((d, i) => wrapped(nodes[d]!, n + i));
  }
  return nodes;
}

function wrapped(node: DispatchNode, way: number): unknown {
  return [node, ["in an array", node], node, { some: "in an object", node }][way % 4];
}

/** A value that was passed in one of these ways; the values themselves are arrays. */
function bare(arg: unknown): unknown {
  if (Array.isArray(arg)) return arg[0] === "in an array" ? arg[1] : arg;
  return (arg as { node: unknown }).node;
}

/** What node `n` must result in, by definition. */
export function resultOf(shape: Shape, n: number): Result {
  return [n, ...shape[n]!.map((d) => resultOf(shape, d))];
}

/** Numbers of nodes, ascending: nodes themselves must not get into matchers, which would loop over them. */
export function numbers(nodes: readonly DispatchNode[], of: readonly DispatchNode[]): number[] {
  return of.map((node) => nodes.indexOf(node)).sort((a, b) => a - b);
}

/** The nodes of a graph in the order of their ids, and its edges. */
export function contents(
  graph: DispatchGraph,
  nodes: readonly DispatchNode[],
): { ids: number[]; edges: string[] } {
  const ids = graph.nodes().map((node) => nodes.indexOf(node));
  const edges = graph
    .nodes()
    .flatMap((node) =>
      graph.predecessors(node).map((one) => `${nodes.indexOf(one)} -> ${nodes.indexOf(node)}`),
    );
  return { ids, edges: edges.sort() };
}
