import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import typescript from "typescript";

/** The library, or another build of it. */
export type Library = typeof import("../src/index.ts");

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * The library as users have it: compiled by `tsc`, apart from `dist/`. Run from its sources by
 * `tsx`, functions made at each call would be given their names at each call, which makes
 * asynchronous tasks dearer.
 * @returns its `index.js`
 */
export function compiledLibrary(): string {
  // Named as in the package: the library looks for its workers in a folder of that name.
  const output = `${root}.cache/bench/dist`;
  rmSync(output, { recursive: true, force: true });
  const compiler = `${root}node_modules/typescript/bin/tsc`;
  const options = ["--noCheck", "--declaration", "false", "--declarationMap", "false"];
  execFileSync(
    process.execPath,
    [compiler, "-p", `${root}tsconfig.build.json`, "--outDir", output, ...options],
    { stdio: "inherit" },
  );
  return `${output}/index.js`;
}

/**
 * These benchmarks as JavaScript: workers do not inherit what compiles the others, and functions
 * are sent to them as users have them.
 * @param file one of them
 * @returns where it is
 */
export function compiledBenchmarks(file: string): string {
  const source = `${root}bench`;
  const output = `${root}.cache/bench-parallel`;
  rmSync(output, { recursive: true, force: true });
  const compilerOptions = {
    target: typescript.ScriptTarget.ES2023,
    module: typescript.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
  };
  for (const name of readdirSync(source, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".ts")) continue;
    const text = readFileSync(join(source, name), "utf8");
    const target = join(output, name.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, typescript.transpileModule(text, { compilerOptions }).outputText);
  }
  return join(output, file);
}

/**
 * A build of the library.
 * @param file its `index.js`
 * @throws Error when there is no such file
 */
export async function loadedLibrary(file: string): Promise<Library> {
  if (!existsSync(file)) throw new Error(`there is no build of the library at ${file}`);
  return import(pathToFileURL(file).href);
}
