import { AsyncExecutor, type Chunk, type DispatchNode, op } from "dispatch-graph";
import { afterEach, describe, expect, it } from "vitest";
import { Entry, MemoryCache } from "../../src/cache/memory-cache.ts";

const executor = new AsyncExecutor();
const dropped: string[] = [];

afterEach(() => {
  dropped.length = 0;
});

class Kept {
  readonly cache = new MemoryCache(({ from }) => dropped.push(from.label));
  readonly nodes = new Map<string, DispatchNode>();

  async add(label: string, { version = 1, isSoft = true } = {}): Promise<Entry> {
    const node = this.nodes.get(label) ?? op((text: string) => text.repeat(1000), label);
    this.nodes.set(label, node);
    const chunk = await executor.compute(node);
    const entry = new Entry(chunk, version, { run: 1, id: 1, label }, isSoft, chunk.bytes);
    this.cache.add(node, entry);
    return entry;
  }

  find(label: string, version = 1): Entry | string {
    return this.cache.find(this.nodes.get(label)!, version, () => "changed");
  }
}

const isAnything = (_: Chunk): boolean => true;

describe("MemoryCache", () => {
  it("finds what was computed of the same version", async () => {
    const kept = new Kept();
    const entry = await kept.add("a");
    expect(kept.find("a")).toBe(entry);
    expect(kept.find("a", 2)).toBe("changed");
    expect(
      kept.cache.find(
        op(() => 1),
        1,
        () => "never",
      ),
    ).toBe("never");
    kept.cache.remove(kept.nodes.get("a")!);
    expect(kept.find("a")).toBe("changed");
  });

  it("says what was released by others", async () => {
    const kept = new Kept();
    (await kept.add("a")).chunk.release();
    expect(kept.find("a")).toBe("its result was released");
  });

  it("gives back what it has a newer result of, if nobody has it", async () => {
    const kept = new Kept();
    const soft = await kept.add("a");
    const hard = await kept.add("a", { isSoft: false });
    expect(soft.isThere).toBe(false);
    await kept.add("a");
    expect(hard.isThere).toBe(true);
  });

  it("drops what was not used for the longest time, and no more than it must", async () => {
    const kept = new Kept();
    const { bytes } = await kept.add("a");
    const b = await kept.add("b");
    await kept.add("c");
    kept.cache.touch(kept.find("a") as Entry);
    kept.cache.trim(3 * bytes);
    expect(dropped).toEqual([]);
    kept.cache.trim(2.5 * bytes);
    expect(dropped).toEqual(["b"]);
    expect(b.isThere).toBe(false);
    expect(kept.find("b")).toBe("dropped under memory pressure");
    kept.cache.trim(0);
    expect(dropped).toEqual(["b", "c", "a"]);
  });

  it("never drops what a running run was given, nor what somebody has", async () => {
    const kept = new Kept();
    const used = await kept.add("used");
    used.uses++;
    const hard = await kept.add("hard", { isSoft: false });
    kept.cache.trim(0);
    expect(dropped).toEqual([]);
    used.uses--;
    expect(kept.cache.soften(kept.nodes.get("hard")!, used.chunk)).toBe(false);
    expect(kept.cache.soften(kept.nodes.get("hard")!, hard.chunk)).toBe(true);
    kept.cache.trim(0);
    expect(dropped).toEqual(["used", "hard"]);
  });

  it("frees so many bytes, of those that meet a condition", async () => {
    const kept = new Kept();
    const a = await kept.add("a");
    const b = await kept.add("b");
    await kept.add("c");
    kept.cache.relieve(a.bytes + 1, (chunk) => chunk !== a.chunk);
    expect(dropped).toEqual(["b", "c"]);
    expect(b.isThere).toBe(false);
    kept.cache.relieve(0, isAnything);
    expect(a.isThere).toBe(true);
  });

  it("holds no node, and no result whose node is gone", async () => {
    const cache = new MemoryCache(() => {});
    const fill = async (): Promise<WeakRef<Entry>> => {
      const node = op(() => 1);
      const entry = new Entry(await executor.compute(node), 1, { run: 1, id: 1, label: "x" }, true, 8);
      cache.add(node, entry);
      return new WeakRef(entry);
    };
    const ref = await fill();
    for (let i = 0; i < 30 && ref.deref() !== undefined; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      globalThis.gc?.();
    }
    expect(ref.deref()).toBeUndefined();
    cache.trim(0);
  });
});
