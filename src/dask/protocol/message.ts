/**
 * Messages and their frames. The first frame is the message in msgpack. What its receiver need not
 * read to pass it on lies beside it: a header frame, and the frames of the value.
 */

import { DaskProtocolError } from "../../errors.ts";
import { decompress } from "./compression.ts";
import { decodeMsgpack, setOf } from "./msgpack-reader.ts";
import { encodeMsgpack } from "./msgpack-writer.ts";

/** What there is to know of a value: its family (`serializer`), how its frames were split, and more. */
export type Header = ReadonlyMap<unknown, unknown>;

/** A value that only its receiver reads: it is passed on as it came. */
export class Serialized {
  readonly header: Header;
  /** As on the wire: possibly compressed, and parts of larger ones. See `wholeFrames`. */
  readonly frames: readonly Uint8Array[];
  /** The header's own frame, once it is known. */
  #headerFrame: Uint8Array | undefined;

  constructor(header: Header, frames: readonly Uint8Array[], headerFrame?: Uint8Array) {
    this.header = header;
    this.frames = frames;
    this.#headerFrame = headerFrame;
  }

  /** A value of one family, for instance `Serialized.of("pickle", [bytes], [["writeable", []]])`. */
  static of(
    family: string,
    frames: readonly Uint8Array[],
    fields: readonly (readonly [string, unknown])[] = [],
  ): Serialized {
    const header = new Map<unknown, unknown>([["serializer", family], ...fields, [COUNT, frames.length]]);
    return new Serialized(header, frames);
  }

  get headerFrame(): Uint8Array {
    if (this.#headerFrame === undefined) {
      const { header, frames } = this;
      const counted = header.get(COUNT) === frames.length;
      this.#headerFrame = encodeMsgpack(counted ? header : new Map([...header, [COUNT, frames.length]]));
    }
    return this.#headerFrame;
  }
}

/** What its receiver unpickles: `bytes`, and the buffers they refer to. */
export class Pickled {
  readonly bytes: Uint8Array;
  readonly buffers: readonly Uint8Array[];

  constructor(bytes: Uint8Array, buffers: readonly Uint8Array[] = []) {
    this.bytes = bytes;
    this.buffers = buffers;
  }
}

const COUNT = "num-sub-frames";

/**
 * The frames of a message, which is made of null, booleans, numbers, bigints, strings, Uint8Array,
 * arrays, plain objects and Maps (both become maps), Sets, `Serialized` and `Pickled`. Fields of plain objects that are
 * undefined are left out. Throws a `TypeError` for anything else.
 */
export function encodeMessage(message: unknown): Uint8Array[] {
  const beside: (Serialized | Pickled)[] = [];
  let next = 1;
  const first = encodeMsgpack(message, (value) => {
    if (!(value instanceof Serialized || value instanceof Pickled)) return undefined;
    const at = next;
    beside.push(value);
    if (value instanceof Serialized) next += 1 + value.frames.length;
    else next += 1 + value.buffers.length;
    return value instanceof Serialized ? { __Serialized__: at } : { __Pickled__: at };
  });
  const frames = [first];
  for (const value of beside) {
    if (value instanceof Serialized) {
      frames.push(value.headerFrame);
      for (const frame of value.frames) frames.push(frame);
    } else {
      frames.push(encodeMsgpack({ "pickled-obj": value.bytes, [COUNT]: value.buffers.length }));
      for (const buffer of value.buffers) frames.push(buffer);
    }
  }
  return frames;
}

/**
 * The message in these frames: maps are `Map`s, bin is Uint8Array, integers that are not safe are
 * bigints. Throws a `DaskProtocolError`.
 */
export function decodeMessage(frames: readonly Uint8Array[]): unknown {
  const first = frames[0];
  if (first === undefined) throw new DaskProtocolError("a message has no frames");
  const beside = new Beside(frames);
  return decodeMsgpack(first, (map) => {
    const serialized = map.get("__Serialized__");
    if (serialized === true) return inlineSerialized(map.get("data"));
    if (typeof serialized === "number") return beside.read(serialized, Serialized, readSerialized);
    const pickled = map.get("__Pickled__");
    if (typeof pickled === "number") return beside.read(pickled, Pickled, readPickled);
    return setOf(map);
  });
}

