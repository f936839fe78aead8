import { describe, expect, it, vi } from "vitest";
import { DataNode, delayed, Op, op, SequentialExecutor } from "../src/index.ts";

const collect = <T>(node: Op<T>): Promise<T> => new SequentialExecutor().collect(node);

const NOT_CALLABLE: [string, unknown][] = [
  ["a number", 3],
  ["a boolean", true],
  ["undefined", undefined],
  ["null", null],
  ["a string", "f"],
  ["a symbol", Symbol("f")],
  ["a bigint", 1n],
  ["an array", [1, 2]],
  ["an object", { call: () => 1 }],
  ["a node", new DataNode(1)],
];

describe("op", () => {
  it("makes a node and calls nothing", () => {
    const fn = vi.fn((a: number, b: number) => a + b);
    const node = op(fn, 1, 2);
    expect(node).toBeInstanceOf(Op);
    expect(node.fn).toBe(fn);
    expect(node.args).toEqual([1, 2]);
    expect(fn).not.toHaveBeenCalled();
  });

  it("keeps the arguments themselves", () => {
    const first = { deep: [1] };
    const second = new Map();
    const node = op((a: object, b: object) => [a, b], first, second);
    expect(node.args[0]).toBe(first);
    expect(node.args[1]).toBe(second);
  });

  it("makes another node for each call", () => {
    const fn = () => 1;
    const [one, other] = [op(fn), op(fn)];
    expect(one === other).toBe(false);
  });

  it.each(NOT_CALLABLE)("refuses %s in the place of the function at once", (_, fn) => {
    expect(() => op(fn as never)).toThrow(TypeError);
    expect(() => delayed(fn as never)).toThrow(TypeError);
    expect(() => op(fn as never)).toThrow(/fn must be a function/);
  });

  // The answer for the last function is remembered; there is a time when none is.
  it.each(NOT_CALLABLE)("refuses %s when nothing was built before", async (_, fn) => {
    vi.resetModules();
    const fresh = await import("../src/op.ts");
    expect(() => fresh.op(fn as never)).toThrow(/fn must be a function/);
    vi.resetModules();
    const another = await import("../src/op.ts");
    expect(() => another.delayed(fn as never)).toThrow(/fn must be a function/);
  });

  it("says what it got instead", () => {
    expect(() => op([] as never)).toThrow("got an array");
    expect(() => op({} as never)).toThrow("got an object");
    expect(() => op(null as never)).toThrow("got null");
    expect(() => op(3 as never)).toThrow("got 3");
  });
});

describe("what is called, and how", () => {
  class Point {
    readonly x: number;
    constructor(x = 0) {
      this.x = x;
    }
  }
  class Point3 extends Point {}
  function Classic(this: unknown, x: number): number {
    // An old-style constructor is an ordinary function to us.
    return new.target === undefined ? x : -1;
  }
  const lookalike = function $class(): string {
    return "class";
  };

  it.each([
    ["a class", Point, Point],
    ["a derived class", Point3, Point3],
    ["an anonymous class", (() => class extends Point {})(), Point],
  ])("constructs %s", async (_, constructed, expected) => {
    const value = await collect(op(constructed, 5));
    expect(value).toBeInstanceOf(expected);
    expect(Object.getPrototypeOf(value)).toBe(constructed.prototype);
    expect(value.x).toBe(5);
    expect(await collect(delayed(constructed)(6))).toEqual(new constructed(6));
  });

  it("constructs with the values of nodes", async () => {
    const point = await collect(op(Point, op(Math.sqrt, 16)));
    expect(point.x).toBe(4);
  });

  it.each<[string, (x: number) => unknown]>([
    ["an arrow function", (x) => x],
    ["an async function", async (x) => x],
    ["a function of the old kind", Classic],
    ["a bound function", Classic.bind(null)],
    ["a method", { method: (x: number) => x }.method],
    ["a proxy of a function", new Proxy((x: number) => x, {})],
    ["a built-in function", Math.abs],
    ["a constructor that converts when it is called", Number],
  ])("calls %s", async (_, fn) => {
    expect(await collect(op(fn, 5))).toBe(5);
    expect(await collect(delayed(fn)(5))).toBe(5);
  });

  it("does not take a function for a class because of its text", async () => {
    expect(await collect(op(lookalike))).toBe("class");
  });

  it("gives a generator function's generator as it is", async () => {
    const generator = await collect(
      op(function* () {
        yield 1;
      }),
    );
    expect([...generator]).toEqual([1]);
  });

  it.each<[string, () => Op, unknown]>([
    ["Map", () => op(Map<string, number>, [["a", 1]]), new Map([["a", 1]])],
    ["Set", () => op(Set<number>, [1, 2]), new Set([1, 2])],
    [
      "Float64Array",
      () => op(Float64Array as new (xs: number[]) => Float64Array, [1, 2]),
      new Float64Array([1, 2]),
    ],
    ["URL", () => op(URL, "https://example.org/"), new URL("https://example.org/")],
  ])("constructs the built-in class %s, which cannot be called", async (_, node, expected) => {
    expect(await collect(node())).toEqual(expected);
  });

  // Only the last answer is remembered; it must not be given for another function.
  it("tells classes and functions apart in any sequence", async () => {
    vi.resetModules();
    const fresh = await import("../src/index.ts");
    const executor = new fresh.SequentialExecutor();
    for (const fn of [Point, Classic, Point, Point, Classic, Classic, (x: number) => x, Point, Point3]) {
      const node = fresh.op(fn as (x: number) => unknown, 1);
      const value = await executor.collect(node);
      expect(value).toEqual(fn === Point || fn === Point3 ? new fn(1) : 1);
    }
  });
});

describe("delayed", () => {
  const add = (a: number, b: number) => a + b;

  it("is op with options", async () => {
    const node = delayed(add, { label: "sum", retries: 2 })(1, op(add, 2, 3));
    expect(node).toBeInstanceOf(Op);
    expect(node.label).toBe("sum");
    expect(node.options).toEqual({ label: "sum", retries: 2 });
    expect(await collect(node)).toBe(6);
  });

  it("needs no options", () => {
    expect(delayed(add)(1, 2).options).toBeUndefined();
    expect(delayed(add, {})(1, 2).options).toBeUndefined();
  });

  it("checks the options before the first call, and once", () => {
    expect(() => delayed(add, { retry: 1 } as never)).toThrow(TypeError);
    const make = delayed(add, { label: "sum" });
    expect(make(1, 2).options).toBe(make(3, 4).options);
  });

  it.each([
    ["null", null],
    ["zero", 0],
    ["an empty string", ""],
    ["an array", []],
  ])("refuses %s in the place of options", (_, options) => {
    expect(() => delayed(add, options as never)).toThrow(TypeError);
  });
});
