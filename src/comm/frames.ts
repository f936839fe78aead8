/**
 * How messages follow each other on a stream of bytes. Each is
 *
 * ```text
 * u32  kind: MESSAGE, or CLOSE (nothing follows in it, and no message after it)
 * u32  bytes of the body
 * u32  number of buffers
 * u32  for each buffer: its bytes, with SHARED added if it is a SharedArrayBuffer
 * …    the body
 * …    the buffers, one after the other
 * ```
 *
 * with numbers in the byte order of the machine: both ends are on it.
 */

const MESSAGE = 0x4447_4d01;
const CLOSE = 0x4447_4d02;
const SHARED = 0x8000_0000;
const HEAD = 12;

/** Most bytes of a message, its buffers included. */
export const LARGEST_MESSAGE = 0x7fff_ffff;
/** Most buffers of a message beside its body. */
export const MOST_BUFFERS = 0xffff;

/** A message taken apart. */
export interface Packed {
  readonly body: Uint8Array;
  readonly buffers: readonly (ArrayBuffer | SharedArrayBuffer)[];
}

/** The bytes of a message, in pieces to be written one after the other; buffers are not copied. */
export function framesOf({ body, buffers }: Packed): Uint8Array[] {
  let bytes = body.byteLength;
  const head = new Uint32Array(3 + buffers.length);
  head[0] = MESSAGE;
  head[1] = body.byteLength;
  head[2] = buffers.length;
  buffers.forEach((buffer, index) => {
    bytes += buffer.byteLength;
    head[3 + index] = buffer.byteLength + (buffer instanceof SharedArrayBuffer ? SHARED : 0);
  });
  if (bytes > LARGEST_MESSAGE) {
    throw new RangeError(`a message to another process has at most 2 GiB, this one has ${bytes} bytes`);
  }
  if (buffers.length > MOST_BUFFERS) {
    throw new RangeError(
      `a message to another process has at most ${MOST_BUFFERS} large buffers, this one has ${buffers.length}`,
    );
  }
  return [new Uint8Array(head.buffer), body, ...buffers.map((buffer) => new Uint8Array(buffer))];
}

/** The bytes that say that no message follows. */
export function closingFrame(): Uint8Array {
  return new Uint8Array(Uint32Array.of(CLOSE, 0, 0).buffer);
}

/** What comes out of a stream. */
export interface FrameSink {
  /** The body is only valid during the call; the buffers belong to the receiver. */
  onMessage(message: Packed): void;
  /** The other side has closed; what follows is ignored. */
  onClose(): void;
}

const SCRATCH = 64 * 1024;

/**
 * Takes a stream of bytes apart. The bytes go to where `room()` says, and `advance` says how many
 * have come, so that a large buffer is read into its final place at once. Only what a header has
 * announced is allocated, one buffer after the other, as they arrive.
 */
export class FrameReader {
  readonly #sink: FrameSink;
  /** Small things are read ahead into it: bytes from `#start` to `#end` wait to be looked at. */
  readonly #scratch = new Uint8Array(SCRATCH);
  #start = 0;
  #end = 0;
  /** The large thing being read: a table of buffers, a body or a buffer; `#filled` bytes of it are there. */
  #large: Uint8Array | undefined;
  #filled = 0;
  /** What is known of the message being read. */
  #sizes: Uint32Array | undefined;
  #bodySize = -1;
  #tableSize = 0;
  #body: Uint8Array | undefined;
  #buffers: (ArrayBuffer | SharedArrayBuffer)[] = [];
  #closed = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** True between messages. */
  get idle(): boolean {
    return this.#bodySize < 0 && this.#start === this.#end;
  }

