import { chmodSync, cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Ended, runNode } from "./program.ts";
import { ROOT } from "./source-files.ts";

/** A project that has no environments yet. */
let project: string;

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "project-"));
  for (const path of ["scripts/dask", "test/support/dask-setup.ts", "package.json"]) {
    cpSync(join(ROOT, path), join(project, path), { recursive: true });
  }
});
afterAll(() => rmSync(project, { recursive: true }));

/** Sets up what the tests with dask need, as the test runner does. */
async function setUp(variables: Record<string, string>): Promise<Ended> {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  const program = `import setup from ${JSON.stringify(join(project, "test/support/dask-setup.ts"))}; await setup();`;
  try {
    return await runNode(ROOT, "--import", "tsx", "--input-type=module", "-e", program);
  } finally {
    vi.unstubAllEnvs();
  }
}

describe("without Python", () => {
  const variables = { DASK_ENVIRONMENT_PYTHON: "/nowhere/python3" };

  it("the tests with dask are skipped, which is said in one line", async () => {
    const { code, stderr } = await setUp({ ...variables, CI: "" });
    expect(code).toBe(0);
    expect(stripVTControlCharacters(stderr).trim()).toMatch(
      /^ALL TESTS WITH DASK ARE SKIPPED: no Python 3.10 or newer .*\(tried \/nowhere\/python3\)\..*$/,
    );
  });

  it("nothing runs where all tests must", async () => {
    const { code, stderr } = await setUp({ ...variables, CI: "true" });
    expect(code).toBe(1);
    expect(stderr).toContain("no Python 3.10 or newer");
  });
});

it("says what Python says if an environment cannot be made, and leaves nothing of it", async () => {
  const python = join(project, "python");
  writeFileSync(python, '#!/bin/sh\nif [ "$1" = -c ]; then exit 0; fi\necho "no room left" >&2\nexit 1\n');
  chmodSync(python, 0o755);
  const { code, stderr } = await setUp({ DASK_ENVIRONMENT_PYTHON: python, CI: "" });
  expect(code).toBe(1);
  expect(stderr).toMatch(/dask\.distributed 20\S+ could not be installed: Command failed: .*\nno room left/);
  expect(readdirSync(join(project, ".dask"))).toEqual([]);
});
