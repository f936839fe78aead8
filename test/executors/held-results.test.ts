import { AsyncExecutor, Chunk, ReleasedError } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { ELSEWHERE, type Elsewhere } from "../../src/executors/elsewhere.ts";
import { HeldResults } from "../../src/executors/held-results.ts";

const executor = new AsyncExecutor();

/** Two results that a worker holds: of tasks 3 and 4. */
function remote(): { results: HeldResults; released: number[] } {
  const released: number[] = [];
  const where: Elsewhere = {
    [ELSEWHERE]: true,
    fetch: async (task) => `value of ${task}`,
    bytesOf: (task) => task * 100,
    describe: (task) => ({ type: "string", bytes: task }),
    release: (task) => void released.push(task),
  };
  const results = new HeldResults(executor, [3, 4]);
  results.set(0, where);
  results.set(1, where);
  return { results, released };
}

describe("HeldResults", () => {
  it("adds up what it holds, shared parts once", () => {
    const results = new HeldResults(executor, [0, 1]);
    expect(results.bytes).toBe(0);
    const shared = { text: "x".repeat(1000) };
    results.set(0, shared);
    results.set(1, [shared]);
    expect(results.bytes).toBeGreaterThanOrEqual(1000);
    expect(results.bytes).toBeLessThan(2000);
  });

  it("releases all at once", async () => {
    const results = new HeldResults(executor, [3, 4]);
    results.set(0, "a");
    results.set(1, "b");
    const [chunk, other] = [0, 1].map((place) => new Chunk(1, place, "label", results, place)) as [
      Chunk,
      Chunk,
    ];
    results.releaseAll();
    expect(results.bytes).toBe(0);
    expect(results.has(0)).toBe(false);
    await expect(chunk.fetch()).rejects.toThrow(ReleasedError);
    await expect(other.fetch()).rejects.toThrow(ReleasedError);
  });

  it("know who has what is not here", async () => {
    const { results, released } = remote();
    expect(await results.get(1)).toBe("value of 4");
    expect(results.bytesOf(1)).toBe(400);
    expect(results.describe(1)).toEqual({ type: "string", bytes: 4 });
    expect(results.whereIs(1)?.task).toBe(4);
    expect(results.bytes).toBe(0);
    results.release(1);
    expect(released).toEqual([4]);
    expect(results.whereIs(1)).toBeUndefined();
  });

  it("stay until the last use that was announced is over", () => {
    const { results, released } = remote();
    const ends = [results.keep(0), results.keep(0)];
    results.release(0);
    expect(results.has(0)).toBe(false);
    ends[0]!();
    expect(released).toEqual([]);
    ends[1]!();
    expect(released).toEqual([3]);
    results.keep(1)();
    expect(released).toEqual([3]);
    results.release(1);
    expect(released).toEqual([3, 4]);
  });
});
