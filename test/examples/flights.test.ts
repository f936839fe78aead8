import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isPrepared } from "../../scripts/dask/environments.ts";
import { type Ended, runProgram } from "../support/program.ts";

const EXECUTORS = ["async", "parallel", ...(isPrepared() ? ["dask"] : [])];

/** The demo on a part of the data, with everything that a user can do to it. */
describe("the flights demo", () => {
  let out = "";
  let ofAsync: Ended;
  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), "flights-"));
    ofAsync = await demo();
  });
  afterAll(() => rm(out, { recursive: true, force: true }));

  const demo = (...args: readonly string[]) =>
    runProgram("examples/flights/main.ts", "--days", "14", "--comparisons", "20", "--out", out, ...args);

  // The first start prepares the data, and says so.
  const findings = (text: string) => text.slice(text.indexOf("Among"), text.indexOf("\nstage"));

  test("finds something, and draws its graph", async () => {
    const { code, stdout, stderr } = ofAsync;
    expect([code, stderr]).toEqual([0, ""]);
    expect(findings(stdout)).toMatch(/Latest flights[\s\S]*Fewest flights[\s\S]*Furthest apart/);
    expect(stdout).toMatch(/load +14 +0 .*\n[\s\S]*compare +20 +0 /);
    expect(await readFile(join(out, "graph.svg"), "utf8")).toContain("</svg>");
    expect(await readFile(join(out, "graph.dot"), "utf8")).toContain("digraph");
    expect(await readFile(join(out, "graph.mmd"), "utf8")).toContain("flowchart");
  });

  test("finds the same one task after the other", async () => {
    const { code, stdout } = await demo("--executor", "sequential");
    expect([code, findings(stdout)]).toEqual([0, findings(ofAsync.stdout)]);
  });

  test.each([["threads"], ["processes"]])("finds the same on %s, and says how these fared", async (kind) => {
    const { code, stdout, stderr } = await demo("--executor", "parallel", "--kind", kind, "--workers", "2");
    expect([code, stderr]).toEqual([0, ""]);
    expect(findings(stdout)).toBe(findings(ofAsync.stdout));
    expect(stdout).toMatch(/Idle: worker-1 .* %\), worker-2 .* %\)/);
    expect(stdout).toMatch(/Between workers: \d+\.\d MB; .*this process: 0\.0 MB/);
  });

  test.runIf(isPrepared())("finds the same on a dask cluster, and says where its pages are", async () => {
    const { code, stdout, stderr } = await demo("--executor", "dask", "--workers", "2");
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^LocalCluster: dashboard: http:\S+\n$/)]);
    expect(findings(stdout)).toBe(findings(ofAsync.stdout));
    expect(stdout).toMatch(/load +14 +0 .*\n[\s\S]*compare +20 +0 /);
  });

  test.each(EXECUTORS)("says which file is bad and why with %s, and ends with 1", async (name) => {
    const { code, stderr } = await demo("--bad-file", "--executor", name);
    expect(code).toBe(1);
    expect(stderr).toMatch(/"load" failed: .*damaged.*\.parquet.*needed for process → roll → compare/s);
  });

  test.each(EXECUTORS)("does the rest with %s when asked to, and says what is missing", async (name) => {
    const { code, stdout, stderr } = await demo("--bad-file", "--keep-going", "--executor", name);
    expect(code).toBe(1);
    expect(stderr).toMatch(/damaged.*\.parquet/s);
    expect(stderr).toMatch(/Left out: load 1 of 14, process 1 of 14, roll \d of \d+, compare \d+ of 20/);
    expect(stdout).toMatch(/Furthest apart/);
  });

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
