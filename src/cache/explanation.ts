import type { DispatchGraph } from "../graph/graph.ts";
import type { DispatchNode } from "../nodes/node.ts";
import type { Lookups } from "./lookups.ts";

/** What would become of one node if it were run now. */
export interface NodeExplanation {
  readonly node: DispatchNode;
  readonly label: string;
  /** In the graph of all that the nodes need, caches apart: 1 for the first output. */
  readonly id: number;
  /** Whether its result is kept; `off` without the option `cache`. */
  readonly cache: "hit" | "miss" | "off";
  /** True if its function would be called. */
  readonly runs: boolean;
  readonly reason: string;
}

/** What would become of the nodes of a graph if it were run now. */
export class Explanation {
  /** In the order of their ids. */
  readonly nodes: readonly NodeExplanation[];

  /** @internal */
  constructor(nodes: readonly NodeExplanation[]) {
    this.nodes = nodes;
  }

  /** What is said of one node; undefined if it is not part of the graph. */
  of(node: DispatchNode): NodeExplanation | undefined {
    return this.nodes.find((one) => one.node === node);
  }

  /** A line for each node. */
  toString(): string {
    const rows = [
      ["id", "label", "cache", "runs", "reason"],
      ...this.nodes.map((one) => [
        ...[String(one.id), one.label, one.cache, one.runs ? "yes" : "no", one.reason],
      ]),
    ];
    const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
    return rows
      .map((row) =>
        row
          .map((text, i) => text.padEnd(widths[i]!))
          .join("  ")
          .trimEnd(),
      )
      .join("\n");
  }
}

/** @param outputs the nodes that results are wanted of */
export function explained(
  graph: DispatchGraph,
  outputs: readonly DispatchNode[],
  inputs: ReadonlyMap<DispatchNode, unknown>,
  lookups: Lookups,
): Explanation {
  const needed = lookups.needed(outputs);
  return new Explanation(
    graph.nodes().map((node, number) => {
      const { label } = node;
      const one = { node, label, id: number + 1 };
      if (inputs.has(node)) return { ...one, cache: "off", runs: false, reason: "its value is given" };
      const lookup = needed.has(node) ? needed.get(node) : lookups.of(node);
      const cache = lookup === undefined ? "off" : lookup.hit === undefined ? "miss" : "hit";
      if (cache === "hit") return { ...one, cache, runs: false, reason: lookup!.reason() };
      if (!needed.has(node))
        return { ...one, cache, runs: false, reason: "only needed for results that are kept" };
      if (lookup !== undefined) return { ...one, cache, runs: true, reason: lookup.reason() };
      const isValue = node.toTask().kind !== "call";
      return { ...one, cache, runs: !isValue, reason: isValue ? "it is a value" : "not cached" };
    }),
  );
}
