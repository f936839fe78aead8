import { describe, expect, it } from "vitest";
import { NdArray } from "../../../src/dask/pickle/numpy.ts";
import { readMemory, writeMemory } from "../../../src/dask/protocol/dask-family.ts";
import { Serialized } from "../../../src/dask/protocol/message.ts";
import { DaskProtocolError } from "../../../src/errors.ts";

/** As from one thread to another, without a wire in between. */
const again = (value: object): unknown => {
  const { header, frames } = writeMemory(value)!;
  return readMemory(header, frames);
};

function ndarray(fields: Record<string, unknown>, ...frames: Uint8Array[]): unknown {
  const header = new Map<unknown, unknown>([
    ["type", "numpy.ndarray"],
    ["sub-header", new Map(Object.entries(fields))],
  ]);
  return readMemory(header, frames);
}

describe("writeMemory", () => {
  it.each<[string, object]>([
    ["Uint8Array", Uint8Array.of(1, 2)],
    ["Buffer", Buffer.from("text")],
    ["ArrayBuffer", Uint8Array.of(1, 2, 3).buffer],
    ["Uint8ClampedArray", Uint8ClampedArray.of(1, 2)],
    ["Int8Array", Int8Array.of(-1)],
    ["Float32Array", Float32Array.of(0.5)],
    ["BigUint64Array", BigUint64Array.of(2n ** 63n)],
    ["an empty array", new Float64Array(0)],
    ["a matrix", new NdArray("<i4", [2, 2], Int32Array.of(1, 2, 3, 4), "F")],
    ["a number in an array of no dimensions", new NdArray("<f8", [], Float64Array.of(1))],
    ["a matrix without elements", new NdArray("<f8", [0, 3], new Float64Array(0))],
    ["booleans", new NdArray("|b1", [2], Uint8Array.of(1, 0))],
  ])("writes %s so that it is the same again", (_, value) => {
    const read = again(value);
    expect(read).toStrictEqual(value);
    expect(Object.getPrototypeOf(read)).toBe(Object.getPrototypeOf(value));
  });

  it("does not copy, and frames are plain bytes", () => {
    const memory = new SharedArrayBuffer(80);
    for (const view of [
      new Float64Array(memory, 8, 3),
      new Uint8Array(memory, 8, 24),
      Buffer.from(memory, 8, 24),
    ]) {
      const [frame] = writeMemory(view)!.frames;
      expect([frame!.buffer, frame!.byteOffset, frame!.byteLength]).toEqual([memory, 8, 24]);
      expect(Object.getPrototypeOf(frame)).toBe(Uint8Array.prototype);
      expect((again(view) as Uint8Array).buffer).toBe(memory);
    }
  });

  it("leaves what would not be the same again to others", () => {
    class Own extends Float64Array {}
    class OwnBytes extends Uint8Array {}
    const Resizable = ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer;
    const growing = new Resizable(8, { maxByteLength: 16 });
    for (const value of [
      new Own(1),
      new OwnBytes(1),
      new DataView(new ArrayBuffer(1)),
      growing,
      new Uint8Array(growing),
    ]) {
      expect(writeMemory(value)).toBeUndefined();
    }
  });
});

describe("readMemory", () => {
  const frame = new Uint8Array(Float32Array.of(0, 1, 2, 3, 4, 5).buffer);

  it("reads arrays that repeat elements, or have others between them", () => {
    const repeated = { dtype: [0, "<f4"], shape: [1], strides: [0, 4], broadcast_to: [2, 3] };
    expect(ndarray(repeated, frame)).toEqual(new NdArray("<f4", [2, 3], Float32Array.of(0, 1, 2, 0, 1, 2)));
    expect(ndarray({ dtype: [0, "<f4"], shape: [3], strides: [8] }, frame)).toEqual(Float32Array.of(0, 2, 4));
  });

  it("passes over strides where there is one element", () => {
    const strange = { dtype: [0, "<f4"], shape: [1, 6], strides: [1234, 4] };
    expect(ndarray(strange, frame)).toEqual(new NdArray("<f4", [1, 6], Float32Array.of(0, 1, 2, 3, 4, 5)));
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ["times", { dtype: [0, "<M8[s]"], shape: [3], strides: [8] }, /<M8\[s\] can only be read by Python/],
    ["half precision", { dtype: [0, "<f2"], shape: [3], strides: [2] }, /<f2/],
    ["complex numbers", { dtype: [0, "<c8"], shape: [3], strides: [8] }, /<c8/],
    ["fields", { dtype: [1, new Uint8Array(1)], shape: [3], strides: [8] }, /with fields/],
    ["objects", { pickle: true }, /objects/],
    ["no header", {}, /can only be read by Python/],
    ["a wrong shape", { dtype: [0, "<f4"], shape: [7], strides: [4] }, /wrong header/],
    ["negative sizes", { dtype: [0, "<f4"], shape: [-1], strides: [4] }, /wrong header/],
    ["too few strides", { dtype: [0, "<f4"], shape: [2, 3], strides: [4] }, /wrong header/],
    ["negative strides", { dtype: [0, "<f4"], shape: [3], strides: [-4] }, /wrong header/],
    ["very many elements", { dtype: [0, "<f4"], shape: [2 ** 30, 2 ** 20], strides: [0, 0] }, /so often/],
    ["elements without end", { dtype: [0, "<f4"], shape: [2 ** 52, 2 ** 52], strides: [0, 0] }, /so often/],
  ])("refuses an array with %s", (_, fields, text) => {
    expect(() => ndarray(fields, frame)).toThrow(DaskProtocolError);
    expect(() => ndarray(fields, frame)).toThrow(text);
  });

  it("refuses an array without its frame, and classes that only Python has", () => {
    expect(() => ndarray({ dtype: [0, "<f4"], shape: [0], strides: [4] })).toThrow(DaskProtocolError);
    const { header, frames } = Serialized.of("dask", [], [["type", "pandas.core.frame.DataFrame"]]);
    expect(() => readMemory(header, frames)).toThrow(
      /pandas.core.frame.DataFrame can only be read by Python/,
    );
    expect(() => readMemory(new Map([["type", "array.array"]]), [new Uint8Array(3)])).toThrow(
      DaskProtocolError,
    );
  });
});
