import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decompress } from "../../../src/dask/protocol/compression.ts";
import { wholeFrames } from "../../../src/dask/protocol/message.ts";
import { DaskProtocolError } from "../../../src/errors.ts";
import { GOLDEN, serializedOf } from "../golden/golden.ts";

/** The size, and the block. */
function lz4(size: number, ...block: number[]): Uint8Array {
  const frame = Buffer.alloc(4 + block.length);
  frame.writeUInt32LE(size);
  frame.set(block, 4);
  return frame;
}

const text = (frame: Uint8Array): string => Buffer.from(decompress("lz4", frame)).toString();

describe("decompress", () => {
  it("leaves alone what is not compressed", () => {
    const frame = new Uint8Array(3);
    expect(decompress(null, frame)).toBe(frame);
    expect(decompress(undefined, frame)).toBe(frame);
  });

  it("reads what Python has compressed with lz4 and zlib", () => {
    const frame = serializedOf(GOLDEN[0]!.messages.lz4!, "data");
    expect(frame.header.get("compression")).toEqual(["lz4"]);
    const expected = BigInt64Array.from({ length: 3000 }, (_, index) => BigInt(Math.floor(index / 7)));
    expect(wholeFrames(frame)[0]).toEqual(new Uint8Array(expected.buffer));
    for (const { messages } of GOLDEN) {
      const zeros = serializedOf(messages.zlib!, "data");
      expect(zeros.header.get("compression")).toEqual(["zlib"]);
      expect(wholeFrames(zeros)[0]).toEqual(new Uint8Array(160_000));
    }
  });

  it("reads lz4: literals, copies that overlap, and long lengths", () => {
    expect(text(lz4(3, 0x30, 97, 98, 99))).toBe("abc");
    // "ab", then 8 bytes from 2 back, then "c"
    expect(text(lz4(11, 0x24, 97, 98, 2, 0, 0x10, 99))).toBe("ababababab" + "c");
    expect(text(lz4(300, 0x1f, 97, 1, 0, 255, 299 - 4 - 15 - 255))).toBe("a".repeat(300));
    const literals = Array(270).fill(120);
    expect(text(lz4(270, 0xf0, 255, 0, ...literals))).toBe("x".repeat(270));
  });

  it.each([
    ["no size", Uint8Array.of(1, 2)],
    ["a size beyond what its bytes can be", lz4(2 ** 31, 0x10, 97)],
    ["a size larger than it is", lz4(5, 0x30, 97, 98, 99)],
    ["a size smaller than it is", lz4(2, 0x30, 97, 98, 99)],
    ["literals that are not there", lz4(9, 0x90, 97)],
    ["a length without an end", lz4(9, 0xf0, 255)],
    ["half a distance", lz4(9, 0x14, 97, 1)],
    ["no distance", lz4(9, 0x14, 97, 0, 0)],
    ["a copy from before the start", lz4(9, 0x14, 97, 2, 0)],
    ["a copy past the end", lz4(3, 0x14, 97, 1, 0)],
  ])("refuses lz4 with %s", (_, frame) => {
    expect(() => decompress("lz4", frame)).toThrow(DaskProtocolError);
  });

  it("refuses broken zlib and other names", () => {
    expect(() => decompress("zlib", deflateSync("x").subarray(1))).toThrow(DaskProtocolError);
    expect(() => decompress("zstd", new Uint8Array(3))).toThrow(/zstd/);
  });
});
