import { describe, expect, it } from "vitest";
import { Serialized } from "../../../src/dask/protocol/message.ts";
import { readValue, writeValue } from "../../../src/dask/protocol/values.ts";
import {
  fromWire,
  inSharedMemory,
  ofSmallPickle,
  smallPickle,
  toWire,
} from "../../../src/dask/tasks/wire-value.ts";

describe("a small pickle", () => {
  it("is its bytes and nothing else", () => {
    const value = writeValue([1, "a"])!;
    const bytes = smallPickle(value)!;
    const again = ofSmallPickle(bytes);
    expect([readValue(again), again.headerFrame]).toEqual([[1, "a"], value.headerFrame]);
    expect(ofSmallPickle(bytes).headerFrame).toBe(again.headerFrame);
  });

  it("is not large, compressed, with buffers, or of another family", () => {
    const frame = new Uint8Array(10);
    const others = [
      Serialized.of("pickle", [new Uint8Array(5000)]),
      Serialized.of("pickle", [frame], [["compression", ["zlib"]]]),
      Serialized.of("pickle", [frame, frame]),
      Serialized.of("dask", [frame]),
      Serialized.of("pickle", []),
    ];
    for (const other of others) expect(smallPickle(other)).toBeUndefined();
    expect(smallPickle(Serialized.of("pickle", [frame], [["compression", [null]]]))).toBe(frame);
  });
});

describe("a value on its way to another thread", () => {
  it("leaves behind what lies around it", () => {
    const memory = new Uint8Array(1000).fill(7);
    const { header, frames } = toWire(Serialized.of("dask", [memory.subarray(10, 20), memory]));
    expect(frames.map(({ buffer }) => buffer.byteLength)).toEqual([10, 1000]);
    expect(frames[1]!.buffer).toBe(memory.buffer);
    expect(fromWire({ header, frames }).frames).toBe(frames);
  });

  it("has its large frames in shared memory", () => {
    const [small, large] = [new Uint8Array(10), new Uint8Array(70_000).fill(3)];
    const shared = new Uint8Array(new SharedArrayBuffer(70_000));
    const value = Serialized.of("dask", [small, large, shared]);
    const { frames, header } = inSharedMemory(value);
    expect([frames[0], frames[2], header]).toEqual([small, shared, value.header]);
    expect([frames[1]!.buffer.constructor, frames[1]![69_999]]).toEqual([SharedArrayBuffer, 3]);
    expect(frames[2]!.buffer).toBe(shared.buffer);
    const little = Serialized.of("dask", [small]);
    expect(inSharedMemory(little)).toBe(little);
  });
});
