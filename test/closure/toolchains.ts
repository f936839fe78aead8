import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type BuildOptions, build } from "esbuild";
import { ROOT } from "../support/source-files.ts";
import { caseFiles } from "./case-files.ts";
import type { Report } from "./case-program.ts";

const CLOSURE = join(ROOT, "test/closure");

const FILES: ReadonlyMap<string, string> = caseFiles(join(CLOSURE, "cases"));
const OF_ITS_PLACE = /^\d+-(?:create-require|import-meta)$/;
const COMMON_JS: ReadonlySet<string> = new Set(
  [...FILES].flatMap(([name, file]) => (file.endsWith(".cjs") ? [name] : [])),
);

/** A way from the source of the cases to a running program. */
export interface Toolchain {
  readonly name: string;
  /** The oldest line of Node that it runs on. */
  readonly since: number;
  /** True of cases that such a program can have. */
  has(name: string): boolean;
  run(node: string, cases: readonly string[]): Promise<Report>;
}

export const TOOLCHAINS: readonly Toolchain[] = [
  { name: "tsx", since: 20, has: () => true, run: (node, cases) => main(node, ["--import", "tsx"], cases) },
  { name: "type stripping", since: 22, has: () => true, run: (node, cases) => main(node, [], cases) },
  bundled("esbuild ESM", { format: "esm" }),
  bundled("esbuild ESM minified", { format: "esm", minify: true }),
  bundled("esbuild CJS keepNames", { format: "cjs", keepNames: true }),
];

/** A selection of shapes that compilers could spoil. */
export const SELECTION: readonly string[] = [...FILES.keys()].filter((name) =>
  [2, 8, 12, 21, 22, 34, 45, 46, 48, 49, 55, 57, 58, 62, 76, 78, 88, 116, 125].includes(
    Number.parseInt(name, 10),
  ),
);

function main(node: string, options: readonly string[], cases: readonly string[]): Promise<Report> {
  return reportOf(node, [...options, join(CLOSURE, "case-main.ts"), ROOT, ...cases]);
}

function bundled(name: string, options: BuildOptions): Toolchain {
  return {
    name,
    since: 20,
    // A bundle does not lie where its sources do, and as a module it has no `require`.
    has: (name) => !OF_ITS_PLACE.test(name) && !(options.format === "esm" && COMMON_JS.has(name)),
    async run(node, cases) {
      const folder = mkdtempSync(join(tmpdir(), "closure-"));
      try {
        symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
        const outfile = join(folder, options.format === "cjs" ? "bundle.cjs" : "bundle.mjs");
        await build({
          ...options,
          stdin: { contents: entry(cases), resolveDir: CLOSURE, loader: "ts" },
          ...{ bundle: true, platform: "node", target: "node20", packages: "external", outfile },
          logLevel: "error",
        });
        return await reportOf(node, [outfile]);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  };
}

function entry(cases: readonly string[]): string {
  const imports = cases.map((name, i) => `import case${i} from ${JSON.stringify(FILES.get(name))};`);
  const list = cases.map((name, i) => `[${JSON.stringify(name)}, async () => case${i}]`);
  return [
    ...imports,
    `import { report } from "./case-program.ts";`,
    `report(${JSON.stringify(ROOT)}, [${list.join()}], true);`,
  ].join("\n");
}

async function reportOf(node: string, args: readonly string[]): Promise<Report> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const { stdout } = await promisify(execFile)(node, args, { cwd: ROOT, env, maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as Report;
}
