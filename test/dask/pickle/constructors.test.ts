import { describe, expect, it } from "vitest";
import { interpret, objectOf } from "../../../src/dask/pickle/constructors.ts";
import { NdArray } from "../../../src/dask/pickle/numpy.ts";
import { PyGlobal, PyObject } from "../../../src/dask/pickle/objects.ts";
import { unpickle } from "../../../src/dask/pickle/reader.ts";
import { DaskProtocolError } from "../../../src/errors.ts";
import { bytesOf, GOLDEN } from "../golden/golden.ts";

/** What Python's values become. */
const EXPECTED: Readonly<Record<string, unknown>> = {
  none: null,
  true: true,
  "largest safe": Number.MAX_SAFE_INTEGER,
  "past safe": 2n ** 53n,
  "large negative": -(2n ** 100n),
  nan: Number.NaN,
  "minus zero": -0,
  unicode: "é𝄞é𝄞é𝄞",
  bytes: Uint8Array.of(0, 1, 255),
  bytearray: new Uint8Array(Buffer.from("abc")),
  list: [1, "two", [3.5, null]],
  tuple: [1, [], [2], [3, 4], [5, 6, 7], [8, 9, 10, 11]],
  "dict of numbers": new Map<unknown, unknown>([
    [1, "a"],
    [[2, "b"], null],
  ]),
  set: new Set([7]),
  frozenset: new Set(["x"]),
  "ordered dict": { a: 1 },
  float64: Float64Array.of(0, 1, 2, 3),
  int64: BigInt64Array.of(1n, -2n, 2n ** 62n),
  "big-endian": Int32Array.of(1, 2, 3),
  matrix: new NdArray("<i2", [2, 3], Int16Array.of(0, 1, 2, 3, 4, 5)),
  fortran: new NdArray("|u1", [2, 3], Uint8Array.of(0, 3, 1, 4, 2, 5), "F"),
  booleans: new NdArray("|b1", [2], Uint8Array.of(1, 0)),
  "empty array": new Float32Array(0),
  "array in a list": [1, Float32Array.of(0, 1, 2)],
  scalar: 2.5,
  "large scalar": 2n ** 63n,
  "boolean scalar": true,
};

describe("interpret", () => {
  describe.each(GOLDEN)("of pickles of Python $release", ({ pickles }) => {
    it.each(Object.entries(EXPECTED))("gives %s, in all protocols", (name, expected) => {
      for (const hex of pickles[name]!) expect(interpret(unpickle(bytesOf(hex)))).toEqual(expected);
    });

    it("leaves alone what JavaScript has not", () => {
      for (const name of ["decimal", "times", "objects"]) {
        expect(interpret(unpickle(bytesOf(pickles[name]![3]!)))).toBeInstanceOf(PyObject);
      }
    });

    it("gives a field named __proto__ as any other", () => {
      const { b } = interpret(unpickle(bytesOf(pickles.dict![3]!))) as { b: object };
      expect(Object.getOwnPropertyNames(b)).toEqual(["__proto__"]);
      expect(Object.getPrototypeOf(b)).toBe(Object.prototype);
    });
  });

  it("keeps cycles and what is shared", () => {
    const list: unknown[] = [];
    const dict = new Map<unknown, unknown>([["list", list]]);
    list.push(dict, dict);
    const read = interpret(list) as { list: unknown }[];
    expect(read[0]).toBe(read[1]);
    expect(read[0]!.list).toBe(read);
  });

  it("stays in bounds when an object is an argument of itself", () => {
    const object = new PyObject(new PyGlobal("builtins", "set"), []);
    object.args.push([object]);
    expect(interpret(object)).toEqual(new Set([object]));
  });

  it("copies bytes once, however many arrays are made of them", () => {
    const bytes = new Uint8Array(80_001).subarray(1);
    const arrays = Array.from({ length: 1000 }, () => {
      return new PyObject(new PyGlobal("numpy", "frombuffer"), [bytes, "<f8"]);
    });
    const read = interpret(arrays) as unknown as Float64Array[];
    expect(new Set(read.map(({ buffer }) => buffer)).size).toBe(1);
  });

  it("refuses values that are too deep", () => {
    let value: unknown[] = [];
    for (let depth = 0; depth < 100_000; depth++) value = [value];
    expect(() => interpret(value)).toThrow(DaskProtocolError);
  });
});

it("objectOf makes an object of texts, and leaves other keys in a Map", () => {
  expect(objectOf(new Map([["a", 1]]))).toEqual({ a: 1 });
  const map = new Map<unknown, unknown>([
    ["a", 1],
    [2, 3],
  ]);
  expect(objectOf(map)).toBe(map);
});
