import { describe, expect, it } from "vitest";
import { ByteWriter } from "../../../src/dask/pickle/byte-writer.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("ByteWriter", () => {
  it("writes numbers in both orders", () => {
    const writer = new ByteWriter(1);
    writer.byte(1);
    writer.byteAnd8(2, 3);
    writer.byteAnd16(4, 0x0506);
    writer.byteAnd16(4, 0x0506, true);
    writer.byteAnd32(7, 0x08090a0b);
    writer.byteAnd32(7, 0x08090a0b, true);
    writer.byteAnd64(8, 0x0102030405060708n);
    writer.byteAndFloat(9, -2);
    expect(hex(writer.finish())).toBe(
      `01${"0203"}${"040506"}${"040605"}${"0708090a0b"}${"070b0a0908"}${"080102030405060708"}${"09c000000000000000"}`,
    );
  });

  it("grows, and is empty after finish, which copies", () => {
    const writer = new ByteWriter(4);
    writer.raw(new Uint8Array(200_000).fill(7));
    const first = writer.finish();
    expect(first.byteLength).toBe(200_000);
    expect(writer.length).toBe(0);
    expect(writer.bytes.byteLength).toBeLessThanOrEqual(64 * 1024);
    writer.byte(1);
    expect(hex(writer.finish())).toBe("01");
    expect(first[0]).toBe(7);
  });

  it("writes short ASCII texts itself, and nothing of others", () => {
    const writer = new ByteWriter(1);
    expect(writer.shortAscii("ab", 0xa0, 31)).toBe(true);
    expect(writer.shortAscii("aé", 0xa0, 31)).toBe(false);
    expect(writer.shortAscii("abc", 0xa0, 2)).toBe(false);
    writer.text("é", 2);
    expect(hex(writer.finish())).toBe("a26162c3a9");
  });
});
