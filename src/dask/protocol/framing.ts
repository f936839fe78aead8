/**
 * How messages follow each other on a stream of bytes: dask's TCP framing. All numbers are u64,
 * little-endian.
 *
 * ```text
 * N        bytes that follow, up to the first frame that has been left out of N
 * F        number of frames
 * F times  length of a frame
 * …        the frames, one after the other; those after the first N bytes are not counted in N
 * ```
 *
 * The frames lie side by side wherever N ends, so N is only checked. Written is what all
 * releases read: all frames are in N.
 */

import { DaskProtocolError } from "../../errors.ts";
import { plainBytes } from "../pickle/plain-bytes.ts";
import { Gathered, LARGE, ownMemory } from "./gathered.ts";

/** How far a message may go, and where large frames are put. */
export interface FrameLimits {
  /** Most frames of a message. Default: 1,048,576. */
  readonly maxFrames?: number;
  /** Most bytes of a message. Default: 8 GiB. */
  readonly maxBytes?: number;
  /** Memory for frames of 64 KiB and more: exactly so many bytes. Default: memory of its own, not shared. */
  readonly allocate?: (bytes: number) => Uint8Array;
}

/** Python splits what is larger; a frame of exactly this size is continued by the next one. */
const SHARD = 64 * 1024 * 1024;
/** Parts of a split value are put side by side up to here. */
const LONGEST_RUN = 1024 * 1024 * 1024;
const NUMBER = 8;
const NOTHING = new Uint8Array(0);

/**
 * Takes a stream of bytes apart into messages, each of them a list of frames. Every byte is copied
 * once: small frames of a message share memory, a large frame has its own, and the parts of a
 * value that Python has split lie side by side.
 */
export class FrameReader {
  readonly #maxFrames: number;
  readonly #maxBytes: number;
  readonly #allocate: (bytes: number) => Uint8Array;
  /** Of a message whose table of lengths has come. */
  #lengths: readonly number[] | undefined;
  #frames: Uint8Array[] = [];
  /** Bytes of the prelude that is being read; 16 as long as F is not known. */
  #preludeBytes = 2 * NUMBER;
  readonly #gathered = new Gathered();

  constructor({ maxFrames = 2 ** 20, maxBytes = 2 ** 33, allocate = ownMemory }: FrameLimits = {}) {
    this.#maxFrames = maxFrames;
    this.#maxBytes = maxBytes;
    this.#allocate = allocate;
    this.#gathered.expect(this.#preludeBytes);
  }

  /** True between messages. */
  get idle(): boolean {
    return this.#lengths === undefined && this.#preludeBytes === 2 * NUMBER && this.#gathered.empty;
  }

  /**
   * The messages that are complete with these bytes, in order. The chunk may be used again
   * afterwards: nothing of it is kept. Throws a `DaskProtocolError`; then the connection is of no
   * use any more.
   */
  push(chunk: Uint8Array): Uint8Array[][] {
    const messages: Uint8Array[][] = [];
    const bytes = plainBytes(chunk);
    let rest = this.idle ? this.#wholeMessages(bytes, messages) : bytes;
    for (;;) {
      rest = this.#gathered.take(rest);
      const complete = this.#gathered.complete();
      if (complete === undefined) return messages;
      if (this.#lengths === undefined) this.#readPrelude(complete);
      else this.#cut(complete, this.#lengths);
      this.#advance(messages);
      if (rest.byteLength > 0 && this.idle) rest = this.#wholeMessages(rest, messages);
    }
  }

  /**
   * Where the next bytes belong, if that is known: the rest of a large frame. Whoever puts them
   * there says so with `advance`; others are pushed.
   */
  room(): Uint8Array | undefined {
    return this.#gathered.room;
  }

  /** The same as `push` of so many bytes which are where `room` has said. */
  advance(bytes: number): Uint8Array[][] {
    this.#gathered.advance(bytes);
    return this.push(NOTHING);
  }

  /** Small messages that lie in the chunk from end to end are taken at once; returns what follows them. */
  #wholeMessages(chunk: Uint8Array, messages: Uint8Array[][]): Uint8Array {
    const { byteLength } = chunk;
    const view = new DataView(chunk.buffer, chunk.byteOffset, byteLength);
    let start = 0;
    while (byteLength - start >= 2 * NUMBER) {
      const prelude = this.#preludeAt(view, start);
      if (prelude > byteLength - start) break;
      const lengths = this.#lengthsAt(view, start);
      const end = start + prelude + sum(lengths, 0, lengths.length);
      if (end > byteLength || runEnd(lengths, 0) < lengths.length) break;
      const bytes = chunk.slice(start + prelude, end);
      this.#cut(bytes, lengths);
      messages.push(this.#frames);
      this.#frames = [];
      start = end;
    }
    return start === 0 ? chunk : chunk.subarray(start);
  }

  #readPrelude(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#preludeBytes = this.#preludeAt(view, 0);
    if (bytes.byteLength < this.#preludeBytes) this.#gathered.expect(this.#preludeBytes, bytes);
    else this.#lengths = this.#lengthsAt(view, 0);
  }

  /** Bytes of the prelude, of which the first two numbers are there. */
  #preludeAt(view: DataView, start: number): number {
    const counted = numberAt(view, start);
    const count = numberAt(view, start + NUMBER);
    if (count < 1 || count > this.#maxFrames) {
      throw new DaskProtocolError(`a message of ${count} frames: there may be 1 to ${this.#maxFrames}`);
    }
    if (counted > this.#maxBytes) throw this.#tooLong(counted);
    return (2 + count) * NUMBER;
  }

  /** The lengths of the frames, from the whole prelude. */
  #lengthsAt(view: DataView, start: number): number[] {
    const counted = numberAt(view, start);
    const count = numberAt(view, start + NUMBER);
    const lengths: number[] = [];
    let total = (1 + count) * NUMBER;
    let atEnd = counted === total;
    for (let index = 0; index < count; index++) {
      const length = numberAt(view, start + (2 + index) * NUMBER);
      lengths.push(length);
      total += length;
      if (total > this.#maxBytes) throw this.#tooLong(total);
      atEnd ||= counted === total;
    }
    if (!atEnd) throw new DaskProtocolError(`a message says ${counted} bytes, which is no end of a frame`);
    return lengths;
  }

  #tooLong(bytes: number): DaskProtocolError {
    return new DaskProtocolError(`a message of ${bytes} bytes: at most ${this.#maxBytes} are allowed`);
  }

