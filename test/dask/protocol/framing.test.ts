import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameReader, piecesOf } from "../../../src/dask/protocol/framing.ts";
import { DaskProtocolError } from "../../../src/errors.ts";
import { bytesOf, GOLDEN } from "../golden/golden.ts";

const LARGE = 64 * 1024;

function u64(...numbers: number[]): Buffer {
  const bytes = Buffer.alloc(8 * numbers.length);
  numbers.forEach((number, index) => {
    bytes.writeBigUInt64LE(BigInt(number), 8 * index);
  });
  return bytes;
}

/** As Python writes it when some frames are left out of the first number. */
function leftOut(frames: readonly Uint8Array[], inside: number): Buffer {
  const counted =
    8 + 8 * frames.length + frames.slice(0, inside).reduce((sum, frame) => sum + frame.byteLength, 0);
  return Buffer.concat([u64(counted, frames.length, ...frames.map((frame) => frame.byteLength)), ...frames]);
}

/** Feeds the bytes in pieces through memory that is used again. */
function readIn(bytes: Uint8Array, sizes: readonly number[], reader = new FrameReader()): Uint8Array[][] {
  const messages: Uint8Array[][] = [];
  const chunk = Buffer.alloc(Math.max(...sizes));
  for (let at = 0, turn = 0; at < bytes.byteLength; turn++) {
    const size = Math.min(sizes[turn % sizes.length]!, bytes.byteLength - at);
    chunk.set(bytes.subarray(at, at + size));
    messages.push(...reader.push(chunk.subarray(0, size)));
    chunk.fill(0xee);
    at += size;
  }
  return messages;
}

/** The same, but bytes go where the reader has room for them. */
function readInPlace(bytes: Uint8Array, sizes: readonly number[], reader: FrameReader): Uint8Array[][] {
  const messages: Uint8Array[][] = [];
  for (let at = 0, turn = 0; at < bytes.byteLength; turn++) {
    const room = reader.room();
    const most = Math.min(sizes[turn % sizes.length]!, room?.byteLength ?? Number.POSITIVE_INFINITY);
    const piece = bytes.subarray(at, at + most);
    room?.set(piece);
    messages.push(...(room === undefined ? reader.push(piece) : reader.advance(piece.byteLength)));
    at += piece.byteLength;
  }
  return messages;
}

const anyFrame = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.nat(3).map((more) => new Uint8Array(LARGE - 1 + more).fill(more)),
);
const anyMessages = fc.array(fc.array(anyFrame, { minLength: 1, maxLength: 5 }), {
  minLength: 1,
  maxLength: 4,
});
const anySizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 200_000 })), {
  minLength: 1,
  maxLength: 5,
});

