import { readFileSync } from "node:fs";
import { parse } from "acorn";
import { describe, expect, it } from "vitest";
import { ContentKeys } from "../../src/cache/content-keys.ts";
import type { AnyFunction } from "../../src/task.ts";

const keys = new ContentKeys();
/** Keys of two sets know nothing of each other, as in two processes. */
const others = new ContentKeys();
const of = (fn: AnyFunction): string => keys.ofFunction(fn);

/** Functions of the same text. */
const makeAdder =
  (n: unknown): AnyFunction =>
  (a: number) =>
    a + Number(n);

describe("the key of a function", () => {
  it("is that of its text and of what it captures", () => {
    expect(of(makeAdder(1))).toBe(of(makeAdder(1)));
    expect(of(makeAdder(1))).toBe(others.ofFunction(makeAdder(1)));
    expect(of(makeAdder(1))).not.toBe(of(makeAdder(2)));
    expect(of(makeAdder(1))).not.toBe(of(makeAdder("1")));
    expect(of((a: number) => a + 1)).not.toBe(of((a: number) => a + 2));
  });

  it("does not depend on where it stands", () => {
    // biome-ignore format: the two are to be equal
    const one = (a: number): number => a * 3;
    // biome-ignore format: the two are to be equal
    const two = (a: number): number => a * 3;
    expect(of(Object.defineProperty(two, "name", { value: "one" }))).toBe(of(one));
  });

  it("changes with a helper, however deep, and with what that captures", () => {
    const make = (step: number, by: (a: number) => number): AnyFunction => {
      const inner = (a: number): number => by(a) + step;
      const outer = (a: number): number => inner(a) * 2;
      return (a: number) => outer(a);
    };
    const half = (a: number): number => a / 2;
    const third = (a: number): number => a / 3;
    expect(of(make(1, half))).toBe(of(make(1, half)));
    expect(of(make(1, half))).not.toBe(of(make(2, half)));
    expect(of(make(1, half))).not.toBe(of(make(1, third)));
  });

  it("changes when a captured object does, in place", () => {
    const config = { depth: { limit: 1 } };
    const fn = (): number => config.depth.limit;
    const before = of(fn);
    expect(of(fn)).toBe(before);
    config.depth.limit = 2;
    expect(of(fn)).not.toBe(before);
    config.depth.limit = 1;
    expect(of(fn)).toBe(before);
  });

  it("is the same whatever else was looked at before", () => {
    const make = (): [AnyFunction, AnyFunction] => {
      const shared = Object.freeze({ a: Object.freeze([1, 2]) });
      const first = (): unknown => shared;
      const second = (): unknown => [shared, first];
      return [first, second];
    };
    const [first, second] = make();
    const [, alone] = make();
    const fresh = new ContentKeys();
    fresh.ofFunction(first);
    expect(fresh.ofFunction(second)).toBe(new ContentKeys().ofFunction(alone));
  });

  it("ends for functions and objects that lead to each other", () => {
    const make = (n: number): AnyFunction => {
      const even = (a: number): boolean => (a === 0 ? true : odd(a - n));
      const odd = (a: number): boolean => (a === 0 ? false : even(a - n));
      return even;
    };
    expect(of(make(1))).toBe(of(make(1)));
    expect(of(make(1))).not.toBe(of(make(2)));
    const cycle = (n: number): unknown => {
      const object: Record<string, unknown> = { n };
      object.self = object;
      return object;
    };
    expect(keys.ofValue(cycle(1))).toBe(keys.ofValue(cycle(1)));
    expect(keys.ofValue(cycle(1))).not.toBe(keys.ofValue({ n: 1, self: { n: 1 } }));
  });

  it("names modules of Node and of packages", () => {
    expect(of(() => readFileSync("x"))).toBe(others.ofFunction(() => readFileSync("x")));
    expect(of(Math.max)).not.toBe(of(Math.min));
    expect(of(parse as AnyFunction)).toBe(others.ofFunction(parse as AnyFunction));
  });

  it("knows what is in a WeakMap about what it captures", () => {
    const make = (secret: number): AnyFunction => {
      const key = {};
      const secrets = new WeakMap([[key, secret]]);
      return () => secrets.get(key);
    };
    expect(of(make(1))).toBe(of(make(1)));
    expect(of(make(1))).not.toBe(of(make(2)));
  });

  it("is refused for what has no content, and says why", () => {
    const promise = Promise.resolve(1);
    expect(() => of(() => promise)).toThrow("captures `promise`: it is a Promise; await it first");
    expect(() => of(async () => import(String(1)))).toThrow(/modules while it runs/);
  });
});

describe("the key of a value", () => {
  const of = (value: unknown): string => keys.ofValue(value);
  class Point {
    x: number;
    constructor(x: number) {
      this.x = x;
    }
  }

  it.each<[string, () => unknown, unknown]>([
    ["numbers", () => 1, 2],
    ["zeros", () => 0, -0],
    ["kinds of primitives", () => 1, "1"],
    ["nothing", () => undefined, null],
    ["bigints", () => 1n, 1],
    ["halves of characters", () => "\ud800", "\ud801"],
    ["texts longer than a block", () => "x".repeat(100_000), `${"x".repeat(99_999)}y`],
    ["arrays", () => [1, [2, 3]], [1, 2, [3]]],
    ["holes", () => new Array(2), [undefined, undefined]],
    ["objects", () => ({ a: { b: 1 } }), { a: { b: 2 } }],
    ["names", () => ({ a: 1 }), { b: 1 }],
    ["Maps", () => new Map([["a", 1]]), new Map([["a", 2]])],
    ["dates", () => new Date(1), new Date(2)],
    ["kinds of typed arrays", () => Float64Array.of(1, 2), Float32Array.of(1, 2)],
    ["typed arrays", () => Float64Array.of(1, 2), Float64Array.of(1, 3)],
    ["Buffers", () => Buffer.from("a"), Buffer.from("b")],
    ["views of larger memory", () => new Uint8Array(20).subarray(4, 6), new Uint8Array(20).subarray(4, 7)],
    ["instances", () => new Point(1), new Point(2)],
    ["classes", () => new Point(1), { x: 1 }],
    ["symbols", () => Symbol.for("a"), Symbol.for("b")],
    ["errors", () => new Error("a"), new Error("b")],
  ])("tells %s apart, and none that are equal", (_, make, other) => {
    expect(of(make())).toBe(others.ofValue(make()));
    expect(of(make())).not.toBe(of(other));
    expect(of([make()])).toBe(others.ofValue([make()]));
    expect(of([make()])).not.toBe(of([other]));
  });

  it("has nothing to do with what else lies in the memory of a Buffer", () => {
    const fill = (n: number): Buffer => Buffer.allocUnsafe(16).fill(n);
    const first = fill(1);
    const key = of(first);
    fill(2);
    expect(of(fill(1))).toBe(key);
  });

  it("is refused for what has no content", () => {
    expect(() => of({ a: [Promise.resolve()] })).toThrow("property .a: element [0]: it is a Promise");
    expect(() => of(Symbol("own"))).toThrow(/unique symbol/);
  });
});
