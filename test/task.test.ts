import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { ExecutorError } from "../src/errors.ts";
import { type AnyFunction, evaluate, isAsyncFunction, nestedRefs, Ref, refsOf } from "../src/task.ts";

class Named extends Ref {
  readonly name: string;
  constructor(name: string) {
    super();
    this.name = name;
  }
  override toString(): string {
    return this.name;
  }
}

const [a, b, c] = [new Named("a"), new Named("b"), new Named("c")];
const names = (refs: readonly Ref[]): string[] => refs.map(String);

/** What `fn` returns when each ref in `args` has its name, in capitals, as its value. */
function call(fn: AnyFunction, args: readonly unknown[]): unknown {
  const refs = refsOf(args);
  // Values stand at other positions than the refs, after some that do not count.
  const values = ["none", ...refs.map((ref) => String(ref).toUpperCase()).reverse()];
  const positions = Int32Array.from([99, ...refs.map((_, k) => values.length - 1 - k), 99]);
  return evaluate(fn, args, values, positions, 1, 1 + refs.length);
}

const list = (...args: unknown[]): unknown[] => args;

describe("refsOf", () => {
  it("finds refs among arguments and inside plain arrays and objects, as often as they occur", () => {
    expect(names(refsOf([]))).toEqual([]);
    expect(names(refsOf([1, a, "x", b, a]))).toEqual(["a", "b", "a"]);
    expect(names(refsOf([[a, [b]], { x: a, y: { z: [c] } }]))).toEqual(["a", "b", "a", "c"]);
  });

  it("finds them in plain objects of every origin", () => {
    const bare = Object.assign(Object.create(null), { a });
    const foreign = Object.assign(runInNewContext("({})") as object, { b });
    const foreignList = runInNewContext("[]") as unknown[];
    foreignList.push(c);
    expect(names(refsOf([bare, foreign, foreignList]))).toEqual(["a", "b", "c"]);
  });

  it("does not look into other objects", () => {
    class Own {
      readonly a = a;
    }
    const others = [
      new Own(),
      new Map([[a, a]]),
      new Set([a]),
      Object.assign(() => 1, { a }),
      Promise.resolve(a),
    ];
    expect(refsOf(others)).toEqual([]);
    expect(
      refsOf([Object.assign(new Date(), { a }), new Error("x", { cause: a }), Object.create({ a })]),
    ).toEqual([]);
  });

  it("looks at each container once, also at those that contain themselves", () => {
    const ring: unknown[] = [a];
    ring.push(ring, { ring });
    const shared = [b];
    expect(names(refsOf([ring, [shared, shared]]))).toEqual(["a", "b"]);
    expect(names(refsOf([shared, shared]))).toEqual(["b", "b"]);
  });

  it("does not overflow the stack", () => {
    let deep: unknown = a;
    for (let i = 0; i < 200_000; i++) deep = i % 2 === 0 ? [deep] : { deep };
    expect(names(refsOf([deep]))).toEqual(["a"]);
  });
});

describe("nestedRefs", () => {
  it("has none for what is no plain array or object", () => {
    for (const value of [1, null, undefined, "x", a, new Map([[1, a]])])
      expect(nestedRefs(value)).toEqual([]);
  });
});

