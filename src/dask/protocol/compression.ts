import { inflateSync } from "node:zlib";
import { DaskProtocolError } from "../../errors.ts";
import { plainBytes } from "../pickle/plain-bytes.ts";

/** A frame cannot become larger than this. */
const LARGEST = 2 ** 31 - 1;
/** A byte of lz4 stands for less than so many. */
const MOST_OF_LZ4 = 256;

/** A frame that somebody else has compressed. Throws a `DaskProtocolError`, also for names that are not known. */
export function decompress(name: unknown, frame: Uint8Array): Uint8Array {
  if (name === null || name === undefined) return frame;
  if (name === "lz4") return lz4(frame);
  if (name === "zlib") return zlib(frame);
  throw new DaskProtocolError(
    `a value is compressed with ${String(name)}, which only Python reads: set distributed.comm.compression to false, lz4 or zlib`,
  );
}

function zlib(frame: Uint8Array): Uint8Array {
  try {
    return plainBytes(inflateSync(frame, { maxOutputLength: LARGEST }));
  } catch (cause) {
    throw new DaskProtocolError("a value that should be compressed with zlib is not", { cause });
  }
}

/** A u32 with the size, little-endian, and an lz4 block: sequences of literals and of copies from what is there. */
function lz4(frame: Uint8Array): Uint8Array {
  const bad = (what: string) => new DaskProtocolError(`a value that should be compressed with lz4 ${what}`);
  if (frame.byteLength < 5) throw bad("is too short");
  const size = new DataView(frame.buffer, frame.byteOffset).getUint32(0, true);
  if (size > LARGEST || size > frame.byteLength * MOST_OF_LZ4) throw bad(`claims to have ${size} bytes`);
  const target = new Uint8Array(size);
  let from = 4;
  let to = 0;
  /** A length of 15 goes on with the bytes that follow, up to the first below 255. */
  const longer = (length: number): number => {
    let total = length;
    for (let byte = 255; length === 15 && byte === 255; total += byte) {
      if (from >= frame.byteLength) throw bad("ends too early");
      byte = frame[from++]!;
    }
    return total;
  };
  while (from < frame.byteLength) {
    const token = frame[from++]!;
    const literals = longer(token >> 4);
    if (literals > frame.byteLength - from || literals > size - to) throw bad("has wrong lengths");
    target.set(frame.subarray(from, from + literals), to);
    from += literals;
    to += literals;
    if (from === frame.byteLength) break;
    if (frame.byteLength - from < 2) throw bad("ends too early");
    const distance = frame[from]! | (frame[from + 1]! << 8);
    from += 2;
    const copied = longer(token & 15) + 4;
    if (distance === 0 || distance > to || copied > size - to) throw bad("has wrong lengths");
    if (distance >= copied) target.copyWithin(to, to - distance, to - distance + copied);
    else for (let end = to + copied, at = to; at < end; at++) target[at] = target[at - distance]!;
    to += copied;
  }
  if (to !== size) throw bad("has wrong lengths");
  return target;
}
