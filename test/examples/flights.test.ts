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

  test("finds the same with every executor, and draws its graph", async () => {
    const [first, second] = [await demo(), await demo("--executor", "sequential")];
    expect([first.code, first.stderr, second.code]).toEqual([0, "", 0]);
    // The first start prepares the data, and says so.
    const findings = (text: string) => text.slice(text.indexOf("Among"), text.indexOf("\nstage"));
    expect(findings(first.stdout)).toMatch(/Latest flights[\s\S]*Fewest flights[\s\S]*Furthest apart/);
    expect(findings(second.stdout)).toBe(findings(first.stdout));
    expect(first.stdout).toMatch(/load +14 +0 .*\n[\s\S]*compare +20 +0 /);
    expect(await readFile(join(out, "graph.svg"), "utf8")).toContain("</svg>");
    expect(await readFile(join(out, "graph.dot"), "utf8")).toContain("digraph");
    expect(await readFile(join(out, "graph.mmd"), "utf8")).toContain("flowchart");
  });

  test("says which file is bad and why, and ends with 1", async () => {
    const { code, stderr } = await demo("--bad-file");
    expect(code).toBe(1);
    expect(stderr).toMatch(/"load" failed: .*damaged.*\.parquet.*needed for process → roll → compare/s);
  });

  test("does the rest when asked to, and says what is missing", async () => {
    const { code, stdout, stderr } = await demo("--bad-file", "--keep-going");
    expect(code).toBe(1);
    expect(stderr).toMatch(/damaged.*\.parquet/s);
    expect(stderr).toMatch(/Left out: load 1 of 14, process 1 of 14, roll \d of \d+, compare \d+ of 20/);
    expect(stdout).toMatch(/Furthest apart/);
  });

  test.each([["--unknown"], ["--days", "0"], ["--executor", "teleport"], ["--seed", "x"]])(
    "refuses %s %s in one line, and ends with 2",
    async (...args) => {
      const { code, stderr } = await demo(...args.filter((arg) => arg !== undefined));
      expect([code, stderr.trim().split("\n").length]).toEqual([2, 1]);
    },
  );
});
