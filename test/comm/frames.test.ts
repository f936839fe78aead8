import { describe, expect, it } from "vitest";
import { closingFrame, FrameReader, framesOf, LARGEST_MESSAGE, MOST_BUFFERS } from "../../src/comm/frames.ts";
import { pack, unpack } from "../../src/comm/pack.ts";
import { Random } from "../support/random.ts";

const LARGE = 100_000;

/** The bytes of a message in one piece. */
function bytesOf(message: unknown): Buffer {
  return Buffer.concat(framesOf(pack(message)));
}

function header(...numbers: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(numbers).buffer);
}

const MESSAGE = bytesOf(1).readUInt32LE(0);

/** A reader, and what comes out of it. */
function reading(): { reader: FrameReader; messages: unknown[]; closed: () => boolean } {
  const messages: unknown[] = [];
  let closed = false;
  const reader = new FrameReader({
    onMessage: (packed) => {
      messages.push(unpack(packed));
    },
    onClose: () => {
      closed = true;
    },
  });
  return { reader, messages, closed: () => closed };
}

/** Puts bytes where the reader wants them, so many at a time as `step` says. */
function feed(reader: FrameReader, bytes: Uint8Array, step: () => number): void {
  for (let done = 0; done < bytes.byteLength; ) {
    const room = reader.room();
    expect(room.byteLength).toBeGreaterThan(0);
    const piece = bytes.subarray(done, done + Math.min(room.byteLength, step()));
    room.set(piece);
    done += piece.byteLength;
    reader.advance(piece.byteLength);
  }
}

describe("FrameReader", () => {
  const messages = [
    1,
    "text",
    { large: new Uint8Array(LARGE).fill(1) },
    "x".repeat(LARGE),
    [],
    [new Uint8Array(LARGE).fill(2), new SharedArrayBuffer(3), "y".repeat(70_000), new Uint16Array(LARGE)],
    new SharedArrayBuffer(0),
    null,
  ];
  const stream = Buffer.concat(messages.map(bytesOf));
  const check = (arrived: readonly unknown[]): void => {
    expect(arrived).toHaveLength(messages.length);
    for (const [i, message] of messages.entries()) {
      // Bytes tell faster than a comparison of so many elements.
      expect(bytesOf(arrived[i]).equals(bytesOf(structuredClone(message)))).toBe(true);
    }
  };

  it.each([1 << 20, 65_536, 4096, 1000, 13])("takes pieces of %i bytes", (size) => {
    const { reader, messages } = reading();
    feed(reader, stream, () => size);
    check(messages);
    expect(reader.idle).toBe(true);
  });

  it("takes bytes one by one", () => {
    const { reader, messages } = reading();
    feed(reader, bytesOf(["small", 1]), () => 1);
    expect(messages).toEqual([["small", 1]]);
  });

  it("takes pieces that are somewhere already", () => {
    for (const size of [1 << 20, 65_536, 777]) {
      const { reader, messages } = reading();
      for (let at = 0; at < stream.byteLength; at += size) reader.take(stream.subarray(at, at + size));
      check(messages);
    }
  });

  it("reads a large buffer into its place", () => {
    const { reader, messages } = reading();
    const bytes = bytesOf(new Uint8Array(LARGE).fill(5));
    feed(reader, bytes.subarray(0, 200), () => 200);
    const room = reader.room();
    expect(room.byteLength).toBe(bytes.byteLength - 200);
    room.set(bytes.subarray(200));
    reader.advance(room.byteLength);
    expect((messages[0] as Uint8Array).buffer).toBe(room.buffer);
  });

  it("is idle between messages only", () => {
    const { reader } = reading();
    expect(reader.idle).toBe(true);
    reader.take(bytesOf("abc").subarray(0, 3));
    expect(reader.idle).toBe(false);
    reader.take(bytesOf("abc").subarray(3));
    expect(reader.idle).toBe(true);
  });

  it("says that the other side has closed, and ignores what follows", () => {
    const { reader, messages, closed } = reading();
    reader.take(Buffer.concat([bytesOf(1), closingFrame(), bytesOf(2), Buffer.alloc(200_000, 7)]));
    expect(messages).toEqual([1]);
    expect(closed()).toBe(true);
  });
});