describe("evaluate", () => {
  it.each([0, 1, 2, 3, 4, 5, 20])("passes on %i values alone", (count) => {
    const values = Array.from({ length: count + 1 }, (_, i) => i * 10);
    const positions = Int32Array.from({ length: count }, (_, i) => count - i);
    const expected = Array.from(positions, (position) => position * 10);
    expect(evaluate(list, undefined, values, positions, 0, count)).toEqual(expected);
  });

  it.each([
    [[], []],
    [
      [1, "x"],
      [1, "x"],
    ],
    [[a], ["A"]],
    [
      [a, 1],
      ["A", 1],
    ],
    [
      [1, a],
      [1, "A"],
    ],
    [
      [a, b],
      ["A", "B"],
    ],
    [
      [1, a, 2, b, a],
      [1, "A", 2, "B", "A"],
    ],
    [[[a]], [["A"]]],
    [
      [[a], 1],
      [["A"], 1],
    ],
    [
      [b, [a]],
      ["B", ["A"]],
    ],
    [[{ x: a, y: [b, { z: c }] }], [{ x: "A", y: ["B", { z: "C" }] }]],
    [
      [[a, [b]], c, { c }],
      [["A", ["B"]], "C", { c: "C" }],
    ],
  ])("%j: %j", (args, expected) => {
    expect(call(list, args)).toEqual(expected);
  });

  it("takes undefined and other values for what they are", () => {
    const values = [undefined, null, a];
    expect(evaluate(list, [a, 1, [b]], values, Int32Array.from([0, 1]), 0, 2)).toEqual([
      undefined,
      1,
      [null],
    ]);
    expect(evaluate(list, [a, 1], values, Int32Array.from([2]), 0, 1), "a ref as a value").toEqual([a, 1]);
  });

  it("copies containers with refs and passes the others on as they are", () => {
    const plain = { x: [1] };
    const given = { a, plain };
    const [filled, same] = call(list, [given, plain]) as [typeof given, unknown];
    expect(filled).toEqual({ a: "A", plain });
    expect(filled.plain).toBe(plain);
    expect(same).toBe(plain);
    expect(given.a).toBe(a);
  });

  it("keeps prototypes, holes and keys", () => {
    const bare = Object.assign(Object.create(null), { a });
    const holes: unknown[] = [a];
    holes.length = 3;
    const symbol = Symbol("s");
    const [first, second, third] = call(list, [bare, holes, { a, [symbol]: 1, 0: "zero" }]) as [
      object,
      unknown[],
      object,
    ];
    expect(Object.getPrototypeOf(first)).toBe(null);
    expect({ ...first }).toEqual({ a: "A" });
    expect(second).toHaveLength(3);
    expect(second[0]).toBe("A");
    expect(third).toEqual({ a: "A", [symbol]: 1, 0: "zero" });
  });

  it("keeps shape: shared containers stay shared, cycles stay cycles", () => {
    const shared = [a];
    const ring: { a: unknown; self?: unknown; list: unknown[] } = { a, list: [] };
    ring.self = ring;
    ring.list.push(ring, shared, shared);
    const [filled] = call(list, [ring]) as [typeof ring];
    expect(filled.a).toBe("A");
    expect(filled.self).toBe(filled);
    expect(filled.list[0]).toBe(filled);
    expect(filled.list[1]).toEqual(["A"]);
    expect(filled.list[1]).toBe(filled.list[2]);
    expect(ring.a).toBe(a);
  });

  it("gives the function no `this`", () => {
    const own = function (this: unknown): unknown {
      return this;
    };
    for (const args of [undefined, [], [1], [a, 1]]) {
      const refs = args === undefined ? 1 : refsOf(args).length;
      expect(evaluate(own, args, ["A"], Int32Array.from([0]), 0, refs)).toBeUndefined();
    }
  });

  it("throws what the function throws", () => {
    const error = new RangeError("no");
    const throwing = (): never => {
      throw error;
    };
    for (const args of [[], [a], [a, 1], [[a]]]) expect(() => call(throwing, args)).toThrow(error);
  });

  it("refuses arguments that hold more or fewer refs than before", () => {
    const one = Int32Array.from([0]);
    const changed = [[], [1, 2, 3], [[a, b]], [[a], b, c], [a, b]];
    for (const args of changed.slice(1)) {
      expect(() => evaluate(list, args, ["A"], one, 0, 1), String(args)).toThrow(ExecutorError);
    }
    expect(() => evaluate(list, [1, 2], ["A"], one, 0, 1)).toThrow(ExecutorError);
  });

  it("does not overflow the stack", () => {
    let deep: unknown = a;
    for (let i = 0; i < 200_000; i++) deep = i % 2 === 0 ? [deep] : { in: deep };
    let inner = call((value: unknown) => value, [deep]);
    while (typeof inner === "object" && inner !== null) {
      inner = Array.isArray(inner) ? inner[0] : (inner as { in: unknown }).in;
    }
    expect(inner).toBe("A");
  });

  it("passes on a hundred thousand arguments", () => {
    const args = Array.from({ length: 100_000 }, (_, i) => (i === 99_999 ? a : i));
    expect(call((...all: unknown[]) => [all.length, all.at(-1)], args)).toEqual([100_000, "A"]);
  });
});

describe("isAsyncFunction", () => {
  it.each([
    [async () => {}],
    [async function named() {}],
    [{ async method() {} }.method],
    [(async () => {}).bind(null)],
  ])("true of %s", (fn) => {
    expect(isAsyncFunction(fn)).toBe(true);
  });

  it.each([[() => Promise.resolve()], [function named() {}], [class {}], [undefined], [5]])(
    "false of %s",
    (fn) => {
      expect(isAsyncFunction(fn)).toBe(false);
    },
  );
});
