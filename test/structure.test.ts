import { describe, expect, it } from "vitest";
import {
  collected,
  construct,
  elementOf,
  elementUnder,
  Itself,
  LIBRARY_FUNCTIONS,
  runAsyncNode,
  runNode,
} from "../src/structure.ts";

describe("elementOf", () => {
  class Account {
    readonly owner = "me";
    get balance(): number {
      return 5;
    }
  }
  const symbol = Symbol("s");

  it.each<[string, unknown, unknown, unknown]>([
    ["an array", [1, 2], 1, 2],
    ["the end of an array", [1, 2], -1, 2],
    ["an array element that is undefined", [undefined], 0, undefined],
    ["a typed array", new Float32Array([1, 2]), -2, 1],
    ["a string", "ab", 1, "b"],
    ["the end of a string", "ab", -1, "b"],
    ["an object", { a: 1 }, "a", 1],
    ["an object's number", { 5: "five" }, 5, "five"],
    ["an object's negative number", { [-1]: "minus one" }, -1, "minus one"],
    ["an object's symbol", { [symbol]: 1 }, symbol, 1],
    ["a field that is undefined", { a: undefined }, "a", undefined],
    ["a field of an object without a prototype", Object.assign(Object.create(null), { a: 1 }), "a", 1],
    ["an own field with a common name", { toString: 1 }, "toString", 1],
    ["a field of an instance", new Account(), "owner", "me"],
    ["a getter of an instance", new Account(), "balance", 5],
    ["a field of a function", Object.assign(() => 1, { a: 1 }), "a", 1],
    ["a Map", new Map([["a", 1]]), "a", 1],
    ["a Map's undefined", new Map([["a", undefined]]), "a", undefined],
    ["a Map with number keys", new Map([[-1, "minus one"]]), -1, "minus one"],
    ["the length of an array", [1, 2], "length", 2],
  ])("takes it from %s", (_, value, key, expected) => {
    expect(elementOf(value, key)).toBe(expected);
  });

  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;

  // A missing element is an error, and the same kind of error whatever the value and the key.
  it.each<[string, unknown, unknown]>([
    ["an array that is too short", [1, 2], 2],
    ["an array from its end", [1, 2], -3],
    ["an empty array", [], 0],
    ["a typed array", new Uint8Array(2), 2],
    ["a string", "ab", 2],
    ["a string from its end", "ab", -3],
    ["an object", { a: 1 }, "b"],
    ["an object's inherited function", {}, "toString"],
    ["an object's constructor", {}, "constructor"],
    ["an instance's inherited function", new Account(), "hasOwnProperty"],
    ["a Map", new Map([["a", 1]]), "b"],
    ["a Map's property", new Map([["a", 1]]), "size"],
    ["a Map without a bigint", new Map(), 1n],
    ["a Map without a symbol", new Map(), symbol],
    ["a Map without an object that contains itself", new Map(), cyclic],
    ["a Map without an object", new Map(), Object.create(null)],
    ["a Set", new Set([1]), 0],
    ["undefined", undefined, 0],
    ["null", null, "a"],
    ["a number", 4, 0],
    ["a boolean", true, "a"],
    ["an object without the symbol", {}, symbol],
  ])("throws a RangeError for what is not in %s", (_, value, key) => {
    expect(() => elementOf(value, key)).toThrow(RangeError);
  });

  it("says what is missing where", () => {
    expect(() => elementOf([1, 2], 5)).toThrow(
      "index 5 is out of range: the result, of type Array, has length 2",
    );
    expect(() => elementOf({ a: 1 }, "b")).toThrow(/the result, of type Object, has no element ["']b["']/);
    expect(() => elementOf(new Map(), "b")).toThrow(/the Map has no key ["']b["']/);
    expect(() => elementOf(new Map(), symbol)).toThrow("Symbol(s)");
    expect(() => elementOf(undefined, 0)).toThrow("undefined has no element 0");
  });
});

describe("elementUnder", () => {
  it("takes a key that would be searched for nodes out of a Map", () => {
    const key = [1];
    expect(elementUnder(new Map([[key, "a"]]), new Map([["key", key]]))).toBe("a");
  });
});

describe("what nodes of the library result in", () => {
  it("is an array of several results, and a new one if there are none", () => {
    const values = [1, 2];
    expect(collected(values)).toBe(values);
    const none: unknown[] = [];
    expect(collected(none)).toEqual([]);
    expect(collected(none)).not.toBe(none);
  });

  it("is an instance of a class", () => {
    class Point {
      readonly sum: number;
      constructor(x: number, y: number) {
        this.sum = x + y;
      }
    }
    expect(construct(Point as never, 1, 2)).toEqual(new Point(1, 2));
  });

  it("is what a node of the user's own type makes of the values", async () => {
    const node = {
      factor: 3,
      run(values: readonly unknown[]): number {
        return (values[0] as number) * this.factor;
      },
    };
    expect(runNode(new Itself(node), [2])).toBe(6);
    expect(await runAsyncNode(new Itself(node), [2])).toBe(6);
  });
});

describe("the library's own functions", () => {
  it("are known everywhere under their names", () => {
    expect([...LIBRARY_FUNCTIONS].map(([name, fn]) => [name, fn.name])).toEqual(
      [...LIBRARY_FUNCTIONS.keys()].map((name) => [name, name]),
    );
    for (const fn of [elementOf, elementUnder, collected, construct, runNode, runAsyncNode]) {
      expect(LIBRARY_FUNCTIONS.get(fn.name)).toBe(fn);
    }
  });
});
