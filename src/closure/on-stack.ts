import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Script } from "./source.ts";

/** Where a function stands, as the engine knows it. */
export interface Standing {
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

/** Sources that are run as they are: of others the engine has another text than the file. */
const AS_IT_IS = /\.[cm]?js$/;
/** Calls between the user's code and this one, and those of the user's own. */
const DEPTH = 50;

/**
 * The script in which a function stands, if that is a file whose code is calling at present: as a
 * rule the function was written where the graph is run. That spares the first run of a program the
 * long list of all its scripts. The text must be in the file exactly where the engine has it.
 */
export function scriptOnStack({ text, line, column }: Standing): Script | undefined {
  for (const { url, isModule } of filesOnStack()) {
    const script = new Script(url, isModule, 0, 0);
    try {
      script.setSource(readFileSync(fileURLToPath(url), "utf8"));
    } catch {
      continue;
    }
    if (script.offsetOf(text, line, column) !== undefined) return script;
  }
  return undefined;
}

function filesOnStack(): { readonly url: string; readonly isModule: boolean }[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  Error.stackTraceLimit = DEPTH;
  Error.prepareStackTrace = (_, sites) => sites;
  const sites = new Error().stack as unknown as NodeJS.CallSite[];
  Error.prepareStackTrace = prepareStackTrace;
  Error.stackTraceLimit = stackTraceLimit;
  const files = new Map<string, boolean>();
  for (const site of sites) {
    const name = site.getFileName();
    if (name === null || name === undefined || !AS_IT_IS.test(name)) continue;
    // Modules have URLs for names, CommonJS files paths.
    const isModule = name.startsWith("file:");
    if (isModule || name.startsWith("/")) files.set(isModule ? name : pathToFileURL(name).href, isModule);
  }
  return [...files].map(([url, isModule]) => ({ url, isModule }));
}
