import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Case } from "./case.ts";

/** The files of all cases below a folder, by their names. */
export function caseFiles(folder: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const name of readdirSync(folder).sort()) {
    const file = readdirSync(join(folder, name)).find((one) => /^case\.(?:ts|mjs|cjs)$/.test(one));
    if (file !== undefined) files.set(name, join(folder, name, file));
  }
  return files;
}

export async function loadCase(file: string): Promise<Case> {
  // What is CommonJS is to stay so, whatever loads the modules.
  if (file.endsWith(".cjs")) return createRequire(file)(file) as Case;
  return ((await import(pathToFileURL(file).href)) as { default: Case }).default;
}