  /** Asks for the next frames, and hands a complete message over. */
  #advance(messages: Uint8Array[][]): void {
    const lengths = this.#lengths;
    if (lengths === undefined) return;
    if (this.#frames.length === lengths.length) {
      messages.push(this.#frames);
      this.#frames = [];
      this.#lengths = undefined;
      this.#preludeBytes = 2 * NUMBER;
      this.#gathered.expect(this.#preludeBytes);
      return;
    }
    const bytes = sum(lengths, this.#frames.length, runEnd(lengths, this.#frames.length));
    const large = lengths[this.#frames.length]! >= LARGE;
    this.#gathered.expect(bytes, undefined, large ? this.#allocate : ownMemory);
  }

  #cut(bytes: Uint8Array, lengths: readonly number[]): void {
    const end = runEnd(lengths, this.#frames.length);
    let start = 0;
    for (let index = this.#frames.length; index < end; index++) {
      this.#frames.push(bytes.subarray(start, start + lengths[index]!));
      start += lengths[index]!;
    }
  }
}

/** Which frames share memory with the one at `start`: the small ones after a small one, the parts of a split one. */
function runEnd(lengths: readonly number[], start: number): number {
  let end = start + 1;
  let bytes = lengths[start]!;
  if (bytes < LARGE) {
    while (end < lengths.length && lengths[end]! < LARGE && bytes < SHARD) bytes += lengths[end++]!;
    return end;
  }
  while (end < lengths.length && lengths[end - 1] === SHARD && bytes + lengths[end]! <= LONGEST_RUN) {
    bytes += lengths[end++]!;
  }
  return end;
}

function sum(numbers: readonly number[], start: number, end: number): number {
  let total = 0;
  for (let index = start; index < end; index++) total += numbers[index]!;
  return total;
}

function numberAt(view: DataView, offset: number): number {
  return view.getUint32(offset, true) + view.getUint32(offset + 4, true) * 2 ** 32;
}

/**
 * A message as pieces to be written one after the other: small frames are put together, large ones
 * are not copied.
 */
export function piecesOf(frames: readonly Uint8Array[]): Uint8Array[] {
  let total = 0;
  let small = (2 + frames.length) * NUMBER;
  for (const { byteLength } of frames) {
    total += byteLength;
    if (byteLength < LARGE) small += byteLength;
  }
  const joined = new Uint8Array(small);
  const view = new DataView(joined.buffer);
  setNumber(view, 0, (1 + frames.length) * NUMBER + total);
  setNumber(view, NUMBER, frames.length);
  frames.forEach(({ byteLength }, index) => {
    setNumber(view, (2 + index) * NUMBER, byteLength);
  });
  const pieces: Uint8Array[] = [];
  let start = 0;
  let end = (2 + frames.length) * NUMBER;
  for (const frame of frames) {
    if (frame.byteLength < LARGE) {
      joined.set(frame, end);
      end += frame.byteLength;
    } else {
      if (end > start) pieces.push(joined.subarray(start, end));
      pieces.push(frame);
      start = end;
    }
  }
  if (end > start) pieces.push(joined.subarray(start, end));
  return pieces;
}

function setNumber(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value >>> 0, true);
  view.setUint32(offset + 4, Math.floor(value / 2 ** 32), true);
}