  /** Where the next bytes belong; never empty. */
  room(): Uint8Array {
    if (this.#large !== undefined) return this.#large.subarray(this.#filled);
    if (this.#start === this.#end) this.#start = this.#end = 0;
    else if (this.#end === SCRATCH) {
      this.#scratch.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    return this.#scratch.subarray(this.#end);
  }

  /** So many bytes have been put where `room()` said. Throws if they are not what they should be. */
  advance(bytes: number): void {
    if (this.#large !== undefined) this.#filled += bytes;
    else this.#end += bytes;
    while (!this.#closed && this.#step());
    if (this.#closed) this.#start = this.#end = 0;
  }

  /** For bytes that are somewhere already. */
  take(chunk: Uint8Array): void {
    let taken = 0;
    while (taken < chunk.byteLength) {
      const room = this.room();
      const piece = chunk.subarray(taken, taken + room.byteLength);
      room.set(piece);
      taken += piece.byteLength;
      this.advance(piece.byteLength);
    }
  }

  /** Reads one part of a message; false if too few bytes have come. */
  #step(): boolean {
    if (this.#bodySize < 0) {
      const head = this.#part(HEAD);
      if (head === undefined) return false;
      this.#readHead(numbers(head));
    } else if (this.#sizes === undefined) {
      const table = this.#part(this.#tableSize);
      if (table === undefined) return false;
      this.#sizes = numbers(table);
      this.#checkSizes(this.#sizes);
    } else if (this.#body === undefined) {
      const body = this.#part(this.#bodySize);
      if (body === undefined) return false;
      // It may stay in the scratch: nothing but its buffers is read until the message is complete.
      this.#body = body;
    } else if (this.#buffers.length < this.#sizes.length) {
      return this.#readBuffer(this.#sizes[this.#buffers.length]!);
    } else {
      const message = { body: this.#body, buffers: this.#buffers };
      this.#bodySize = -1;
      this.#sizes = this.#body = undefined;
      this.#buffers = [];
      this.#sink.onMessage(message);
    }
    return true;
  }

  #readHead(head: Uint32Array): void {
    const [kind, body, buffers] = head as unknown as [number, number, number];
    if (kind === CLOSE && body === 0 && buffers === 0) {
      this.#closed = true;
      this.#sink.onClose();
      return;
    }
    if (kind !== MESSAGE) throw new Error(`what has arrived is no message (it starts with ${kind})`);
    if (body > LARGEST_MESSAGE || buffers > MOST_BUFFERS) {
      throw new Error(`a message cannot have a body of ${body} bytes and ${buffers} buffers`);
    }
    this.#bodySize = body;
    this.#tableSize = 4 * buffers;
  }

  #checkSizes(sizes: Uint32Array): void {
    let bytes = this.#bodySize;
    for (const size of sizes) bytes += lengthOf(size);
    if (bytes > LARGEST_MESSAGE) throw new Error(`a message cannot have ${bytes} bytes`);
  }

  /** So many bytes at once: those read ahead, or memory of their own once it is full. */
  #part(size: number): Uint8Array | undefined {
    if (this.#large !== undefined) return this.#takeLarge();
    if (this.#end - this.#start >= size) {
      this.#start += size;
      return this.#scratch.subarray(this.#start - size, this.#start);
    }
    if (size <= SCRATCH) return undefined;
    this.#startLarge(new Uint8Array(size));
    return undefined;
  }

  #readBuffer(size: number): boolean {
    if (this.#large === undefined) {
      const length = lengthOf(size);
      // Not filled with zeros first: nobody sees it before all of it has been read.
      const buffer = size >= SHARED ? new SharedArrayBuffer(length) : Buffer.allocUnsafeSlow(length).buffer;
      this.#startLarge(new Uint8Array(buffer));
    }
    const bytes = this.#takeLarge();
    if (bytes === undefined) return false;
    this.#buffers.push(bytes.buffer);
    return true;
  }

  /** What has been read ahead of it goes there first. */
  #startLarge(large: Uint8Array): void {
    const ahead = this.#scratch.subarray(this.#start, Math.min(this.#end, this.#start + large.byteLength));
    large.set(ahead);
    this.#start += ahead.byteLength;
    this.#large = large;
    this.#filled = ahead.byteLength;
  }

  #takeLarge(): Uint8Array | undefined {
    const large = this.#large!;
    if (this.#filled < large.byteLength) return undefined;
    this.#large = undefined;
    return large;
  }
}

function lengthOf(size: number): number {
  return size >= SHARED ? size - SHARED : size;
}

/** A copy, as these bytes may lie anywhere. */
function numbers(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.slice().buffer);
}
