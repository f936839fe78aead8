import { describe, expect, it } from "vitest";
import { NdArray } from "../../../src/dask/pickle/numpy.ts";
import { Serialized } from "../../../src/dask/protocol/message.ts";
import { encodeMsgpack } from "../../../src/dask/protocol/msgpack-writer.ts";
import { type ReadFamily, readValue, sizeOf, writeValue } from "../../../src/dask/protocol/values.ts";
import { DaskProtocolError } from "../../../src/errors.ts";
import { GOLDEN, serializedOf } from "../golden/golden.ts";

/** What values of Python become that travel as values do. */
const EXPECTED: Readonly<Record<string, unknown>> = {
  none: null,
  "past int32": 2 ** 31,
  text: "text",
  bytes: Uint8Array.of(0, 1, 255),
  bytearray: new Uint8Array(Buffer.from("abc")),
  memoryview: new Uint8Array(Buffer.from("abc")),
  array: Int32Array.of(1, 2, -3),
  list: [1, "two", [3.5, null]],
  dict: { a: 1, b: JSON.parse('{"__proto__": 2}') },
  set: new Set([7]),
  shared: [["shared"], ["shared"]],
  "list of bytes": ["one", "two", "three"].map((text) => new Uint8Array(Buffer.from(text))),
  "dict of arrays": { x: Float64Array.of(0, 1, 2), y: Uint8Array.of(121) },
  "tuple of arrays": [Int32Array.of(0, 1), null],
  float64: Float64Array.of(0, 1, 2, 3),
  matrix: new NdArray("<i2", [2, 3], Int16Array.of(0, 1, 2, 3, 4, 5)),
  fortran: new NdArray("|u1", [2, 3], Uint8Array.of(0, 3, 1, 4, 2, 5), "F"),
  booleans: new NdArray("|b1", [2], Uint8Array.of(1, 0)),
  repeated: new NdArray("<f4", [2, 3], new Float32Array(6).fill(2.5)),
  "no dimensions": new NdArray("<f8", [], Float64Array.of(7)),
  "empty array": new Float32Array(0),
  "matrix in a list": [1, new NdArray("<i8", [2, 2], BigInt64Array.of(0n, 2n, 1n, 3n), "F")],
  "long array": Float64Array.from({ length: 2000 }, (_, index) => index),
};

describe("readValue", () => {
  describe.each(GOLDEN)("of Python $release", ({ values }) => {
    it.each(Object.entries(EXPECTED))("gives %s", (name, expected) => {
      expect(readValue(serializedOf(values[name]!))).toEqual(expected);
    });

    it("says what it cannot read", () => {
      expect(() => readValue(serializedOf(values.times!))).toThrow(/<M8\[s\] can only be read by Python/);
      expect(() => readValue(serializedOf(values.objects!))).toThrow(/of objects can only be read by Python/);
    });
  });

  it("asks families of others, but not for its own", () => {
    const families = new Map<string, ReadFamily>([
      ["own", (_, frames) => frames.length],
      ["pickle", () => "never"],
    ]);
    expect(readValue(Serialized.of("own", [new Uint8Array(1), new Uint8Array(1)]), { families })).toBe(2);
    expect(readValue(writeValue(5)!, { families })).toBe(5);
    expect(() => readValue(Serialized.of("own", []))).toThrow(/nobody here reads values of the family own/);
  });

  it("reads msgpack, and throws what could not be written", () => {
    const bytes = encodeMsgpack({ a: [1] });
    expect(readValue(Serialized.of("msgpack", [bytes.subarray(0, 2), bytes.subarray(2)]))).toEqual({
      a: [1],
    });
    const error = Serialized.of("error", [Buffer.from("no"), Buffer.from("way")]);
    expect(() => readValue(error)).toThrow("a value could not be sent: no\nway");
  });

  it.each<[string, Record<string, unknown>]>([
    ["no lengths", { "sub-headers": [] }],
    ["a length too many", { "sub-headers": [], "frame-lengths": [1] }],
    ["more frames than there are", { "sub-headers": [new Map()], "frame-lengths": [2] }],
    ["a header that is none", { "sub-headers": [1], "frame-lengths": [0] }],
    ["an unknown type", { "sub-headers": [], "frame-lengths": [], "type-serialized": "deque" }],
  ])("refuses a value of several parts with %s", (_, header) => {
    const value = new Serialized(
      new Map<unknown, unknown>([["is-collection", true], ...Object.entries(header)]),
      [new Uint8Array(1)],
    );
    expect(() => readValue(value)).toThrow(DaskProtocolError);
  });

  it("refuses values of several parts that are too deep", () => {
    let header = new Map<unknown, unknown>([["serializer", "msgpack"]]);
    for (let depth = 0; depth < 10_000; depth++) {
      header = new Map<unknown, unknown>([
        ["is-collection", true],
        ["sub-headers", [header]],
        ["frame-lengths", [0]],
        ["type-serialized", "list"],
      ]);
    }
    expect(() => readValue(new Serialized(header, []))).toThrow(DaskProtocolError);
  });
});

describe("writeValue", () => {
  it("takes the family of the value", () => {
    expect(writeValue([1])!.header.get("serializer")).toBe("pickle");
    expect(writeValue(new Float64Array(1))!.header.get("serializer")).toBe("dask");
    expect(readValue(writeValue(Float64Array.of(1, 2))!)).toEqual(Float64Array.of(1, 2));
    expect(writeValue(new Map())).toBeUndefined();
    expect(writeValue(new DataView(new ArrayBuffer(1)))).toBeUndefined();
  });
});

it("sizeOf counts the bytes of the frames", () => {
  expect(sizeOf(writeValue(new Float64Array(100))!)).toBe(800);
  expect(sizeOf(new Serialized(new Map(), []))).toBe(0);
});
