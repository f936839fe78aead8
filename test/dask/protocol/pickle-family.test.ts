import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PyObject } from "../../../src/dask/pickle/objects.ts";
import { pickled, readPickle, writePickle } from "../../../src/dask/protocol/pickle-family.ts";

const again = (value: unknown): unknown => {
  const written = writePickle(value)!;
  return readPickle(written.header, written.frames);
};

/** A value of which each part occurs once. */
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "medium" },
    fc.constantFrom(null, true, false, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER),
    fc.double(),
    fc.maxSafeInteger(),
    fc.bigInt({ min: 2n ** 53n }),
    fc.bigInt({ max: -(2n ** 53n) }),
    fc.string({ unit: "grapheme" }),
    fc.uint8Array(),
    fc.float64Array({ maxLength: 5 }),
    fc.bigInt64Array({ maxLength: 5 }),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(fc.string({ unit: "grapheme" }), tie("value"), { maxKeys: 5, noNullPrototype: true }),
    fc
      .uniqueArray(fc.oneof(fc.string({ unit: "grapheme" }), fc.integer()), { maxLength: 4 })
      .map((items) => new Set(items)),
  ),
}));

describe("writePickle", () => {
  it("writes what readPickle reads", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(again(value)).toStrictEqual(value);
      }),
    );
  });

  it("keeps fields called __proto__ and their order", () => {
    const value = JSON.parse('{"b": 1, "__proto__": 2, "a": 3}');
    expect(Object.entries(again(value) as object)).toEqual(Object.entries(value));
    expect(again([[], {}, new Set(), "", new Uint8Array(0)])).toStrictEqual([
      [],
      {},
      new Set(),
      "",
      new Uint8Array(0),
    ]);
  });

  it("lays large typed arrays beside the pickle without a copy", () => {
    const large = { numbers: new Float64Array(1000).fill(0.5), bytes: new Uint8Array(5000) };
    const { header, frames } = writePickle(large)!;
    expect(header.get("writeable")).toEqual([true, true]);
    expect(frames.slice(1).map(({ buffer }) => buffer)).toEqual([large.numbers.buffer, large.bytes.buffer]);
    expect(frames[1]!.buffer).toBe(large.numbers.buffer);
    expect(frames[0]!.byteLength).toBeLessThan(200);
    expect(again(large)).toStrictEqual(large);
  });

  const shared = [1];
  const memory = new ArrayBuffer(16);
  const cycle: unknown[] = [];
  cycle.push(cycle);
  let deep: unknown[] = [];
  for (let depth = 0; depth < 100_000; depth++) deep = [deep];
  class Own {
    field = 1;
  }
  class OwnArray extends Array {}
  class OwnFloats extends Float64Array {}
  const withMore = Object.assign([1], { more: 2 });
  const withSymbol = { [Symbol.iterator]: 1 };
  const withHidden = Object.defineProperty({}, "hidden", { value: 1 });
  const withGetter = {
    get field(): never {
      throw new Error("has been called");
    },
  };
  const proxy = new Proxy([], {
    get: () => {
      throw new Error("has been called");
    },
    getPrototypeOf: () => {
      throw new Error("has been called");
    },
  });

  it.each<[string, unknown]>([
    ["undefined", undefined],
    ["a function", () => 1],
    ["a symbol", Symbol("x")],
    ["a small bigint", 5n],
    ["the largest safe bigint", 2n ** 53n - 1n],
    ["a surrogate without a partner", "a\ud800b"],
    ["such a name", { "\udc00": 1 }],
    // biome-ignore lint/suspicious/noSparseArray: that is what it is about
    ["a hole", [1, , 2]],
    ["what is shared", [shared, shared]],
    ["a cycle", cycle],
    ["memory that is shared", [new Float64Array(memory, 0, 1), new Float64Array(memory, 8)]],
    ["many levels", deep],
    ["an instance", new Own()],
    ["an array of a class", OwnArray.of(1)],
    ["typed numbers of a class", [OwnFloats.of(1)]],
    ["an object without a prototype", Object.create(null)],
    ["more than elements", withMore],
    ["a symbol as name", withSymbol],
    ["a hidden field", withHidden],
    ["a getter", withGetter],
    ["a proxy", proxy],
    ["a Map", new Map([["a", 1]])],
    ["a date", new Date(0)],
    ["a Buffer in it", [Buffer.from("x")]],
    ["an ArrayBuffer in it", [new ArrayBuffer(1)]],
    ["clamped bytes in it", [new Uint8ClampedArray(1)]],
    ["a DataView", [new DataView(memory)]],
    ["objects in a Set", new Set([{}])],
    ["undefined in a Set", new Set([undefined])],
    [
      "arguments",
      (function () {
        // biome-ignore lint/complexity/noArguments: that is what it is about
        return arguments;
      })(),
    ],
  ])("leaves %s to others", (_, value) => {
    expect(writePickle(value)).toBeUndefined();
    if (value !== undefined) expect(writePickle({ deeper: [value] })).toBeUndefined();
  });

  it("gives all small values the same header", () => {
    const header = writePickle(1)!.header;
    expect(writePickle([{ a: "x" }])!.header).toBe(header);
    expect(pickled(new Uint8Array(1)).header).toBe(header);
    expect([...header]).toEqual([
      ["serializer", "pickle"],
      ["writeable", []],
      ["num-sub-frames", 1],
    ]);
  });
});

describe("readPickle", () => {
  it("leaves what only Python has as a description", () => {
    const bytes = Buffer.from(
      "80048c036f73948c0673797374656d9394298152 2e".replaceAll(" ", "").replace("52", ""),
      "hex",
    );
    expect(readPickle(new Map(), [bytes])).toBeInstanceOf(PyObject);
  });
});