type Read<T> = (header: Header, frames: readonly Uint8Array[], headerFrame: Uint8Array) => T;
type Class<T> = abstract new (...parameters: never[]) => T;

/** What lies beside the first frame. Each frame belongs to one value, so that a short message cannot ask for much. */
class Beside {
  readonly #frames: readonly Uint8Array[];
  readonly #known = new Map<number, Serialized | Pickled>();
  /** Frames that no value has taken. */
  #free: number;

  constructor(frames: readonly Uint8Array[]) {
    this.#frames = frames;
    this.#free = frames.length - 1;
  }

  read<T extends Serialized | Pickled>(at: number, kind: Class<T>, read: Read<T>): T {
    const before = this.#known.get(at);
    if (before instanceof kind) return before;
    const headerFrame = at > 0 ? this.#frames[at] : undefined;
    if (headerFrame === undefined || before !== undefined) {
      throw new DaskProtocolError(`a message refers to frame ${at} of ${this.#frames.length}`);
    }
    const header = decodeMsgpack(headerFrame);
    if (!(header instanceof Map)) throw new DaskProtocolError("the header of a value is no map");
    const count = header.get(COUNT);
    const most = Math.min(this.#free, this.#frames.length - at) - 1;
    if (!isCount(count) || count > most) {
      throw new DaskProtocolError(`a value should have ${String(count)} frames, and has ${most}`);
    }
    this.#free -= 1 + count;
    const value = read(header, this.#frames.slice(at + 1, at + 1 + count), headerFrame);
    this.#known.set(at, value);
    return value;
  }
}

const readSerialized: Read<Serialized> = (header, frames, headerFrame) =>
  new Serialized(header, frames, headerFrame);

const readPickled: Read<Pickled> = (header, frames) => {
  const bytes = header.get("pickled-obj");
  if (!(bytes instanceof Uint8Array)) throw new DaskProtocolError("a pickled value has no bytes");
  return new Pickled(bytes, decompressed(header, frames));
};

/** The form without frames of its own: `[header, frames]`. */
function inlineSerialized(data: unknown): Serialized {
  if (
    !Array.isArray(data) ||
    !(data[0] instanceof Map) ||
    !Array.isArray(data[1]) ||
    !data[1].every(isBytes)
  ) {
    throw new DaskProtocolError("a value without frames of its own is not [header, frames]");
  }
  return new Serialized(data[0], data[1]);
}

/**
 * The frames as their sender made them: decompressed, and joined where they were split. Parts that
 * lie side by side are joined without a copy. Throws a `DaskProtocolError`.
 */
export function wholeFrames({ header, frames }: Serialized): Uint8Array[] {
  const parts = decompressed(header, frames);
  const counts = header.get("split-num-sub-frames");
  if (counts === undefined) return [...parts];
  const offsets = header.get("split-offsets");
  if (!Array.isArray(counts) || !Array.isArray(offsets) || counts.length !== offsets.length) {
    throw new DaskProtocolError("the header of a value does not say how its frames were split");
  }
  // Each part belongs to one frame, so that a short header cannot ask for large frames.
  let next = 0;
  return counts.map((count, index) => {
    if (!isCount(count) || offsets[index] !== next || count > parts.length - next) {
      throw new DaskProtocolError("the frames of a value were not split as its header says");
    }
    next += count;
    return joined(parts.slice(next - count, next));
  });
}

function decompressed(header: Header, frames: readonly Uint8Array[]): readonly Uint8Array[] {
  const names = header.get("compression");
  if (names === undefined || names === null) return frames;
  if (!Array.isArray(names) || names.length !== frames.length) {
    throw new DaskProtocolError("the header of a value does not say how its frames were compressed");
  }
  return names.every((name) => name === null)
    ? frames
    : frames.map((frame, at) => decompress(names[at], frame));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (first === undefined) return new Uint8Array(0);
  if (parts.length === 1) return first;
  let bytes = first.byteLength;
  let sideBySide = true;
  for (const part of parts.slice(1)) {
    sideBySide &&= part.buffer === first.buffer && part.byteOffset === first.byteOffset + bytes;
    bytes += part.byteLength;
  }
  if (sideBySide) return new Uint8Array(first.buffer, first.byteOffset, bytes);
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}
