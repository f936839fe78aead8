import { describe, expect, it } from "vitest";
import { pack, unpack } from "../../src/comm/pack.ts";

const LARGE = 64 * 1024;

describe("pack", () => {
  it("puts large buffers of views beside the body, once, and leaves small ones in it", () => {
    const large = new Uint8Array(LARGE);
    const { body, buffers } = pack([large, large.subarray(5), new Uint8Array(LARGE - 1)]);
    expect(buffers).toEqual([large.buffer]);
    expect(buffers[0]).toBe(large.buffer);
    expect(body.byteLength).toBeGreaterThan(LARGE - 2);
    expect(body.byteLength).toBeLessThan(LARGE + 100);
  });

  it("puts a large buffer that is said to be in it beside the body, too", () => {
    const buffer = new ArrayBuffer(LARGE);
    const packed = pack({ buffer, view: new Uint8Array(buffer) }, [buffer, new ArrayBuffer(8)]);
    expect(packed.buffers).toEqual([buffer]);
    expect(packed.body.byteLength).toBeLessThan(100);
    const { buffer: arrived, view } = unpack(packed) as { buffer: ArrayBuffer; view: Uint8Array };
    expect(view.buffer).toBe(arrived);
  });

  it("puts every SharedArrayBuffer beside the body", () => {
    const shared = new SharedArrayBuffer(1);
    expect(pack([shared, new Uint8Array(shared)]).buffers).toEqual([shared]);
  });

  it("knows all kinds of views", () => {
    const kinds: (new (buffer: ArrayBuffer, start: number) => ArrayBufferView)[] = [
      ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array],
      ...[Float32Array, Float64Array, BigInt64Array, BigUint64Array, DataView],
    ];
    const views = kinds.map((Kind) => new Kind(new ArrayBuffer(16), 8));
    const arrived = unpack(pack(views)) as ArrayBufferView[];
    expect(arrived.map((view) => [view.constructor, view.byteOffset, view.byteLength])).toEqual(
      kinds.map((Kind) => [Kind, 8, 8]),
    );
  });

  it("makes a Uint8Array of a Buffer and of a class of the user's own", () => {
    class Pixels extends Uint8Array {}
    const [buffer, pixels] = unpack(pack([Buffer.from("ab"), new Pixels(3)])) as Uint8Array[];
    expect([buffer!.constructor, pixels!.constructor]).toEqual([Uint8Array, Uint8Array]);
    expect([...buffer!]).toEqual([97, 98]);
  });

  it("takes no more of a pool along than views show", () => {
    const pool = Uint8Array.from({ length: 100 }, (_, i) => i + 1).buffer;
    const other = pool.slice();
    const message = [
      new Uint8Array(pool, 1, 2),
      new Uint8Array(pool, 2, 3),
      new DataView(pool, 50, 1),
      new Uint8Array(other, 1, 1),
    ];
    const packed = pack(message, [], (buffer) => buffer === pool);
    const arrived = unpack(packed) as ArrayBufferView[];
    expect(arrived).toEqual(message.map((view) => expect.objectContaining({ byteOffset: view.byteOffset })));
    const [first, second, third, fourth] = arrived.map(({ buffer }) => buffer);
    expect([second, third]).toEqual([first, first]);
    expect([...new Uint8Array(first!)].flatMap((byte, i) => (byte === 0 ? [] : [[i, byte]]))).toEqual([
      ...[1, 2, 3, 4, 50].map((i) => [i, i + 1]),
    ]);
    expect(new Uint8Array(fourth!)).toEqual(new Uint8Array(other));
  });

  it("refuses what Node alone knows how to clone", () => {
    expect(() => pack(new MessageChannel().port1)).toThrow(
      expect.objectContaining({ name: "DataCloneError" }),
    );
  });
});

describe("unpack", () => {
  it("refuses a view that reaches beyond its buffer", () => {
    const { body } = pack(new Float64Array(4));
    const changed = Buffer.from(body);
    // The length of the view: 4 as a number of 8 bytes.
    const length = changed.indexOf(Buffer.from(Float64Array.of(4).buffer));
    changed.writeDoubleLE(1e9, length);
    expect(() => unpack({ body: changed, buffers: [] })).toThrow(RangeError);
  });

  it("refuses a view of something else than a buffer", () => {
    const changed = Buffer.from(pack(new Uint8Array(0)).body);
    // V8's tag of an empty ArrayBuffer becomes that of `true`.
    const tag = changed.lastIndexOf("B");
    changed.writeUInt8("T".charCodeAt(0), tag);
    expect(() => unpack({ body: changed, buffers: [] })).toThrow(/no buffer/);
  });

  it("refuses a kind of view that does not exist", () => {
    const body = Buffer.from(pack(new Uint8Array(0)).body);
    body.writeUInt8(77, body.indexOf(0x5c) + 1);
    expect(() => unpack({ body, buffers: [] })).toThrow(/no view of kind 77/);
  });

  it("refuses a shared buffer that is none", () => {
    const { body } = pack(new SharedArrayBuffer(4));
    expect(() => unpack({ body, buffers: [] })).toThrow(/no such shared buffer/);
  });
});
