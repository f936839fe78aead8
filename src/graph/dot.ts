import type { DispatchNode } from "../nodes/node.ts";
import { shortened } from "../shown.ts";
import type { DispatchGraph } from "./graph.ts";

const SHAPES: Readonly<Record<string, string>> = {
  Op: "box",
  DataNode: "cylinder",
  IndexNode: "ellipse",
  CollectNode: "invtrapezium",
};

/**
 * The graph in the DOT language: dependencies point to their dependents, order-only edges are dashed.
 * One line for each node and edge.
 */
export function toDot(graph: DispatchGraph): string {
  const lines = ["digraph {", '  node [shape=box, style=rounded, fontname="sans-serif"];'];
  const nodes = graph.nodes();
  for (const node of nodes) {
    const shape = SHAPES[node.typeName];
    const look = shape === undefined || shape === "box" ? "" : `, shape=${shape}, style=""`;
    lines.push(`  n${graph.idOf(node)} [label=${quote(drawnLabel(node))}${look}];`);
  }
  for (const node of nodes) {
    for (const parent of graph.predecessors(node)) {
      const dashed = graph.isOrderOnly(parent, node) ? " [style=dashed]" : "";
      lines.push(`  n${graph.idOf(parent)} -> n${graph.idOf(node)}${dashed};`);
    }
  }
  lines.push("}", "");
  return lines.join("\n");
}

const LONGEST_LABEL = 60;

/** A node's label as drawings can show it: short, and without control characters but line ends. */
export function drawnLabel(node: DispatchNode): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about
  const text = node.label.replaceAll(/\r\n?/g, "\n").replaceAll(/[\0-\x08\x0b-\x1f\x7f]/g, "\ufffd");
  return shortened(text, LONGEST_LABEL);
}

function quote(text: string): string {
  return `"${text
    .replaceAll("&", "&amp;")
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("\n", "\\n")}"`;
}
