import { describe, expect, it } from "vitest";
import { interpret } from "../../../src/dask/pickle/constructors.ts";
import { unpickle } from "../../../src/dask/pickle/reader.ts";
import { decompress } from "../../../src/dask/protocol/compression.ts";
import { readFailure } from "../../../src/dask/protocol/exceptions.ts";
import { FrameReader, piecesOf } from "../../../src/dask/protocol/framing.ts";
import { readHandshake } from "../../../src/dask/protocol/handshake.ts";
import { decodeMessage, encodeMessage, Pickled, Serialized } from "../../../src/dask/protocol/message.ts";
import {
  readClientMessage,
  readRequest,
  readWorkerMessage,
  streamMessages,
} from "../../../src/dask/protocol/messages.ts";
import { encodeMsgpack } from "../../../src/dask/protocol/msgpack-writer.ts";
import { readRunSpec } from "../../../src/dask/protocol/run-spec.ts";
import { readValue, writeValue } from "../../../src/dask/protocol/values.ts";
import { DaskProtocolError } from "../../../src/errors.ts";
import { Random } from "../../support/random.ts";
import { bytesOf, framesOf, GOLDEN } from "../golden/golden.ts";

/*
 * Every decoder gets what it should never get: recorded bytes that are changed, cut and put together anew,
 * and bytes by lot. It may only throw a DaskProtocolError, and must come to an end soon. FUZZ_SECONDS=600 for
 * a long run; FUZZ_SEED for the same run again.
 */

const MILLISECONDS = Number(process.env.FUZZ_SECONDS ?? 4) * 1000;
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() & 0x7fffffff);
/** One input takes far less; this machine may be busy. */
const LONGEST_INPUT = 5_000;

function mutated(random: Random, bytes: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  let result: Uint8Array = bytes.slice();
  for (let changes = 1 + random.below(4); changes > 0; changes--) result = changed(random, result, others);
  return result;
}

const INTERESTING = [0, 1, 0x7f, 0x80, 0xff, 0x28, 0x2e, 0x52, 0x68, 0x94, 0xc6, 0xdd, 0xdf];

function changed(random: Random, bytes: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  const at = random.below(bytes.byteLength + 1);
  const end = Math.min(bytes.byteLength, at + random.below(30));
  switch (random.below(7)) {
    case 0: // A byte is another one.
      if (at < bytes.byteLength)
        bytes[at] = random.chance(0.5) ? random.pick(INTERESTING) : random.below(256);
      return bytes;
    case 1: // A bit is another one.
      if (at < bytes.byteLength) bytes[at]! ^= 1 << random.below(8);
      return bytes;
    case 2: // The end is missing.
      return bytes.slice(0, at);
    case 3: // Something is missing.
      return new Uint8Array(Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]));
    case 4: // Something is there twice, or many times.
      return new Uint8Array(
        Buffer.concat([
          bytes.subarray(0, end),
          ...Array<Uint8Array>(random.chance(0.1) ? 200 : 1).fill(bytes.slice(at, end)),
          bytes.subarray(end),
        ]),
      );
    case 5: {
      // A large number somewhere.
      const size = random.pick([1, 2, 4, 8]);
      for (let byte = at; byte < Math.min(bytes.byteLength, at + size); byte++)
        bytes[byte] = random.chance(0.8) ? 0xff : 0x7f;
      return bytes;
    }
    default: {
      // Part of another one.
      const other = random.pick(others);
      const from = random.below(other.byteLength + 1);
      const part = other.subarray(from, from + random.below(60));
      return new Uint8Array(Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(end)]));
    }
  }
}

function byLot(random: Random): Uint8Array {
  return Uint8Array.from({ length: random.below(80) }, () => random.below(256));
}

/** Messages of all kinds. */
const MESSAGES: readonly Uint8Array[][] = [
  ...GOLDEN.flatMap(({ messages, values, specs, failures }) =>
    [messages, values, specs, failures].flatMap((group) => Object.values(group).map(framesOf)),
  ),
  encodeMessage({
    op: "get_data",
    keys: ["a", ["x", 0]],
    who: "tcp://x",
    data: { a: writeValue([1, { b: "c" }])! },
  }),
  encodeMessage([
    { op: "free-keys", keys: ["a"], stimulus_id: "s" },
    { op: "event", topic: "t", event: [1, 2] },
  ]),
].filter((frames) => frames.every(({ byteLength }) => byteLength < 100_000));
const FRAMES: readonly Uint8Array[] = MESSAGES.flat();
const PICKLES: readonly Uint8Array[] = GOLDEN.flatMap(({ pickles }) =>
  Object.values(pickles).flat().map(bytesOf),
);
const COMPRESSED: readonly Uint8Array[] = GOLDEN.flatMap(({ messages }) =>
  ["lz4", "zlib"].flatMap((name) => (messages[name] === undefined ? [] : framesOf(messages[name]).slice(2))),
);

