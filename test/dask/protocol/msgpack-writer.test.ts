import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeMsgpack } from "../../../src/dask/protocol/msgpack-reader.ts";
import { encodeMsgpack } from "../../../src/dask/protocol/msgpack-writer.ts";

const hex = (value: unknown): string => Buffer.from(encodeMsgpack(value)).toString("hex");

/** Everything that has one form in both directions. */
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(null, true, false),
    fc.maxSafeInteger(),
    fc.double(),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
    fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
    fc.string({ unit: "grapheme" }),
    fc.string({ unit: "grapheme", minLength: 20, maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie("value"), { maxLength: 20 }),
    fc
      .array(fc.tuple(fc.oneof(fc.string(), fc.integer(), fc.tuple(fc.string(), fc.nat())), tie("value")))
      .map((entries) => new Map<unknown, unknown>(entries)),
  ),
}));

describe("encodeMsgpack", () => {
  it("writes what decodeMsgpack reads", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(decodeMsgpack(encodeMsgpack(value))).toEqual(value);
      }),
    );
  });

  it.each([
    [0, "00"],
    [127, "7f"],
    [128, "cc80"],
    [256, "cd0100"],
    [65536, "ce00010000"],
    [5_000_000_000, "cf000000012a05f200"],
    [-1, "ff"],
    [-32, "e0"],
    [-33, "d0df"],
    [-129, "d1ff7f"],
    [-32769, "d2ffff7fff"],
    [-5_000_000_000, "d3fffffffed5fa0e00"],
    [1.5, "cb3ff8000000000000"],
    [-0, "cb8000000000000000"],
    [2 ** 53, "cb4340000000000000"],
    [2n ** 63n, "cf8000000000000000"],
    [-(2n ** 63n), "d38000000000000000"],
    [7n, "07"],
    [undefined, "c0"],
  ])("writes %s as Python does", (value, expected) => {
    expect(hex(value)).toBe(expected);
  });

  it("writes Maps and plain objects as maps, without undefined fields, and Sets as dask does", () => {
    expect(hex({ a: 1, b: undefined })).toBe("81a16101");
    expect(hex(Object.assign(Object.create(null), { a: 1 }))).toBe("81a16101");
    expect(hex(new Map([[["x", 0], 1]]))).toBe("8192a1780001");
    expect(hex(new Set([1]))).toBe(
      hex(
        new Map<string, unknown>([
          ["__Set__", true],
          ["as-list", [1]],
        ]),
      ),
    );
  });

  it("writes more than 16 and more than 65535 entries", () => {
    for (const length of [15, 16, 65_535, 65_536]) {
      const list = Array.from({ length }, (_, index) => index);
      expect(decodeMsgpack(encodeMsgpack(list))).toEqual(list);
      const map = new Map(list.map((index) => [index, index]));
      expect(decodeMsgpack(encodeMsgpack(map))).toEqual(map);
    }
  });

  it("refuses what has no form, and goes on working", () => {
    class Own {}
    let deep: unknown = [];
    for (let depth = 0; depth < 300; depth++) deep = [deep];
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const wrong of [() => 1, Symbol.iterator, new Own(), 2n ** 64n, -(2n ** 63n) - 1n, deep, cycle]) {
      expect(() => encodeMsgpack([1, wrong])).toThrow(TypeError);
      expect(hex([1])).toBe("9101");
    }
  });

  it("writes something else in place of an object, if it is told to", () => {
    class Own {}
    expect(decodeMsgpack(encodeMsgpack([new Own()], (value) => ({ own: value instanceof Own })))).toEqual([
      new Map([["own", true]]),
    ]);
  });
});
