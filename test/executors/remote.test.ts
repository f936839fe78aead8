import { DataNode, op, ParallelExecutor } from "dispatch-graph";
import { describe, expect, it } from "vitest";

const LENGTH = 50_000;

describe.each([["threads"], ["processes"]] as const)("an executor with workers that are %s", (kind) => {
  it("leaves results where they are made, and moves each only once to who uses it", async () => {
    await using executor = new ParallelExecutor({ kind, workers: 2 });
    const [one, two] = executor.workers.map(({ id }) => id) as [string, string];
    const made = op((n: number) => new Float64Array(n).fill(1), LENGTH).with({ workers: [one] });
    const sums = [2, 3].map((factor) =>
      op((all: Float64Array, by: number) => all.reduce((a, b) => a + b, 0) * by, made, factor).with({
        workers: [two],
      }),
    );
    const results = await executor.run([...sums, made]);
    expect([await results[0]!.fetch(), await results[1]!.fetch()]).toEqual([2 * LENGTH, 3 * LENGTH]);
    const { bytesTransferred, bytesThroughController, bytesHeld } = executor.stats();
    expect(bytesThroughController).toBe(0);
    expect(bytesTransferred).toBeGreaterThanOrEqual(8 * LENGTH);
    expect(bytesTransferred).toBeLessThan(1.1 * 8 * LENGTH);
    expect(bytesHeld).toBeGreaterThanOrEqual(8 * LENGTH);
    expect((await results[2]!.fetch()) as Float64Array).toHaveLength(LENGTH);
  });

  it("moves only the element that is used", async () => {
    await using executor = new ParallelExecutor({ kind, workers: 2 });
    const [one, two] = executor.workers.map(({ id }) => id) as [string, string];
    const pair = op((n: number) => [new Float64Array(n), "small"] as const, LENGTH).with({ workers: [one] });
    const text = op((small: unknown) => `${small}!`, pair.at(1)).with({ workers: [two] });
    expect(await executor.collect(text)).toBe("small!");
    expect(executor.stats().bytesTransferred).toBeLessThan(1000);
  });

  it("says of its workers who they are and what they do", async () => {
    await using executor = new ParallelExecutor({ kind, workers: 2 });
    await executor.run(new DataNode(1));
    const { workers } = executor;
    expect(workers.map(({ id, running, bytesSpilled }) => [id, running, bytesSpilled])).toEqual([
      ["worker-1", 0, 0],
      ["worker-2", 0, 0],
    ]);
    const own = workers.map(({ pid, threadId }) => (kind === "threads" ? threadId : pid));
    expect(new Set([...own, process.pid, 0]).size).toBe(4);
  });
});
