import { join } from "node:path";
import { caseFiles, loadCase } from "./case-files.ts";
import { report } from "./case-program.ts";

/** `case-main.ts root name…` runs these cases, or all. */
const [root, ...names] = process.argv.slice(2);
const files = caseFiles(join(root!, "test/closure/cases"));
const chosen = names.length > 0 ? names : [...files.keys()];
await report(
  root!,
  chosen.map((name) => [name, () => loadCase(files.get(name)!)]),
);
