import { describe, expect, it } from "vitest";
import { sizeOf } from "../../src/size.ts";

describe("the size of values", () => {
  it.each(Object.entries(heaps()))("is right within a fifth for %s", (_, make) => {
    make();
    const before = memoryInUse();
    const value = make();
    const real = memoryInUse() - before;
    const estimate = sizeOf(value);
    expect(real).toBeGreaterThan(500_000);
    expect(estimate / real).toBeGreaterThan(0.8);
    expect(estimate / real).toBeLessThan(1.2);
  });
});

function memoryInUse(): number {
  globalThis.gc!();
  globalThis.gc!();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Values of some size, each made of new parts. */
function heaps(): Record<string, () => unknown> {
  class Point {
    readonly x: number;
    readonly y: number;
    constructor(x: number, y: number) {
      this.x = x;
      this.y = y;
    }
  }
  const list = (make: (i: number) => unknown, length = 50_000) => Array.from({ length }, (_, i) => make(i));
  const text = (i: number) => Buffer.from(`text number ${i}`).toString("latin1");
  return {
    "an array of integers": () => list((i) => i, 200_000),
    "an array of fractions": () => list((i) => i + 0.5, 200_000),
    "an array of fractions and texts": () => list((i) => (i % 2 === 0 ? i + 0.5 : text(i))),
    "short texts": () => list(text),
    "texts of other scripts": () => list((i) => Buffer.from(`число ${i}`).toString()),
    "long texts": () => list((i) => Buffer.alloc(100_000, 65 + (i % 9)).toString("latin1"), 20),
    objects: () => list((i) => ({ id: i, size: i / 3, name: text(i), ok: true })),
    pairs: () => list((i) => [i, -i]),
    "class instances": () => list((i) => new Point(i, i)),
    "a Map": () => new Map(list((i) => [i, i]) as [number, number][]),
    "many small Maps": () => list((i) => new Map([[i, i]]), 5000),
    "a Set": () => new Set(list((i) => i)),
    dates: () => list((i) => new Date(i)),
    bigints: () => list((i) => BigInt(i) << 200n),
    "objects used as maps": () =>
      list((j) => Object.fromEntries(list((i) => [text(5000 * j + i), i], 5000) as []), 10),
    "a typed array": () => new Float64Array(200_000),
    "small typed arrays": () => list(() => new Float64Array(100), 2000),
    Buffers: () => list(() => Buffer.alloc(1000), 2000),
  };
}
