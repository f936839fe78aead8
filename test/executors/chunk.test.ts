import { AsyncExecutor, Chunk, type DispatchNode, delayed, op, ReleasedError } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { HeldResults } from "../../src/executors/held-results.ts";

const executor = new AsyncExecutor();

function held(): { held: HeldResults; chunk: Chunk<string>; other: Chunk<string> } {
  const held = new HeldResults(executor, [3, 4]);
  held.set(0, "x".repeat(1000));
  held.set(1, "y".repeat(1000));
  return { held, chunk: new Chunk(7, 3, "label", held, 0), other: new Chunk(7, 4, "other", held, 1) };
}

describe("Chunk", () => {
  it("gives the value as often as one likes", async () => {
    const { chunk } = held();
    expect(await chunk.fetch()).toBe("x".repeat(1000));
    expect(await chunk.fetch()).toBe("x".repeat(1000));
    expect(chunk.label).toBe("label");
    expect(chunk.bytes).toBeGreaterThanOrEqual(1000);
    expect(chunk.isReady()).toBe(true);
  });

  it("has an id of its own", async () => {
    const [a, b] = await executor.run([op(() => 1), op(() => 2)]);
    const again = await executor.compute(a.node);
    expect(new Set([a.chunk.id, b.chunk.id, again.id]).size).toBe(3);
  });

  it("releases its value and no other", async () => {
    const { held: results, chunk, other } = held();
    chunk.release();
    chunk.release();
    expect(chunk.bytes).toBe(0);
    const error = await chunk.fetch().catch((reason) => reason);
    expect(error).toBeInstanceOf(ReleasedError);
    expect(error.message).toContain('"label"');
    expect(await other.fetch()).toBe("y".repeat(1000));
    expect(results.bytes).toBeGreaterThanOrEqual(1000);
    expect(results.bytes).toBeLessThan(2000);
  });

  it("may hold undefined", async () => {
    const results = new HeldResults(executor, [5]);
    results.set(0, undefined);
    const chunk = new Chunk(1, 5, "nothing", results, 0);
    expect(await chunk.fetch()).toBeUndefined();
    expect(chunk.bytes).toBeGreaterThan(0);
    chunk.release();
    await expect(chunk.fetch()).rejects.toThrow(ReleasedError);
  });

  it("tells what is known of its value, until it is released", () => {
    const { chunk } = held();
    expect(chunk.meta).toMatchObject({ type: "string", length: 1000 });
    chunk.release();
    expect(() => chunk.meta).toThrow(ReleasedError);
  });

  it("releases its value at the end of a block", async () => {
    const { chunk, other } = held();
    {
      using _ = chunk;
      await using _other = other;
      expect(await chunk.fetch()).toHaveLength(1000);
    }
    await expect(chunk.fetch()).rejects.toThrow(ReleasedError);
    await expect(other.fetch()).rejects.toThrow(ReleasedError);
  });

  it("takes no options", () => {
    expect(() => (held().chunk as DispatchNode).with({ label: "other" })).toThrow(/"label"/);
  });

  it("leaves nothing behind when it is garbage", async () => {
    const { held: results, other } = held();
    for (let round = 0; round < 100 && results.has(0); round++) {
      globalThis.gc!();
      await new Promise(setImmediate);
    }
    expect(results.has(0)).toBe(false);
    expect(await other.fetch()).toHaveLength(1000);
  });

  it("has one readable line", () => {
    expect(String(held().chunk)).toBe('Chunk(7-3,"label")');
  });
});

describe("a persistent node", () => {
  it("finds its result through its chunk", async () => {
    const executor = new AsyncExecutor();
    const node = delayed(() => "kept", { persist: true })();
    await executor.run(op((text: string) => text.length, node));
    expect(await node.fetch()).toBe("kept");
    node.release();
    await expect(node.fetch()).rejects.toThrow(ReleasedError);
  });
});
