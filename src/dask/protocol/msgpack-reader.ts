/**
 * msgpack, as dask uses it: no extension types, keys of any type in maps, Python's integers.
 *
 * | msgpack      | read as                               | written of                             |
 * | ------------ | ------------------------------------- | -------------------------------------- |
 * | nil, bool    | null, boolean                         | null, undefined, boolean               |
 * | int          | number, or bigint if it is not safe   | safe integers, bigint                  |
 * | float        | number                                | other numbers                          |
 * | str, bin     | string, Uint8Array                    | string, Uint8Array                     |
 * | array        | array                                 | array                                  |
 * | map          | Map, or what the caller makes of it   | Map, plain objects                     |
 *
 * A `Set` is the map `{"__Set__": true, "as-list": […]}`, in both directions.
 */

import { DaskProtocolError } from "../../errors.ts";
import { knownText } from "../pickle/known-texts.ts";
import { plainBytes } from "../pickle/plain-bytes.ts";

/** Deeper values are refused, in both directions. */
export const DEEPEST = 200;

/** What becomes of a map one of whose keys starts with "__": another value, or the map. */
export type Special = (map: Map<unknown, unknown>) => unknown;

/** Throws a `DaskProtocolError` if these bytes are not one value of msgpack. Bytes in it are parts of `bytes`, not copies. */
export function decodeMsgpack(bytes: Uint8Array, special: Special = setOf): unknown {
  const reader = new Reader(bytes, special);
  const value = reader.read(0);
  if (!reader.atEnd) throw new DaskProtocolError("bytes follow the end of a msgpack value");
  return value;
}

/** The Set of a `{"__Set__": true, "as-list": […]}`; other maps as they are. */
export function setOf(map: Map<unknown, unknown>): unknown {
  const list = map.get("as-list");
  return map.has("__Set__") && Array.isArray(list) ? new Set(list) : map;
}

const UNDERSCORE = 0x5f;
/** Up to here a loop is quicker than a call. */
const SHORT = 24;

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #text: Buffer | undefined;
  readonly #special: Special;
  #at = 0;

  constructor(bytes: Uint8Array, special: Special) {
    this.#bytes = plainBytes(bytes);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#special = special;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.byteLength;
  }

  read(depth: number): unknown {
    const tag = this.#bytes[this.#skip(1)]!;
    if (tag < 0x80) return tag;
    if (tag < 0x90) return this.#map(tag & 0x0f, depth);
    if (tag < 0xa0) return this.#array(tag & 0x0f, depth);
    if (tag < 0xc0) return this.#string(tag & 0x1f);
    if (tag >= 0xe0) return tag - 0x100;
    return this.#tagged(tag, depth);
  }

  #tagged(tag: number, depth: number): unknown {
    const view = this.#view;
    switch (tag) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
        return this.#bin(view.getUint8(this.#skip(1)));
      case 0xc5:
        return this.#bin(view.getUint16(this.#skip(2)));
      case 0xc6:
        return this.#bin(view.getUint32(this.#skip(4)));
      case 0xca:
        return view.getFloat32(this.#skip(4));
      case 0xcb:
        return view.getFloat64(this.#skip(8));
      case 0xcc:
        return view.getUint8(this.#skip(1));
      case 0xcd:
        return view.getUint16(this.#skip(2));
      case 0xce:
        return view.getUint32(this.#skip(4));
      case 0xcf:
        return safe(view.getBigUint64(this.#skip(8)));
      case 0xd0:
        return view.getInt8(this.#skip(1));
      case 0xd1:
        return view.getInt16(this.#skip(2));
      case 0xd2:
        return view.getInt32(this.#skip(4));
      case 0xd3:
        return safe(view.getBigInt64(this.#skip(8)));
      case 0xd9:
        return this.#string(view.getUint8(this.#skip(1)));
      case 0xda:
        return this.#string(view.getUint16(this.#skip(2)));
      case 0xdb:
        return this.#string(view.getUint32(this.#skip(4)));
      case 0xdc:
        return this.#array(view.getUint16(this.#skip(2)), depth);
      case 0xdd:
        return this.#array(view.getUint32(this.#skip(4)), depth);
      case 0xde:
        return this.#map(view.getUint16(this.#skip(2)), depth);
      case 0xdf:
        return this.#map(view.getUint32(this.#skip(4)), depth);
      default:
        throw new DaskProtocolError(`msgpack's tag 0x${tag.toString(16)} is not used by dask`);
    }
  }

  /** Where so many bytes start, and the place after them is next. */
  #skip(bytes: number): number {
    const start = this.#at;
    if (bytes > this.#bytes.byteLength - start) throw new DaskProtocolError("a msgpack value ends too early");
    this.#at = start + bytes;
    return start;
  }

  #string(length: number): string {
    const start = this.#skip(length);
    if (length <= SHORT) {
      let text = "";
      for (let index = start; index < start + length; index++) {
        const code = this.#bytes[index]!;
        if (code > 0x7f) return this.#utf8(start);
        text += String.fromCharCode(code);
      }
      return text;
    }
    return this.#utf8(start);
  }

  /** From there to the place that is next. */
  #utf8(start: number): string {
    this.#text ??= Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
    return this.#text.toString("utf8", start, this.#at);
  }

  #bin(length: number): Uint8Array {
    const start = this.#skip(length);
    return this.#bytes.subarray(start, start + length);
  }

  #enter(count: number, depth: number): void {
    // An item has a byte at least: a count cannot make more of them than have come.
    if (count > this.#bytes.byteLength - this.#at)
      throw new DaskProtocolError("a msgpack value ends too early");
    if (depth >= DEEPEST) throw new DaskProtocolError(`a msgpack value is deeper than ${DEEPEST} levels`);
  }

  #array(count: number, depth: number): unknown[] {
    this.#enter(count, depth);
    const items: unknown[] = [];
    for (let index = 0; index < count; index++) items.push(this.read(depth + 1));
    return items;
  }

  #map(count: number, depth: number): unknown {
    this.#enter(count, depth);
    const map = new Map<unknown, unknown>();
    let special = false;
    for (let index = 0; index < count; index++) {
      const key = this.#key(depth);
      if (typeof key === "string" && key.charCodeAt(0) === UNDERSCORE && key.charCodeAt(1) === UNDERSCORE) {
        special = true;
      }
      map.set(key, this.read(depth + 1));
    }
    return special ? this.#special(map) : map;
  }

  /** The names of fields are the same in all messages. */
  #key(depth: number): unknown {
    const tag = this.#bytes[this.#at];
    if (tag === undefined || tag < 0xa1 || tag > 0xbf) return this.read(depth + 1);
    this.#at++;
    const start = this.#skip(tag & 0x1f);
    return knownText(this.#bytes, start, tag & 0x1f) ?? this.#utf8(start);
  }
}

function safe(value: bigint): number | bigint {
  return value >= -MOST_SAFE && value <= MOST_SAFE ? Number(value) : value;
}

const MOST_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
