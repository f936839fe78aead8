/** Draws the scheduler's states from its own table into `docs/architecture.md`: `npm run diagram`. */

import { readFile, writeFile } from "node:fs/promises";
import { TRANSITIONS } from "../src/core/scheduler/task-state.ts";

const BEGIN = "<!-- states: drawn by npm run diagram -->\n";
const END = "<!-- end of states -->";

/** The diagram as Mermaid text. */
export function stateDiagram(): string {
  const lines = Object.entries(TRANSITIONS).flatMap(([from, targets]) =>
    Object.entries(targets).map(([to, why]) => `  ${from} --> ${to}: ${why}`),
  );
  return ["```mermaid", "stateDiagram-v2", "  [*] --> released", ...lines, "```", ""].join("\n");
}

/** The document with the diagram between its marks. */
export function withDiagram(document: string): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error("docs/architecture.md has lost the marks of the diagram");
  return document.slice(0, begin + BEGIN.length) + stateDiagram() + document.slice(end);
}

if (process.argv[1]?.endsWith("state-diagram.ts")) {
  const file = new URL("../docs/architecture.md", import.meta.url);
  await writeFile(file, withDiagram(await readFile(file, "utf8")));
}
