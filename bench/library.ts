import { execFileSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The library, or another build of it. */
export type Library = typeof import("../src/index.ts");

/**
 * The library as users have it: compiled by `tsc`, apart from `dist/`. Run from its sources by
 * `tsx`, functions made at each call would be given their names at each call, which makes
 * asynchronous tasks dearer.
 */
export async function compiledLibrary(): Promise<Library> {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const output = `${root}.cache/bench`;
  rmSync(output, { recursive: true, force: true });
  const compiler = `${root}node_modules/typescript/bin/tsc`;
  const options = ["--noCheck", "--declaration", "false", "--declarationMap", "false"];
  execFileSync(
    process.execPath,
    [compiler, "-p", `${root}tsconfig.build.json`, "--outDir", output, ...options],
    { stdio: "inherit" },
  );
  return import(pathToFileURL(`${output}/index.js`).href);
}

/**
 * Another build of the library.
 * @param file its `index.js`
 * @throws Error when there is no such file
 */
export async function otherLibrary(file: string): Promise<Library> {
  if (!existsSync(file)) throw new Error(`there is no build of the library at ${file}`);
  return import(pathToFileURL(file).href);
}
