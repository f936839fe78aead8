import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { ROOT } from "./source-files.ts";

const SRC = join(ROOT, "src");
const DIST = join(ROOT, "dist");
/** Its time is that of the last build. */
const BUILT = join(DIST, "index.js");

/**
 * Before all tests: makes `dist` what `src` says, as worker threads and processes run the built
 * package. Types are left to `npm run typecheck`. Files are replaced one by one, and only if they
 * differ, since other tests may be running.
 */
export default function build(): void {
  const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  const settings = [join(ROOT, "tsconfig.build.json"), join(ROOT, "tsconfig.json")];
  const newest = Math.max(...[...filesIn(SRC), ...settings].map((file) => statSync(file).mtimeMs));
  if (existsSync(BUILT) && statSync(BUILT).mtimeMs > newest) return;
  const began = new Date();
  const fresh = mkdtempSync(join(ROOT, "node_modules", ".dist-"));
  try {
    const options = ["--noCheck", "--noEmitOnError", "false", "--outDir", fresh];
    execFileSync(process.execPath, [compiler, "-p", settings[0]!, ...options], { stdio: "inherit" });
    for (const file of filesIn(fresh)) replace(join(DIST, file.slice(fresh.length)), file);
    utimesSync(BUILT, began, began);
  } finally {
    rmSync(fresh, { recursive: true });
  }
}

function replace(old: string, file: string): void {
  if (existsSync(old) && readFileSync(old).equals(readFileSync(file))) return;
  mkdirSync(dirname(old), { recursive: true });
  renameSync(file, old);
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name));
}
