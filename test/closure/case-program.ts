import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Library } from "../../src/closure/library.ts";
import type { Case } from "./case.ts";
import { CaseRunner } from "./case-runner.ts";

/** By the names of the cases: what was wrong. */
export type Report = Readonly<Record<string, readonly string[]>>;

/** Runs cases in a program of their own, and prints a `Report` as its last line. */
export async function report(
  root: string,
  cases: Iterable<[name: string, () => Promise<Case>]>,
  isMangled = false,
): Promise<void> {
  const library = join(root, "dist/closure/library.js");
  const built = (await import(pathToFileURL(library).href)) as { Library: typeof Library };
  const runner = new CaseRunner(built.Library, join(root, "test/closure/peer.mjs"), library, isMangled);
  const failures: Record<string, readonly string[]> = {};
  for (const [name, load] of cases) {
    try {
      failures[name] = await runner.failuresOf(await load());
    } catch (error) {
      failures[name] = [`not loaded: ${error}`];
    }
  }
  runner.stop();
  console.log(JSON.stringify(failures satisfies Report));
}
