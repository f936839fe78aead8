import { channel } from "node:diagnostics_channel";
import { AsyncExecutor, type CacheEvent, delayed, type Executor, op } from "dispatch-graph";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { fresh, KINDS, WAIT } from "../support/parallel.ts";

const text = (label: string): string => label.repeat(10_000);
const size = (value: string): number => value.length;

function watched(executor: Executor): string[] {
  const events: string[] = [];
  executor.on("cache", ({ label, state }) => events.push(`${label} ${state}`));
  return events;
}

describe("an AsyncExecutor with little memory for cached results", () => {
  it("drops those that were not used for the longest time, and computes them again", async () => {
    const bytes = 10_000;
    await using executor = new AsyncExecutor({ memoryLimit: 2.5 * bytes });
    const events = watched(executor);
    const [a, b, c] = ["a", "b", "c"].map((label) => delayed(text, { label, cache: true })(label));
    const run = async (...nodes: (typeof a)[]): Promise<void> => {
      for (const node of nodes) expect(await executor.collect(op(size, node!))).toBe(bytes);
    };
    await run(a, b, a, c);
    expect(events.filter((event) => event.endsWith("dropped"))).toEqual(["b dropped"]);
    const explanation = await executor.explain([a!, b!, c!]);
    expect(explanation.nodes.map(({ cache, reason }) => [cache, reason])).toEqual([
      ["hit", "kept in memory since an earlier run"],
      ["miss", "dropped under memory pressure"],
      ["hit", "kept in memory since an earlier run"],
    ]);
    events.length = 0;
    await run(b);
    expect(events).toEqual(["b miss", "b stored", "a dropped"]);
    expect(executor.stats().bytesHeld).toBeLessThan(2.5 * bytes);
  });

  it("drops none that the option persist keeps, nor outputs", async () => {
    await using executor = new AsyncExecutor({ memoryLimit: 0 });
    const events = watched(executor);
    const persisted = delayed(text, { label: "persisted", cache: true, persist: true })("x");
    const output = delayed(text, { label: "output", cache: true })("x");
    const soft = delayed(text, { label: "soft", cache: true })("x");
    await executor.run([op(size, persisted), output, op(size, soft)]);
    expect(events.filter((event) => event.endsWith("dropped"))).toEqual(["soft dropped"]);
    expect(await persisted.fetch()).toHaveLength(10_000);
    await executor.run([op(size, persisted), output]);
    expect(new Set(events.slice(-2))).toEqual(new Set(["persisted hit", "output hit"]));
  });

  it("is told how much in bytes", () => {
    expect(() => new AsyncExecutor({ memoryLimit: -1 })).toThrow("memoryLimit must be a number of bytes");
  });
});

describe.each(KINDS)("a worker with little memory, of %s", (kind) => {
  it("does without what is only cached, least recently used first, before others", async () => {
    const make = (megabytes: number): Float64Array => new Float64Array(125_000 * megabytes).fill(1);
    const count = (values: Float64Array): number => values.length;
    const executor = fresh(kind, { workers: 1, memoryLimit: 10_000_000 });
    const events = watched(executor);
    const kept = [1, 2, 3, 4].map((n) => delayed(make, { label: `kept ${n}`, cache: true })(2));
    for (const node of kept) await executor.collect(op(count, node));
    await executor.collect(op(count, kept[0]!));
    expect(events.filter((event) => event.endsWith("dropped"))).toEqual([]);
    const persisted = delayed(make, { label: "persisted", cache: true, persist: true })(6);
    await executor.collect(op(count, persisted));
    await vi.waitFor(() => expect(events.filter((event) => event.endsWith("dropped"))).not.toEqual([]), WAIT);
    const dropped = events.filter((event) => event.endsWith("dropped"));
    expect(dropped[0]).toBe("kept 2 dropped");
    expect(dropped).not.toContain("persisted dropped");
    expect(await executor.collect(op(count, kept[1]!))).toBe(250_000);
    expect(events).toContain("kept 2 miss");
    events.length = 0;
    await executor.collect(op(count, persisted));
    expect(events).toContain("persisted hit");
  });
});

describe("what is cached in memory", () => {
  it("goes with its node", async () => {
    await using executor = new AsyncExecutor();
    const events = watched(executor);
    // In a function of its own, so that no variable of this one holds anything.
    const lose = async (): Promise<void> => {
      const node = delayed(text, { cache: true })("x");
      await executor.collect(op(size, node));
      await executor.collect(op(size, node));
    };
    await lose();
    expect(events).toEqual(["text miss", "text stored", "text hit"]);
    expect(executor.stats().bytesHeld).toBeGreaterThan(10_000);
    await vi.waitFor(() => {
      globalThis.gc?.();
      expect(executor.stats().bytesHeld).toBe(0);
    }, WAIT);
  });
});

describe("the event of caches", () => {
  it("is on a diagnostics channel, too", async () => {
    const heard: CacheEvent[] = [];
    const listener = (event: unknown): void => void heard.push(event as CacheEvent);
    const events = channel("dispatch-graph:cache");
    events.subscribe(listener);
    onTestFinished(() => void events.unsubscribe(listener));
    await using executor = new AsyncExecutor();
    await executor.collect(delayed(text, { cache: true })("x"));
    expect(heard.map(({ state }) => state)).toEqual(["miss", "stored"]);
    expect(heard[0]).toEqual({
      run: expect.any(Number),
      id: 1,
      label: "text",
      state: "miss",
      reason: "never computed before",
      at: expect.any(Number),
    });
  });
});
