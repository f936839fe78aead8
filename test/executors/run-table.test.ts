import { DataNode, op, type Run } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { RunTable } from "../../src/executors/run-table.ts";
import { ManualExecutor } from "../support/manual-executor.ts";

/** Runs of so many tasks each. */
async function runsOf(...sizes: readonly number[]): Promise<Run[]> {
  const executor = new ManualExecutor();
  for (const size of sizes) {
    const nodes = Array.from({ length: size }, (_, i) => op((n: number) => n, i));
    executor.run(nodes).catch(() => {});
  }
  await executor.run(new DataNode(1), { timeout: 0 }).catch(() => {});
  return executor.runs.slice(0, sizes.length);
}

describe("a table of runs", () => {
  it("finds the run of each task, in whatever order they were added", async () => {
    const [a, b, c] = (await runsOf(3, 1, 2)) as [Run, Run, Run];
    const table = new RunTable();
    const placed = [table.add(c, 10), table.add(a, 0), table.add(b, 5)];
    const found = Array.from({ length: 14 }, (_, task) => table.at(task)?.run);
    const none = undefined;
    expect(found).toEqual([a, a, a, none, none, b, none, none, none, none, c, c, none, none]);
    expect(table.all()).toEqual([placed[1], placed[2], placed[0]]);
    expect(table.of(b)).toBe(placed[2]);
  });

  it("forgets a run, and finds the one that gets its numbers", async () => {
    const [a, b, c] = (await runsOf(2, 2, 2)) as [Run, Run, Run];
    const table = new RunTable();
    const first = table.add(a, 0);
    table.add(b, 2);
    expect(table.at(1)).toBe(first);
    table.delete(first);
    expect([table.at(1), table.of(a), table.at(2)?.run]).toEqual([undefined, undefined, b]);
    table.add(c, 0);
    expect(table.at(1)?.run).toBe(c);
  });
});
