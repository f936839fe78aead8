import { plainBytes } from "../pickle/plain-bytes.ts";

/** From so many bytes on a frame has memory of its own, and is neither copied to be written nor after it was read. */
export const LARGE = 64 * 1024;
/** So much is allocated because somebody says so; more only when a part of it has come. */
const TRUSTED = 64 * 1024 * 1024;
/** Of what is not trusted, one part in so many must have come. */
const PART = 8;

/**
 * So many bytes, put together from chunks. What is small, or trusted, goes to its place at once;
 * of what is larger the first chunks are kept until there are enough of them.
 */
export class Gathered {
  #wanted = 0;
  #come = 0;
  #place: Uint8Array | undefined;
  #early: Uint8Array[] = [];
  #allocate = ownMemory;

  get empty(): boolean {
    return this.#come === 0;
  }

  /** Where the missing bytes belong, if they are of something large that has a place. */
  get room(): Uint8Array | undefined {
    return this.#wanted < LARGE ? undefined : this.#place?.subarray(this.#come);
  }

  /** So many bytes have been put where `room` has said. */
  advance(bytes: number): void {
    this.#come += bytes;
  }

  expect(bytes: number, start?: Uint8Array, allocate: (bytes: number) => Uint8Array = ownMemory): void {
    this.#wanted = bytes;
    this.#come = 0;
    this.#allocate = allocate;
    this.#place = bytes <= TRUSTED ? this.#newPlace() : undefined;
    if (start !== undefined) this.take(start);
  }

  /** Takes what is missing; returns what is left. */
  take(chunk: Uint8Array): Uint8Array {
    const missing = this.#wanted - this.#come;
    const piece = chunk.byteLength > missing ? chunk.subarray(0, missing) : chunk;
    if (this.#place !== undefined) this.#place.set(piece, this.#come);
    else if (piece.byteLength > 0) this.#early.push(piece.slice());
    this.#come += piece.byteLength;
    if (this.#place === undefined && this.#come * PART >= this.#wanted) this.#settle();
    return chunk.subarray(piece.byteLength);
  }

  complete(): Uint8Array | undefined {
    return this.#come === this.#wanted ? this.#place : undefined;
  }

  #settle(): void {
    const place = this.#newPlace();
    let start = 0;
    for (const piece of this.#early) {
      place.set(piece, start);
      start += piece.byteLength;
    }
    this.#early = [];
    this.#place = place;
  }

  #newPlace(): Uint8Array {
    const place = plainBytes(this.#allocate(this.#wanted));
    if (place.byteLength !== this.#wanted) throw new RangeError("allocate() gave too many bytes, or too few");
    return place;
  }
}

/** Large memory is not filled with zeros first: nobody sees it before all of it has been read. */
export function ownMemory(bytes: number): Uint8Array {
  if (bytes < LARGE) return new Uint8Array(bytes);
  const buffer = Buffer.allocUnsafeSlow(bytes);
  return new Uint8Array(buffer.buffer, buffer.byteOffset, bytes);
}
