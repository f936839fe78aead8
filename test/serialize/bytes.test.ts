import { setFlagsFromString } from "node:v8";
import { describe, expect, it } from "vitest";
import { survey } from "../../src/serialize/survey.ts";

// What compiled code was made for it may hold on to, such as the Map of the test before, until a
// collection between two measurements throws the code away; and code takes memory itself, which comes
// when the compiler, on a thread of its own, is done. So this file, alone in its process, does without.
for (const compiler of ["opt", "maglev", "sparkplug"]) setFlagsFromString(`--no-${compiler}`);

describe("the size of values", () => {
  describe.each([
    ["made here", false],
    ["copied", true],
  ])("that were %s", (_, isCopy) => {
    it.each(Object.entries(heaps()))("is right within a fifth for %s", (_, make) => {
      // Looked at, a text that is still in pieces is put together.
      const made = () => {
        const value = isCopy ? structuredClone(make()) : make();
        survey(value, isCopy);
        return value;
      };
      // The first time, feedback and shapes of objects are made, which stay.
      made();
      const before = memoryInUse();
      const value = made();
      const real = memoryInUse() - before;
      const { bytes } = survey(value, isCopy);
      expect(real).toBeGreaterThan(500_000);
      expect(bytes / real).toBeGreaterThan(0.8);
      expect(bytes / real).toBeLessThan(1.2);
    });
  });
});

/** Memory outside of the heap is counted until the collection after the one that frees it. */
function memoryInUse(): number {
  let least = Infinity;
  for (;;) {
    globalThis.gc!();
    const { heapUsed, external } = process.memoryUsage();
    if (heapUsed + external > least - 1000) return least;
    least = heapUsed + external;
  }
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
  const list = <T>(make: (i: number) => T, length = 20_000) => Array.from({ length }, (_, i) => make(i));
  const text = (i: number) => Buffer.from(`text number ${i}`).toString("latin1");
  const long = (i: number) => Buffer.alloc(100_000, 65 + (i % 9)).toString("latin1");
  return {
    "an array of integers": () => list((i) => i, 200_000),
    "an array of fractions": () => list((i) => i + 0.5, 200_000),
    "an array of integers and fractions": () => list((i) => (i % 2 === 0 ? i : i + 0.5), 200_000),
    "an array of fractions and texts": () => list((i) => (i % 2 === 0 ? i + 0.5 : text(i)), 50_000),
    "arrays of fractions": () => list((i) => [i / 3, i / 5, i / 7]),
    "short texts": () => list(text),
    "texts of other scripts": () => list((i) => Buffer.from(`число ${i}`).toString()),
    "long texts": () => list(long, 20),
    "long texts of other scripts": () => list((i) => Buffer.from(`число ${i}`.repeat(10_000)).toString(), 20),
    "long texts put together piece by piece": () =>
      list((i) => list((j) => `piece ${i + j}`).reduce((whole, piece) => whole + piece), 10),
    "texts put together": () =>
      list((i) => ({ id: i, name: `the name of number ${i} and what belongs to it`, price: i / 3 })),
    "texts cut from one": () => Buffer.from(list(text, 50_000).join("\n")).toString("latin1").split("\n"),
    objects: () => list((i) => ({ id: i, size: i / 3, name: text(i), ok: true })),
    "objects of one field": () => list((i) => ({ id: i })),
    "records of JSON": () =>
      JSON.parse(JSON.stringify(list((i) => ({ id: i, name: text(i), price: i * 1.1 })))),
    "objects in objects": () =>
      list((i) => ({ id: i, at: { north: i / 3, east: i / 7 }, names: [text(i), text(i + 1)] })),
    "objects of many fields": () =>
      list((i) => ({ id: i, a: i / 3, b: i, c: text(i), d: i, e: i / 7, f: i, g: i, h: true, i: null })),
    "objects that have grown": () =>
      list((i) => Object.fromEntries(list((j): [string, number] => [`field ${j}`, i + j], 30)), 5000),
    pairs: () => list((i) => [i, -i]),
    "class instances": () => list((i) => new Point(i, i)),
    "a Map": () => new Map(list((i) => [i, i])),
    "a Map of records": () => new Map(list((i) => [text(i), { id: i, price: i / 3 }])),
    "many small Maps": () => list((i) => new Map([[i, i]]), 5000),
    "a Set": () => new Set(list((i) => i, 50_000)),
    "a Set of texts": () => new Set(list(text)),
    dates: () => list((i) => new Date(i)),
    bigints: () => list((i) => BigInt(i) << 200n),
    "objects used as maps": () =>
      list((j) => Object.fromEntries(list((i): [string, number] => [text(5000 * j + i), i], 5000)), 10),
    "a typed array": () => new Float64Array(200_000),
    "small typed arrays": () => list(() => new Float64Array(100), 2000),
    "columns of a table": () => ({
      id: new Int32Array(50_000),
      size: new Float64Array(50_000),
      names: list(text),
    }),
    Buffers: () => list(() => Buffer.alloc(1000), 2000),
  };
}
