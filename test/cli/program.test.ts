import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runProgram } from "../../src/cli/program.ts";

const out: string[] = [];
const err: string[] = [];

beforeEach(() => {
  out.length = err.length = 0;
  vi.spyOn(process.stdout, "write").mockImplementation((text) => out.push(String(text)) > 0);
  vi.spyOn(process.stderr, "write").mockImplementation((text) => err.push(String(text)) > 0);
});
afterEach(() => void vi.restoreAllMocks());

describe("the command", () => {
  it("tells a newcomer what there is", async () => {
    expect(await runProgram(["--help"])).toBe(0);
    expect(out.join("")).toMatch(/Usage: dispatch-graph .*worker .*starts workers for a dask scheduler/s);
    expect(err).toEqual([]);
  });

  it("tells its version", async () => {
    const { default: manifest } = await import("../../package.json", { with: { type: "json" } });
    expect(await runProgram(["--version"])).toBe(0);
    expect(out).toEqual([`${manifest.version}\n`]);
  });

  it("tells how it is used if nothing is said", async () => {
    expect(await runProgram([])).toBe(2);
    expect(err.join("")).toContain("Usage: dispatch-graph");
  });

  it.each([
    [["nothing"], "unknown command 'nothing'"],
    [["--bogus"], "unknown option '--bogus'"],
    [["worker"], "missing required argument 'scheduler'"],
  ])("refuses %j in one line", async (args, problem) => {
    expect(await runProgram(args)).toBe(2);
    expect(err.join("")).toBe(`dispatch-graph: ${problem}\n`);
  });
});
