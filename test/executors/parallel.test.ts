import { delayed, op, ParallelExecutor } from "dispatch-graph";
import { executorContract } from "dispatch-graph/testing";
import { describe, expect, it } from "vitest";
import { groups } from "../../src/testing/contract/groups.ts";

/** In these, tasks share variables with the test. */
const inside = groups.filter(({ name }) => name.endsWith(", seen from inside"));

for (const kind of ["threads", "processes"] as const) {
  executorContract({
    name: `ParallelExecutor on ${kind}`,
    create: (options) => new ParallelExecutor({ ...options, kind, workers: 2 }),
    describe,
    it,
    skip: [
      ...inside.map(({ name }) => ({ test: name, reason: "tasks run in other threads or processes" })),
      { test: "priorities", reason: "of two workers each has an order of its own; see below" },
    ],
  });
}

describe("ParallelExecutor on one worker starts tasks", () => {
  const add = (a: number, b: number): number => a + b;

  it("of higher priority first among those that can start", async () => {
    await using executor = new ParallelExecutor({ workers: 1 });
    const order: string[] = [];
    executor.on("task", ({ label, to }) => to === "processing" && order.push(label));
    const start = op(() => 0);
    const wanted = [0, -5, 10, 0, 100, -100, 10];
    const nodes = wanted.map((priority, i) => delayed(add, { priority, label: `${i}` })(start, i));
    await executor.run(nodes);
    const priorities = order.filter((label) => /^\d$/.test(label)).map((label) => wanted[Number(label)]);
    expect(priorities).toEqual(wanted.toSorted((a, b) => b! - a!));
  });

  it("of one priority in the static order", async () => {
    await using executor = new ParallelExecutor({ workers: 1 });
    const order: string[] = [];
    executor.on("task", ({ label, to }) => to === "processing" && order.push(label));
    const nodes = Array.from({ length: 40 }, (_, i) => delayed(add, { priority: 3, label: `${i}` })(i, 1));
    await executor.run(nodes);
    expect(order).toEqual(nodes.map(({ label }) => label));
  });
});
