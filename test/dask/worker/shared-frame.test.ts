import { expect, it } from "vitest";
import { Serialized } from "../../../src/dask/protocol/message.ts";
import { compact, sharedFrame } from "../../../src/dask/worker/shared-frame.ts";

it("a shared frame has as many bytes as it should, in memory of its own", () => {
  const frame = sharedFrame(100);
  expect(frame.byteLength).toBe(100);
  expect(frame.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(frame.buffer.byteLength).toBe(100);
});

it("a value that owns its memory stays the same object", () => {
  const value = Serialized.of("raw", [
    new Uint8Array(10),
    sharedFrame(1000),
    new Uint8Array(100_000).subarray(1),
  ]);
  expect(compact(value)).toBe(value);
});

it("a value that is a small part of something larger is copied", () => {
  const read = new Uint8Array(100_000).fill(7);
  const large = sharedFrame(1000);
  const value = compact(Serialized.of("raw", [read.subarray(5, 8), large], [["x", 1]]));
  expect([...value.frames[0]!]).toEqual([7, 7, 7]);
  expect(value.frames[0]!.buffer.byteLength).toBe(3);
  expect(value.frames[1]).toBe(large);
  expect(value.header.get("x")).toBe(1);
});
