import { ByteWriter } from "./byte-writer.ts";
import type { PyGlobal } from "./objects.ts";
import * as op from "./opcodes.ts";

/** Bits of the numbers that fit into one opcode's argument. */
const MOST_SHORT = 0x100;

/**
 * Writes a pickle (protocol 4; 5 where buffers lie beside it), opcode by opcode: what it writes is
 * what Python's unpickler does, a machine with a stack and a memo.
 */
export class PickleWriter {
  readonly #out: ByteWriter;
  #memoSize = 0;
  #globals: Map<string, number> | undefined;
  /** Buffers beside the pickle, in order. */
  readonly buffers: Uint8Array[] = [];

  /** Into memory of its own, unless it is given a writer that is used for one pickle after the other. */
  constructor(protocol: 4 | 5 = 4, out: ByteWriter = new ByteWriter(256)) {
    this.#out = out;
    out.length = 0;
    this.#out.byteAnd8(op.PROTO, protocol);
  }

  /** The pickle is what is on the stack now; the writer must not be used again. */
  finish(): Uint8Array {
    this.#out.byte(op.STOP);
    return this.#out.finish();
  }

  /** An opcode without an argument. */
  op(code: number): void {
    this.#out.byte(code);
  }

  /** Remembers the top of the stack: `get` with this number has it again. */
  memoize(): number {
    this.#out.byte(op.MEMOIZE);
    return this.#memoSize++;
  }

  get(index: number): void {
    if (index < MOST_SHORT) this.#out.byteAnd8(op.BINGET, index);
    else this.#out.byteAnd32(op.LONG_BINGET, index, true);
  }

  /** A class or a function; the second time it comes out of the memo. */
  global({ module, name, path }: PyGlobal): void {
    this.#globals ??= new Map();
    const index = this.#globals.get(path);
    if (index !== undefined) {
      this.get(index);
      return;
    }
    this.text(module);
    this.text(name);
    this.#out.byte(op.STACK_GLOBAL);
    this.#globals.set(path, this.memoize());
  }

  none(): void {
    this.#out.byte(op.NONE);
  }

  boolean(value: boolean): void {
    this.#out.byte(value ? op.NEWTRUE : op.NEWFALSE);
  }

  /** An int if it is a safe integer (-0 is none), else a float. */
  number(value: number): void {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) this.#out.byteAndFloat(op.BINFLOAT, value);
    else if (value >= 0 && value < 0x100) this.#out.byteAnd8(op.BININT1, value);
    else if (value >= 0 && value < 0x10000) this.#out.byteAnd16(op.BININT2, value, true);
    else if (value === (value | 0)) this.#out.byteAnd32(op.BININT, value >>> 0, true);
    else this.bigint(BigInt(value));
  }

  /** A float, whole or not. */
  float(value: number): void {
    this.#out.byteAndFloat(op.BINFLOAT, value);
  }

  /** An int: two's complement, as short as it can be. */
  bigint(value: bigint): void {
    const digits = (value < 0n ? ~value : value).toString(16);
    // One bit more, for the sign.
    const bytes = (digits.length * 4 + 1 + 7) >> 3;
    if (bytes < MOST_SHORT) this.#out.byteAnd8(op.LONG1, bytes);
    else this.#out.byteAnd32(op.LONG4, bytes, true);
    const hex = BigInt.asUintN(bytes * 8, value)
      .toString(16)
      .padStart(bytes * 2, "0");
    this.#out.raw(Buffer.from(hex, "hex").reverse());
  }

  /** Surrogates without a partner become U+FFFD. */
  text(value: string): void {
    const start = this.#out.length;
    this.#out.byte(op.SHORT_BINUNICODE);
    if (this.#out.shortAscii(value, 0, 0xff)) return;
    this.#out.length = start;
    const length = Buffer.byteLength(value);
    if (length < MOST_SHORT) this.#out.byteAnd8(op.SHORT_BINUNICODE, length);
    else if (length < 2 ** 32) this.#out.byteAnd32(op.BINUNICODE, length, true);
    else throw new TypeError("a text of 4 GiB and more has no form in a pickle");
    this.#out.text(value, length);
  }

  bytes(value: Uint8Array): void {
    const { byteLength } = value;
    if (byteLength < MOST_SHORT) this.#out.byteAnd8(op.SHORT_BINBYTES, byteLength);
    else if (byteLength < 2 ** 32) this.#out.byteAnd32(op.BINBYTES, byteLength, true);
    else this.#out.byteAnd64(op.BINBYTES8, BigInt(byteLength), true);
    this.#out.raw(value);
  }

  /** Bytes that lie beside the pickle, for protocol 5. */
  buffer(value: Uint8Array): void {
    this.buffers.push(value);
    this.#out.byte(op.NEXT_BUFFER);
  }
}