/** Reads all there is in a message. */
function readAll(value: unknown): void {
  if (value instanceof Serialized) {
    attempt(() => readValue(value));
    readFailure(value, null);
    encodeMessage(value);
  } else if (value instanceof Pickled) attempt(() => readRunSpec(value));
  else if (Array.isArray(value)) value.forEach(readAll);
  else if (value instanceof Map) for (const one of value.values()) readAll(one);
}

/** Only errors of the protocol are allowed. */
function attempt(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof DaskProtocolError)) throw error;
  }
}

function readMessage(frames: readonly Uint8Array[]): void {
  attempt(() => {
    const message = decodeMessage(frames);
    readAll(message);
    for (const one of streamMessages(message)) {
      for (const read of [readWorkerMessage, readClientMessage, readRequest]) attempt(() => read(one));
    }
    if (message instanceof Map) readFailure(message.get("exception"), message.get("traceback"));
  });
  attempt(() => readHandshake(frames));
}

/** What is done with one input. */
type Decoder = (random: Random) => void;

const DECODERS: Readonly<Record<string, Decoder>> = {
  "frames of messages": (random) => {
    const frames = random
      .pick(MESSAGES)
      .map((frame) => (random.chance(0.4) ? mutated(random, frame, FRAMES) : frame));
    if (random.chance(0.1)) frames.splice(random.below(frames.length), 1);
    readMessage(frames);
  },
  "bytes of streams": (random) => {
    const bytes = new Uint8Array(
      Buffer.concat(piecesOf(random.pick(MESSAGES)).concat(piecesOf(random.pick(MESSAGES)))),
    );
    const reader = new FrameReader({ maxBytes: 2 ** 26 });
    const wrong = random.chance(0.1) ? byLot(random) : mutated(random, bytes, FRAMES);
    attempt(() => {
      for (let at = 0; at < wrong.byteLength; ) {
        const size = 1 + random.below(5000);
        for (const frames of reader.push(wrong.subarray(at, at + size))) readMessage(frames);
        at += size;
      }
    });
  },
  pickles: (random) => {
    const bytes = random.chance(0.1) ? byLot(random) : mutated(random, random.pick(PICKLES), PICKLES);
    attempt(() => interpret(unpickle(bytes, [new Uint8Array(16)])));
    attempt(() => readRunSpec(new Pickled(bytes)));
    readFailure(bytes, bytes);
  },
  msgpack: (random) => {
    const bytes = random.chance(0.1) ? byLot(random) : mutated(random, random.pick(FRAMES), FRAMES);
    readMessage([bytes, encodeMsgpack({ "num-sub-frames": 0 })]);
  },
  "compressed frames": (random) => {
    const bytes = random.chance(0.1) ? byLot(random) : mutated(random, random.pick(COMPRESSED), COMPRESSED);
    attempt(() => decompress("lz4", bytes));
    attempt(() => decompress("zlib", bytes));
  },
};

describe("decoders that get what is wrong", () => {
  const count = Object.keys(DECODERS).length;

  it.each(Object.entries(DECODERS))(
    "%s: end soon, with a DaskProtocolError or a value",
    (name, decoder) => {
      const end = performance.now() + MILLISECONDS / count;
      let inputs = 0;
      for (let seed = SEED; performance.now() < end; seed++, inputs++) {
        const start = performance.now();
        try {
          decoder(new Random(seed));
        } catch (error) {
          throw new Error(`${name} with FUZZ_SEED=${seed}: ${String(error)}`, { cause: error });
        }
        const took = performance.now() - start;
        if (took > LONGEST_INPUT) throw new Error(`${name} with FUZZ_SEED=${seed} took ${took} ms`);
      }
      expect(inputs).toBeGreaterThan(10);
    },
    MILLISECONDS + 60_000,
  );
});
