import { describe, expect, it } from "vitest";
import { Store } from "../../src/worker/store.ts";

const LARGE = 100_000;

describe("a store", () => {
  it("has values by the attempts that made them, undefined among them", () => {
    const store = new Store();
    store.set(1, "a");
    store.set(2, undefined);
    expect([store.has(1), store.get(1), store.has(2), store.get(2), store.has(3)]).toEqual([
      ...[true, "a", true, undefined, false],
    ]);
    store.delete(1);
    expect([store.has(1), store.get(1)]).toEqual([false, undefined]);
    store.delete(1);
  });

  it("knows how large a value is", () => {
    expect(new Store().set(1, new Float64Array(LARGE)).bytes).toBeGreaterThanOrEqual(8 * LARGE);
  });

  it("knows whether a value has its memory for itself", () => {
    const store = new Store();
    const memory = new ArrayBuffer(LARGE);
    store.set(1, new Uint8Array(memory));
    expect(store.isAlone(1)).toBe(true);
    store.set(2, { part: new Uint8Array(memory, 0, LARGE) });
    expect([store.isAlone(1), store.isAlone(2)]).toEqual([false, false]);
    store.set(2, "another value");
    expect([store.isAlone(1), store.isAlone(2)]).toEqual([true, true]);
  });
});
