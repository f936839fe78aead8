/**
 * The long tests of sending functions: `npm run soak:closures -- [--node 24]…`. All shapes of functions,
 * made into programs by all compilers, on all lines of Node (installed into a temporary folder); and the
 * analysis of every function in `node_modules`, compared with that of eslint-scope.
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { caseFiles } from "../test/closure/case-files.ts";
import { TOOLCHAINS } from "../test/closure/toolchains.ts";
import build from "../test/support/build.ts";
import { compareFile, javaScriptFiles } from "../test/support/scope-oracle.ts";
import { ROOT } from "../test/support/source-files.ts";

const { values } = parseArgs({
  options: { node: { type: "string", multiple: true, default: ["20", "22", "24", "26"] } },
});
let failed = 0;

build();
const cases = [...caseFiles(join(ROOT, "test/closure/cases")).keys()];
const folder = mkdtempSync(join(tmpdir(), "nodes-"));
try {
  for (const line of values.node) {
    const prefix = join(folder, line);
    execFileSync("npm", ["install", "--silent", "--prefix", prefix, `node@${line}`], { stdio: "inherit" });
    const node = join(prefix, "node_modules/node/bin/node");
    const version = execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
    for (const toolchain of TOOLCHAINS) {
      const { name, since } = toolchain;
      if (Number(line) < since) {
        console.log(`${version} ${name}: not there before Node ${since}`);
        continue;
      }
      const shapes = cases.filter((one) => toolchain.has(one));
      const report = await toolchain.run(node, shapes);
      const wrong = Object.entries(report).filter(([, failures]) => failures.length > 0);
      console.log(`${version} ${name}: ${shapes.length - wrong.length} of ${shapes.length} shapes`);
      for (const [shape, failures] of wrong) console.log(`  ${shape}: ${failures.join("\n    ")}`);
      failed += wrong.length;
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}

let functions = 0;
for (const path of javaScriptFiles(join(ROOT, "node_modules"))) {
  const comparison = compareFile(path);
  functions += comparison?.functions ?? 0;
  for (const difference of comparison?.differences ?? []) {
    failed++;
    console.log(difference);
  }
}
console.log(`${functions} functions analysed`);
process.exitCode = failed > 0 ? 1 : 0;
