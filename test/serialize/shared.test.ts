import { describe, expect, it } from "vitest";
import { toShared } from "../../src/serialize/shared.ts";
import { LARGE } from "../../src/serialize/transfer.ts";
import { Point } from "./arbitrary-values.ts";

const isShared = ({ buffer }: ArrayBufferView) => buffer instanceof SharedArrayBuffer;
const large = () => new Float64Array(LARGE).map((_, i) => i);

describe("toShared", () => {
  it("puts the memory of a typed array where all threads read it", () => {
    const array = large();
    const shared = toShared(array) as Float64Array;
    expect(isShared(shared)).toBe(true);
    expect(shared).toEqual(array);
    expect(isShared(array)).toBe(false);
    expect(isShared(structuredClone(shared))).toBe(true);
    structuredClone(shared)[0] = 5;
    expect([shared[0], array[0]]).toEqual([5, 0]);
  });

  it("does so in arrays, objects and instances, and leaves the rest and the originals alone", () => {
    const array = large();
    const map = new Map([["array", large()]]);
    const point = Object.assign(new Point(), { y: array });
    const bare = Object.assign(Object.create(null), { array });
    const list: unknown[] = new Array(4);
    list[1] = array;
    list[3] = { point };
    const value = { list, map, bare, small: new Float64Array(4), ring: {} };
    value.ring = value;
    const shared = toShared(value) as typeof value;
    expect(shared).not.toBe(value);
    expect(shared.ring).toBe(shared);
    expect(isShared(shared.list[1] as Float64Array)).toBe(true);
    expect(0 in shared.list).toBe(false);
    const made = (shared.list[3] as { point: Point }).point;
    expect(made).toBeInstanceOf(Point);
    expect(made.y).toBe(shared.list[1]);
    expect(shared.bare.array).toBe(made.y);
    expect(Object.getPrototypeOf(shared.bare)).toBeNull();
    expect(shared.map).toBe(map);
    expect(shared.small).toBe(value.small);
    expect([point.y, value.list[1], isShared(array)]).toEqual([array, array, false]);
  });

  it("lets views of one block of memory share it as before", () => {
    const { buffer } = large();
    const value = [new Float64Array(buffer), new Uint8Array(buffer, 8, 16)] as const;
    const [floats, bytes] = toShared(value) as typeof value;
    expect(bytes.buffer).toBe(floats.buffer);
    expect([bytes.byteOffset, bytes.length]).toEqual([8, 16]);
  });

  it("leaves memory alone that the value also shows in other ways", () => {
    for (const other of [
      (memory: ArrayBuffer) => memory,
      (memory: ArrayBuffer) => new DataView(memory),
      Buffer.from,
    ]) {
      const array = large();
      const value = [array, (other as (memory: ArrayBuffer) => object)(array.buffer)];
      expect(toShared(value)).toBe(value);
    }
  });

  it("gives back the same value if there is nothing to share", () => {
    const values = [
      1,
      "text",
      undefined,
      new Float64Array(4),
      new Float64Array(2 * LARGE).subarray(1),
      Buffer.alloc(LARGE),
      new ArrayBuffer(LARGE),
      new DataView(new ArrayBuffer(LARGE)),
      toShared(large()),
      [large(), () => 1],
      new Map([[1, large()]]),
    ];
    for (const value of values) expect(toShared(value)).toBe(value);
  });
});
