import { drawnLabel } from "./dot.ts";
import type { DispatchGraph } from "./graph.ts";

const BRACKETS: Readonly<Record<string, readonly [string, string]>> = {
  Op: ["[", "]"],
  DataNode: ["[(", ")]"],
  IndexNode: ["([", "])"],
  CollectNode: ["[/", "\\]"],
};

/** The graph as a Mermaid flowchart: dependencies point to their dependents, order-only edges are dotted. */
export function toMermaid(graph: DispatchGraph): string {
  const lines = ["flowchart TD"];
  const nodes = graph.nodes();
  for (const node of nodes) {
    const [open, close] = BRACKETS[node.typeName] ?? ["[", "]"];
    lines.push(`  n${graph.idOf(node)}${open}"${escapeLabel(drawnLabel(node))}"${close}`);
  }
  for (const node of nodes) {
    for (const parent of graph.predecessors(node)) {
      const arrow = graph.isOrderOnly(parent, node) ? "-.->" : "-->";
      lines.push(`  n${graph.idOf(parent)} ${arrow} n${graph.idOf(node)}`);
    }
  }
  lines.push("");
  return lines.join("\n");
}

/** Mermaid reads `#name;` as a character, and the rest as text, Markdown or directives; without text it fails. */
function escapeLabel(text: string): string {
  if (text === "") return " ";
  return text.replaceAll(/[#"<>&`*_%\\\n]/g, (character) =>
    character === "\n" ? "<br/>" : `#${character.charCodeAt(0)};`,
  );
}
