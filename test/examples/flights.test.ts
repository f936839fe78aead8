import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runProgram } from "../support/program.ts";

/** The demo on a part of the data, with everything that a user can do to it. */
describe("the flights demo", () => {
  let out = "";
  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), "flights-"));
  });
  afterAll(() => rm(out, { recursive: true, force: true }));

  const demo = (...args: readonly string[]) =>
    runProgram("examples/flights/main.ts", "--days", "14", "--comparisons", "20", "--out", out, ...args);

  // The first start prepares the data, and says so.
  const findings = (text: string) => text.slice(text.indexOf("Among"), text.indexOf("\nstage"));

  test("finds the same with every executor, and draws its graph", async () => {
    const [first, second] = [await demo(), await demo("--executor", "sequential")];
    expect([first.code, first.stderr, second.code]).toEqual([0, "", 0]);
    expect(findings(first.stdout)).toMatch(/Latest flights[\s\S]*Fewest flights[\s\S]*Furthest apart/);
    expect(findings(second.stdout)).toBe(findings(first.stdout));
    for (const kind of ["threads", "processes"]) {
      const parallel = await demo("--executor", "parallel", "--kind", kind, "--workers", "2");
      expect([parallel.code, parallel.stderr]).toEqual([0, ""]);
      expect(findings(parallel.stdout)).toBe(findings(first.stdout));
      expect(parallel.stdout).toMatch(/Idle: worker-1 .* %\), worker-2 .* %\)/);
      expect(parallel.stdout).toMatch(/Between workers: \d+\.\d MB; .*this process: 0\.0 MB/);
    }
    expect(first.stdout).toMatch(/load +14 +0 .*\n[\s\S]*compare +20 +0 /);
    expect(await readFile(join(out, "graph.svg"), "utf8")).toContain("</svg>");
    expect(await readFile(join(out, "graph.dot"), "utf8")).toContain("digraph");
    expect(await readFile(join(out, "graph.mmd"), "utf8")).toContain("flowchart");
  });

  test.each([["async"], ["parallel"]])(
    "says which file is bad and why with %s, and ends with 1",
    async (name) => {
      const { code, stderr } = await demo("--bad-file", "--executor", name);
      expect(code).toBe(1);
      expect(stderr).toMatch(/"load" failed: .*damaged.*\.parquet.*needed for process → roll → compare/s);
    },
  );

  test.each([["async"], ["parallel"]])(
    "does the rest with %s when asked to, and says what is missing",
    async (name) => {
      const { code, stdout, stderr } = await demo("--bad-file", "--keep-going", "--executor", name);
      expect(code).toBe(1);
      expect(stderr).toMatch(/damaged.*\.parquet/s);
      expect(stderr).toMatch(/Left out: load 1 of 14, process 1 of 14, roll \d of \d+, compare \d+ of 20/);
      expect(stdout).toMatch(/Furthest apart/);
    },
  );

  test.each([
    ["--unknown"],
    ["--days", "0"],
    ["--executor", "teleport"],
    ["--seed", "x"],
    ["--kind", "fibers"],
    ["--workers", "0"],
  ])("refuses %s %s in one line, and ends with 2", async (...args) => {
    const { code, stderr } = await demo(...args.filter((arg) => arg !== undefined));
    expect([code, stderr.trim().split("\n").length]).toEqual([2, 1]);
  });
});