describe("FrameReader", () => {
  it("reads the same when bytes go to their places at once", () => {
    fc.assert(
      fc.property(anyMessages, anySizes, (messages, sizes) => {
        const bytes = Buffer.concat(messages.flatMap(piecesOf));
        const reader = new FrameReader();
        const read = readInPlace(bytes, sizes, reader);
        expect(reader.idle).toBe(true);
        const joined = (all: Uint8Array[][]): Buffer[] => all.map((frames) => Buffer.concat(frames));
        expect(Buffer.concat(joined(read)).equals(Buffer.concat(joined(readIn(bytes, sizes))))).toBe(true);
        const lengths = (frames: readonly Uint8Array[]): number[] =>
          frames.map(({ byteLength }) => byteLength);
        expect(read.map(lengths)).toEqual(messages.map(lengths));
      }),
      { numRuns: 30 },
    );
  });

  it("has room for what is missing of a large frame, in the memory that it becomes", () => {
    const memory = new SharedArrayBuffer(2 * LARGE);
    const reader = new FrameReader({ allocate: () => new Uint8Array(memory) });
    expect(reader.room()).toBeUndefined();
    const [head, frame] = piecesOf([new Uint8Array(2 * LARGE).fill(7)]);
    expect(reader.push(Buffer.concat([head!, frame!.subarray(0, 100)]))).toEqual([]);
    const room = reader.room()!;
    expect([room.buffer, room.byteOffset, room.byteLength]).toEqual([memory, 100, 2 * LARGE - 100]);
    room.fill(7);
    const [message] = reader.advance(room.byteLength);
    expect(message![0]!.buffer).toBe(memory);
    expect(message![0]!.every((byte) => byte === 7)).toBe(true);
    expect(reader.room()).toBeUndefined();
  });

  it("reads what piecesOf writes, however it is cut", () => {
    fc.assert(
      fc.property(anyMessages, anySizes, (messages, sizes) => {
        const reader = new FrameReader();
        const read = readIn(Buffer.concat(messages.flatMap(piecesOf)), sizes, reader);
        expect(reader.idle).toBe(true);
        expect(read.length).toBe(messages.length);
        read.forEach((frames, index) => {
          expect(Buffer.concat(frames).equals(Buffer.concat(messages[index]!))).toBe(true);
          expect(frames.map(({ byteLength }) => byteLength)).toEqual(
            messages[index]!.map(({ byteLength }) => byteLength),
          );
        });
      }),
      { numRuns: 60 },
    );
  });

  it("reads frames that are left out of the first number", () => {
    const frames = [3, 0, LARGE, 5, 0].map((size, index) => new Uint8Array(size).fill(index));
    for (let inside = 0; inside <= frames.length; inside++) {
      for (const sizes of [[1_000_000], [7]]) {
        expect(readIn(leftOut(frames, inside), sizes)).toEqual([frames]);
      }
    }
  });

  it.each(GOLDEN)("reads the handshake of Python $release", ({ handshake }) => {
    const [frames] = new FrameReader().push(bytesOf(handshake));
    expect(frames!.map(({ byteLength }) => byteLength)).toEqual([42]);
    expect(Buffer.concat(piecesOf(frames!)).toString("hex")).toBe(handshake);
  });

  it("gives plain memory of its own, large frames where they are to go", () => {
    const asked: number[] = [];
    const reader = new FrameReader({
      allocate: (bytes) => {
        asked.push(bytes);
        return new Uint8Array(new SharedArrayBuffer(bytes));
      },
    });
    const message = [new Uint8Array(10), new Uint8Array(LARGE).fill(1), new Uint8Array(LARGE - 1).fill(2)];
    const [frames] = readIn(Buffer.concat(piecesOf(message)), [1000], reader);
    expect(frames).toEqual(message);
    expect(asked).toEqual([LARGE]);
    expect(frames![1]!.buffer).toBeInstanceOf(SharedArrayBuffer);
    for (const frame of frames!) expect(Object.getPrototypeOf(frame)).toBe(Uint8Array.prototype);
  });

  it("puts the parts of a value that Python has split side by side", () => {
    const shard = new Uint8Array(64 * 1024 * 1024);
    const frames = [new Uint8Array(5), shard, shard, new Uint8Array(LARGE), new Uint8Array(LARGE)];
    const reader = new FrameReader();
    const read = piecesOf(frames).flatMap((piece) => reader.push(piece))[0]!;
    expect(read.map(({ byteLength }) => byteLength)).toEqual(frames.map(({ byteLength }) => byteLength));
    expect(new Set(read.map(({ buffer }) => buffer)).size).toBe(3);
    expect([1, 2, 3].map((index) => read[index]!.byteOffset / shard.byteLength)).toEqual([0, 1, 2]);
  });

  it("does not allocate what somebody only says", () => {
    const asked: number[] = [];
    const allocate = (bytes: number) => {
      asked.push(bytes);
      return new Uint8Array(bytes);
    };
    const size = 200 * 1024 * 1024;
    const reader = new FrameReader({ allocate });
    reader.push(u64(16 + size, 1, size));
    for (let megabyte = 0; megabyte < 24; megabyte++) reader.push(new Uint8Array(1024 * 1024).fill(megabyte));
    expect(asked).toEqual([]);
    reader.push(new Uint8Array(1024 * 1024).fill(24));
    expect(asked).toEqual([size]);
    let messages: Uint8Array[][] = [];
    for (let megabyte = 25; megabyte < 200; megabyte++) {
      messages = reader.push(new Uint8Array(1024 * 1024).fill(megabyte));
    }
    const [[frame]] = messages as [[Uint8Array]];
    for (const megabyte of [0, 24, 25, 199]) expect(frame[megabyte * 1024 * 1024 + 5]).toBe(megabyte);
  });

  it.each([
    ["no frames", u64(8, 0), /0 frames/],
    ["too many frames", u64(8, 2 ** 30), /1073741824 frames/],
    ["a first number that is no end of a frame", u64(20, 1, 5), /no end of a frame/],
    ["too many bytes", u64(2 ** 40, 1, 2 ** 40), /at most/],
    ["frames that are too long together", u64(24, 2, 2 ** 33, 2 ** 33), /at most/],
    ["numbers beyond all", Buffer.alloc(24, 0xff), /frames/],
  ])("refuses a message of %s", (_, bytes, text) => {
    expect(() => new FrameReader().push(bytes)).toThrow(DaskProtocolError);
    for (const size of [1, 8, 20]) expect(() => readIn(bytes, [size])).toThrow(text);
  });

  it("has limits of the caller's", () => {
    const message = Buffer.concat(piecesOf([new Uint8Array(10), new Uint8Array(10)]));
    expect(() => new FrameReader({ maxFrames: 1 }).push(message)).toThrow(/2 frames/);
    expect(() => new FrameReader({ maxBytes: 43 }).push(message)).toThrow(/at most 43/);
    expect(new FrameReader({ maxFrames: 2, maxBytes: 44 }).push(message).length).toBe(1);
  });
});

describe("piecesOf", () => {
  it("puts small frames together and does not copy large ones", () => {
    const large = new Uint8Array(LARGE);
    const pieces = piecesOf([new Uint8Array(10), large, new Uint8Array(20), new Uint8Array(30), large]);
    expect(pieces.map(({ byteLength }) => byteLength)).toEqual([56 + 10, LARGE, 50, LARGE]);
    expect([pieces[1], pieces[3]]).toEqual([large, large]);
    expect(pieces[1]).toBe(large);
  });
});
