const START = 1024;
/** A writer that is used again keeps at most so many bytes. */
const KEPT = 64 * 1024;

/** Bytes that are put together one after the other, in memory that grows. */
export class ByteWriter {
  bytes: Uint8Array<ArrayBuffer>;
  length = 0;
  #view: DataView;
  /** The same memory, for texts. */
  #text: Buffer | undefined;

  constructor(size = START) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** What has been written, in memory of its own; the writer is empty again. */
  finish(): Uint8Array {
    const { bytes, length } = this;
    this.length = 0;
    if (bytes.byteLength <= KEPT) return bytes.slice(0, length);
    // Not copied once more: the writer starts anew.
    this.#replace(new Uint8Array(START));
    return bytes.subarray(0, length);
  }

  /** Room for so many more bytes. */
  need(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.byteLength) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.bytes.byteLength));
    larger.set(this.bytes.subarray(0, this.length));
    this.#replace(larger);
  }

  #replace(bytes: Uint8Array<ArrayBuffer>): void {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer);
    this.#text = undefined;
  }

  byte(value: number): void {
    this.need(1);
    this.bytes[this.length++] = value;
  }

  /** A byte, and a number after it. */
  byteAnd8(first: number, value: number): void {
    this.need(2);
    this.bytes[this.length++] = first;
    this.bytes[this.length++] = value;
  }

  byteAnd16(first: number, value: number, littleEndian = false): void {
    this.need(3);
    this.bytes[this.length] = first;
    this.#view.setUint16(this.length + 1, value, littleEndian);
    this.length += 3;
  }

  byteAnd32(first: number, value: number, littleEndian = false): void {
    this.need(5);
    this.bytes[this.length] = first;
    this.#view.setUint32(this.length + 1, value, littleEndian);
    this.length += 5;
  }

  byteAnd64(first: number, value: bigint, littleEndian = false): void {
    this.need(9);
    this.bytes[this.length] = first;
    this.#view.setBigUint64(this.length + 1, value, littleEndian);
    this.length += 9;
  }

  /** Big-endian, as msgpack and pickle have it. */
  byteAndFloat(first: number, value: number): void {
    this.need(9);
    this.bytes[this.length] = first;
    this.#view.setFloat64(this.length + 1, value);
    this.length += 9;
  }

  raw(bytes: Uint8Array): void {
    this.need(bytes.byteLength);
    this.bytes.set(bytes, this.length);
    this.length += bytes.byteLength;
  }

  /**
   * Writes a short text of ASCII characters, as most are, after one byte for its length; false if it is
   * another one: then nothing has been written.
   */
  shortAscii(text: string, tag: number, most: number): boolean {
    const { length } = text;
    if (length > most) return false;
    this.need(length + 1);
    const { bytes } = this;
    let at = this.length;
    bytes[at++] = tag + length;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return false;
      bytes[at++] = code;
    }
    this.length = at;
    return true;
  }

  /** UTF-8; surrogates without a partner become U+FFFD. `Buffer.byteLength` says how many bytes. */
  text(text: string, byteLength: number): void {
    this.need(byteLength);
    this.#text ??= Buffer.from(this.bytes.buffer);
    this.#text.write(text, this.length, byteLength, "utf8");
    this.length += byteLength;
  }
}