describe("what no message starts with", () => {
  const tooMuch = LARGEST_MESSAGE + 1;
  it.each<[string, Uint8Array, RegExp]>([
    ["another kind", header(7, 0, 0), /no message/],
    ["text", Buffer.from("GET / HTTP/1.1\r\n"), /no message/],
    ["a body that is too large", header(MESSAGE, tooMuch, 0), /cannot have a body of 2147483648 bytes/],
    ["too many buffers", header(MESSAGE, 3, MOST_BUFFERS + 1), /and 65536 buffers/],
    ["a table that adds up to too much", header(MESSAGE, 3, 2, LARGEST_MESSAGE, 5), /cannot have/],
  ])("is refused: %s", (_, bytes, message) => {
    expect(() => reading().reader.take(bytes)).toThrow(message);
  });

  it.each<[string, Uint8Array]>([
    ["no body", header(MESSAGE, 0, 0)],
    ["another body", Buffer.concat([header(MESSAGE, 4, 0), Buffer.from("abcd")])],
    ["a buffer that does not exist", Buffer.concat([header(MESSAGE, 4, 0), Buffer.from([255, 15, 0x74, 9])])],
    ["a host object that is none", Buffer.concat([header(MESSAGE, 4, 0), Buffer.from([255, 15, 0x5c, 99])])],
    [
      "a shared buffer that is none",
      Buffer.concat([header(MESSAGE, 5, 0), Buffer.from([255, 15, 0x5c, 13, 0])]),
    ],
  ])("nor what it contains: %s", (_, bytes) => {
    expect(() => reading().reader.take(bytes)).toThrow();
  });

  it("allocates no more than one buffer ahead", () => {
    const { reader } = reading();
    const before = process.memoryUsage.rss();
    // Two buffers of 1 GB are announced, and nothing comes.
    reader.take(header(MESSAGE, 4, 2, 1_000_000_000, 1_000_000_000));
    reader.take(Buffer.from([255, 15, 0x5f, 0x5f]));
    expect(reader.room().byteLength).toBe(1_000_000_000);
    expect(process.memoryUsage.rss() - before).toBeLessThan(200_000_000);
  });
});

describe("framesOf", () => {
  it("refuses messages that are too large, before anything is written", () => {
    const body = new Uint8Array(10);
    // Address space, not memory: nothing touches it.
    const half = new ArrayBuffer(1_200_000_000);
    expect(() => framesOf({ body, buffers: [half, half] })).toThrow(
      /at most 2 GiB, this one has 2400000010 bytes/,
    );
  });

  it("refuses messages of too many buffers", () => {
    const buffers = new Array<SharedArrayBuffer>(MOST_BUFFERS + 1).fill(new SharedArrayBuffer(0));
    expect(() => framesOf({ body: new Uint8Array(1), buffers })).toThrow(/at most 65535 large buffers/);
  });

  it("copies no buffer", () => {
    const buffer = new ArrayBuffer(LARGE);
    expect(framesOf({ body: new Uint8Array(1), buffers: [buffer] }).at(-1)!.buffer).toBe(buffer);
  });
});

describe("bytes that have been damaged", () => {
  const original = Buffer.concat(
    [
      { a: [1, 2.5, "x"], m: new Map([[1, new Set(["y"])]]), big: 10n ** 30n },
      [
        new Uint8Array(LARGE),
        new SharedArrayBuffer(9),
        new Float64Array(3),
        new DataView(new ArrayBuffer(4)),
      ],
      new Error("one"),
    ].map(bytesOf),
  );

  it("give messages or an error, and take no more memory than they are long", () => {
    const random = new Random(20);
    const before = process.memoryUsage.rss();
    let [refused, passed] = [0, 0];
    for (let round = 0; round < 1500; round++) {
      const bytes = Buffer.from(original);
      const changes = 1 + random.below(4);
      for (let i = 0; i < changes; i++) {
        // Most of the stream is the content of a buffer, which is no structure.
        const near = random.below(2) === 0 ? 400 : bytes.byteLength;
        const place = random.below(2) === 0 ? random.below(near) : bytes.byteLength - 1 - random.below(near);
        bytes[place] = random.below(256);
      }
      const cut = random.below(4) === 0 ? random.below(bytes.byteLength) : bytes.byteLength;
      const { reader } = reading();
      try {
        reader.take(bytes.subarray(0, cut));
        passed++;
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(100);
    expect(passed).toBeGreaterThan(100);
    expect(process.memoryUsage.rss() - before).toBeLessThan(600_000_000);
  });
});
