import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { instance } from "@viz-js/viz";
import { DispatchGraph, type DispatchNode } from "../../src/index.ts";

/** Writes the graph of all that `output` needs to `<name>.dot`, `<name>.mmd` and `<name>.svg`. */
export async function draw(output: DispatchNode, folder: string, name: string): Promise<void> {
  const graph = DispatchGraph.from(output);
  const dot = graph.toDot();
  const viz = await instance();
  const svg = viz.renderString(dot, {
    format: "svg",
    // One column for each stage, which are the further apart the longer they are.
    graphAttributes: { rankdir: "LR", nodesep: 0.1, ranksep: 0.5 + graph.size / 60 },
    edgeAttributes: { color: "gray50", arrowsize: 0.7 },
  });
  await writeFile(join(folder, `${name}.dot`), dot);
  await writeFile(join(folder, `${name}.mmd`), graph.toMermaid());
  await writeFile(join(folder, `${name}.svg`), svg);
}
