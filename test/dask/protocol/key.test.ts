import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Key, keyId, keyOf, keyText } from "../../../src/dask/protocol/key.ts";
import { DaskProtocolError } from "../../../src/errors.ts";

const { key: anyKey } = fc.letrec<{ key: Key }>((tie) => ({
  key: fc.oneof(
    { depthSize: "small" },
    fc.string({ unit: "binary" }),
    fc.double(),
    fc.bigInt(),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array(),
    fc.array(tie("key"), { maxLength: 3 }),
  ),
}));

describe("keyId", () => {
  it("is the key itself of ordinary texts", () => {
    for (const text of ["inc-1", "", "('x', 0)", "é"]) expect(keyId(text)).toBe(text);
  });

  it("leads back to the key, and differs for different keys", () => {
    fc.assert(
      fc.property(anyKey, anyKey, (one, other) => {
        expect(keyOf(keyId(one))).toEqual(one);
        const isSame = Object.is(one, other) || JSON.stringify(String(one)) === JSON.stringify(String(other));
        if (!isSame) expect(keyId(one)).not.toBe(keyId(other));
      }),
    );
    expect(keyId("\0[1]")).not.toBe(keyId([1]));
    expect(keyId("\0")).not.toBe("\0");
    expect(keyOf(keyId("\0[1]"))).toBe("\0[1]");
    expect(keyId([1])).not.toBe(keyId(["1"]));
    expect(keyId([1])).not.toBe(keyId([1n]));
    expect(keyOf(keyId([-0, Number.NaN]))).toEqual([-0, Number.NaN]);
  });

  it("refuses what is no key, and tuples that are too large or too deep", () => {
    let twice: unknown = "x".repeat(10);
    for (let depth = 0; depth < 15; depth++) twice = Array(1000).fill(twice);
    let deep: unknown = [];
    for (let depth = 0; depth < 100; depth++) deep = [deep];
    for (const wrong of [undefined, {}, new Map(), Symbol.iterator, [{}], twice, deep]) {
      expect(() => keyId(wrong)).toThrow(DaskProtocolError);
    }
  });
});

it("keyText shows keys as Python does", () => {
  expect(["x", ["x", 0], [["x"]], 1, [Uint8Array.of(97), null]].map((key) => keyText(keyId(key)))).toEqual([
    "x",
    "('x', 0)",
    "(('x',),)",
    "1",
    "(b'a', null)",
  ]);
});
