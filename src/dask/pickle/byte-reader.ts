import { DaskProtocolError } from "../../errors.ts";
import { knownText, LONGEST_KNOWN } from "./known-texts.ts";
import { plainBytes } from "./plain-bytes.ts";

/** Longer integers take too long to be made of their bytes. */
const LONGEST_INTEGER = 64 * 1024;

/** Takes the bytes of a pickle apart, one thing after the other. Throws a `DaskProtocolError` at their end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #buffer: Buffer | undefined;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = plainBytes(bytes);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes of the whole pickle. */
  get size(): number {
    return this.#bytes.byteLength;
  }

  u8(): number {
    return this.#bytes[this.skip(1)]!;
  }

  u16(): number {
    return this.#view.getUint16(this.skip(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.skip(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.skip(4), true);
  }

  /** Big-endian, other than integers. */
  f64(): number {
    return this.#view.getFloat64(this.skip(8));
  }

  /** Where so many bytes start, and the place after them is next. */
  skip(bytes: number): number {
    const start = this.#at;
    if (bytes > this.#bytes.byteLength - start) throw new DaskProtocolError("a pickle ends too early");
    this.#at = start + bytes;
    return start;
  }

  u64(): number {
    return Number(this.#view.getBigUint64(this.skip(8), true));
  }

  bytes(length: number): Uint8Array {
    const start = this.skip(length);
    return this.#bytes.subarray(start, start + length);
  }

  text(length: number): string {
    const start = this.skip(length);
    const known = length <= LONGEST_KNOWN ? knownText(this.#bytes, start, length) : undefined;
    if (known !== undefined) return known;
    this.#buffer ??= Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
    return this.#buffer.toString("utf8", start, start + length);
  }

  /** Text up to the end of the line. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw new DaskProtocolError("a pickle ends too early");
    const text = this.text(end - this.#at);
    this.#at = end + 1;
    return text;
  }

  /** Two's complement, little-endian. */
  integer(length: number): number | bigint {
    if (length === 0) return 0;
    if (length > LONGEST_INTEGER) throw new DaskProtocolError(`a pickle has an integer of ${length} bytes`);
    const hex = Buffer.from(this.bytes(length)).reverse().toString("hex");
    const value = BigInt.asIntN(length * 8, BigInt(`0x${hex}`));
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
}
