import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runNode } from "../support/program.ts";
import { ROOT } from "../support/source-files.ts";

it("is what the package calls dispatch-graph", async () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const file = join(ROOT, manifest.bin["dispatch-graph"]);
  expect(existsSync(file)).toBe(true);
  expect(readFileSync(file, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
  expect(await runNode("/", file, "--version")).toEqual({
    code: 0,
    stdout: `${manifest.version}\n`,
    stderr: "",
  });
  expect(await runNode("/", file, "worker", "nonsense")).toMatchObject({ code: 2, stdout: "" });
});
