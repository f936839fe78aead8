import { describe, expect, it } from "vitest";
import { ByteReader } from "../../../src/dask/pickle/byte-reader.ts";
import { DaskProtocolError } from "../../../src/errors.ts";

const readerOf = (hex: string): ByteReader => new ByteReader(Buffer.from(hex, "hex"));

describe("ByteReader", () => {
  it("reads numbers: little-endian, floats big-endian", () => {
    const reader = readerOf(
      "01 0201 04030201 feffffff 0807060504030201 c000000000000000".replaceAll(" ", ""),
    );
    expect([reader.u8(), reader.u16(), reader.u32(), reader.i32()]).toEqual([1, 0x0102, 0x01020304, -2]);
    expect(reader.u64()).toBe(Number(0x0102030405060708n));
    expect(reader.f64()).toBe(-2);
    expect(() => reader.u8()).toThrow(DaskProtocolError);
  });

  it("reads integers of any length, as bigint where they are not safe", () => {
    expect(readerOf("").integer(0)).toBe(0);
    expect(readerOf("ff").integer(1)).toBe(-1);
    expect(readerOf("ff00").integer(2)).toBe(255);
    expect(readerOf("ffffffffffff1f").integer(7)).toBe(Number.MAX_SAFE_INTEGER);
    expect(readerOf("00000000000020").integer(7)).toBe(2n ** 53n);
    expect(() => new ByteReader(new Uint8Array(100_000)).integer(70_000)).toThrow(/integer of 70000 bytes/);
  });

  it("reads texts and lines, and bytes as plain parts of what it was given", () => {
    const reader = new ByteReader(Buffer.from("one\ntwoébytes"));
    expect(reader.line()).toBe("one");
    expect(reader.text(5)).toBe("twoé");
    const bytes = reader.bytes(5);
    expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
    expect(Buffer.from(bytes).toString()).toBe("bytes");
    expect(() => reader.line()).toThrow(DaskProtocolError);
    expect(() => reader.bytes(2 ** 52)).toThrow(/ends too early/);
  });
});
