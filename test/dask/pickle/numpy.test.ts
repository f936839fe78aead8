import { describe, expect, it } from "vitest";
import { arrayOf, dtypeOf, elementsOf, NdArray } from "../../../src/dask/pickle/numpy.ts";

const VIEWS = [
  ...[Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array],
  ...[Float32Array, Float64Array, BigInt64Array, BigUint64Array],
];

describe("dtypes", () => {
  it.each(VIEWS.map((View) => [View.name, View] as const))("of %s leads back to it", (_, View) => {
    const view = new View(new Uint8Array(16).map((_, index) => index * 9).buffer);
    const bytes = new Uint8Array(view.buffer);
    const array = arrayOf(dtypeOf(view)!, [view.length], "C", bytes);
    expect(array).toEqual(view);
    expect((array as Uint8Array).buffer).toBe(view.buffer);
  });

  it("that JavaScript has no numbers for have no elements", () => {
    for (const dtype of ["<f2", "<c16", "<M8[s]", "<U3", "|O", "|V8", "f16", "", "<i3"]) {
      expect(elementsOf(dtype)).toBeUndefined();
    }
    expect(dtypeOf(new DataView(new ArrayBuffer(8)))).toBeUndefined();
  });
});

describe("arrayOf", () => {
  it("copies what does not lie right, and turns big-endian numbers", () => {
    const bytes = new Uint8Array([9, 1, 2, 3, 4]);
    expect(arrayOf("<u2", [2], "C", bytes.subarray(1))).toEqual(Uint16Array.of(0x0201, 0x0403));
    expect(arrayOf(">u2", [2], "C", bytes.subarray(1))).toEqual(Uint16Array.of(0x0102, 0x0304));
    expect(bytes).toEqual(new Uint8Array([9, 1, 2, 3, 4]));
  });

  it("makes an NdArray of several dimensions, of none, and of booleans", () => {
    const bytes = new Uint8Array(6);
    expect(arrayOf("|u1", [2, 3], "F", bytes)).toEqual(new NdArray("|u1", [2, 3], bytes, "F"));
    expect(arrayOf("|i1", [], "C", new Uint8Array(1))).toEqual(new NdArray("|i1", [], new Int8Array(1)));
    expect(arrayOf("|b1", [6], "C", bytes)).toEqual(new NdArray("|b1", [6], bytes));
  });

  it("refuses shapes that the bytes do not have", () => {
    for (const shape of [[3], [-2], [1.5], ["2"], [2, 2], [2 ** 53, 2 ** 53], [Number.NaN]]) {
      expect(arrayOf("|u1", shape, "C", new Uint8Array(2))).toBeUndefined();
    }
  });
});
