import { LARGEST_MESSAGE, type Packed } from "../../comm/frames.ts";
import { pack, unpack } from "../../comm/pack.ts";
import { DaskProtocolError } from "../../errors.ts";
import { isPool } from "../../serialize/transfer.ts";

// Kinds of primitives.

const UNDEFINED = 0;
const NULL = 1;
const FALSE = 2;
const TRUE = 3;
/** A count. */
const POSITIVE = 4;
const NEGATIVE = 5;
const FRACTION = 6;
const TEXT = 7;
/** A text that UTF-8 may not carry: as UTF-16. */
const UTF16 = 8;
const BIGINT = 9;
/** Stands where no primitive is. */
const HOLE = 10;

/** In the place of a primitive. */
export const NOTHING: object = {};

/** So much memory a writer holds while it is empty. */
const MOST_HELD = 65_536;

/** Puts numbers, texts and bytes one after another. */
export class FieldWriter {
  #bytes: Buffer;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** A whole number from 0, as seven bits a byte. */
  count(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
  }

  text(value: string): void {
    const bytes = Buffer.byteLength(value);
    this.count(bytes);
    this.#reserve(bytes);
    this.#length += this.#bytes.write(value, this.#length, bytes, "utf8");
  }

  /** With their length before them. */
  bytes(value: Uint8Array): void {
    this.count(value.byteLength);
    this.raw(value);
  }

  raw(value: Uint8Array): void {
    this.#reserve(value.byteLength);
    this.#bytes.set(value, this.#length);
    this.#length += value.byteLength;
  }

  /** A primitive other than a symbol, or `NOTHING`. */
  primitive(value: unknown): void {
    if (typeof value === "number") this.#number(value);
    else if (typeof value === "string") {
      const isSimple = !/[\ud800-\udfff]/.test(value);
      this.byte(isSimple ? TEXT : UTF16);
      if (isSimple) this.text(value);
      else this.bytes(Buffer.from(value, "utf16le"));
    } else if (typeof value === "bigint") {
      this.byte(BIGINT);
      this.text(value.toString(16));
    } else if (typeof value === "boolean") this.byte(value ? TRUE : FALSE);
    else if (value === NOTHING) this.byte(HOLE);
    else this.byte(value === null ? NULL : UNDEFINED);
  }

  #number(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      this.byte(value < 0 ? NEGATIVE : POSITIVE);
      this.count(Math.abs(value));
      return;
    }
    this.byte(FRACTION);
    this.#reserve(8);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  /** Whatever structured clone takes. */
  data(value: unknown): void {
    const { body, buffers } = pack(value, [], isPool);
    this.bytes(body);
    this.count(buffers.length);
    for (const buffer of buffers) {
      this.byte(buffer instanceof SharedArrayBuffer ? 1 : 0);
      this.bytes(new Uint8Array(buffer));
    }
  }

  /** A copy of all that was put, in memory of its own; the writer is empty again. */
  taken(): Uint8Array {
    const taken = new Uint8Array(this.#length);
    taken.set(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    if (this.#bytes.byteLength > MOST_HELD) this.#bytes = Buffer.allocUnsafeSlow(MOST_HELD);
    return taken;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.byteLength) return;
    if (needed > LARGEST_MESSAGE) throw new RangeError(`a task has at most ${LARGEST_MESSAGE} bytes`);
    const larger = Buffer.allocUnsafeSlow(
      Math.min(LARGEST_MESSAGE, Math.max(needed, 2 * this.#bytes.byteLength)),
    );
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** Takes them out again. Every method throws a `DaskProtocolError` if there is something else. */
export class FieldReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  byte(): number {
    return this.#bytes[this.#taken(1)]!;
  }

  count(): number {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 49; factor *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw new DaskProtocolError("a number in the bytes of a task is too large");
  }

  text(): string {
    const length = this.count();
    const start = this.#taken(length);
    return this.#bytes.toString("utf8", start, start + length);
  }

  /** A view, not a copy. */
  bytes(): Uint8Array {
    return this.raw(this.count());
  }

  raw(length: number): Uint8Array {
    const start = this.#taken(length);
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + start, length);
  }

  primitive(): unknown {
    const kind = this.byte();
    switch (kind) {
      case UNDEFINED:
        return undefined;
      case NULL:
        return null;
      case FALSE:
      case TRUE:
        return kind === TRUE;
      case POSITIVE:
        return this.count();
      case NEGATIVE:
        return -this.count();
      case FRACTION:
        return this.#bytes.readDoubleLE(this.#taken(8));
      case TEXT:
        return this.text();
      case UTF16:
        return Buffer.from(this.bytes()).toString("utf16le");
      case BIGINT:
        return bigintOf(this.text());
      case HOLE:
        return NOTHING;
      default:
        throw new DaskProtocolError(`there is no primitive of kind ${kind} in the bytes of a task`);
    }
  }

  data(): unknown {
    const body = this.bytes();
    const buffers: (ArrayBuffer | SharedArrayBuffer)[] = [];
    for (let left = this.count(); left > 0; left--) {
      const isShared = this.byte() === 1;
      const bytes = this.bytes();
      const own = isShared
        ? new Uint8Array(new SharedArrayBuffer(bytes.byteLength))
        : Buffer.allocUnsafeSlow(bytes.byteLength);
      own.set(bytes);
      buffers.push(own.buffer);
    }
    return unpacked({ body, buffers });
  }

  /** All that is left. */
  rest(): Uint8Array {
    return this.raw(this.#bytes.byteLength - this.#at);
  }

  #taken(length: number): number {
    const start = this.#at;
    if (length > this.#bytes.byteLength - start)
      throw new DaskProtocolError("the bytes of a task end too early");
    this.#at = start + length;
    return start;
  }
}

/** @throws DaskProtocolError if this is not what `pack` writes */
export function unpacked(packed: Packed): unknown {
  try {
    return unpack(packed);
  } catch (cause) {
    throw new DaskProtocolError(
      "data in the bytes of a task cannot be read: they are damaged, or of another version of Node",
      { cause },
    );
  }
}

function bigintOf(text: string): bigint {
  if (!/^-?[0-9a-f]+$/.test(text)) throw new DaskProtocolError("a bigint in the bytes of a task is none");
  return text.startsWith("-") ? -BigInt(`0x${text.slice(1)}`) : BigInt(`0x${text}`);
}
