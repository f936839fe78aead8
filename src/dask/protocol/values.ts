/**
 * Values on the wire, in families: who reads a value looks at the name of its family in the header.
 *
 * | family  | what                                                                                  |
 * | ------- | ------------------------------------------------------------------------------------- |
 * | pickle  | null, booleans, numbers, bigints, strings, arrays, plain objects, Sets, as Python's own |
 * | dask    | Uint8Array, Buffer and ArrayBuffer as bytes, other typed arrays as arrays of numpy    |
 * | msgpack | read only                                                                             |
 * | error   | read only: a value that could not be written                                          |
 *
 * Python also writes lists, tuples, sets and dicts element by element, each with a header of its own.
 */

import { DaskProtocolError } from "../../errors.ts";
import { interpret, objectOf } from "../pickle/constructors.ts";
import { NdArray } from "../pickle/numpy.ts";
import { readMemory, writeMemory } from "./dask-family.ts";
import { type Header, type Serialized, wholeFrames } from "./message.ts";
import { decodeMsgpack } from "./msgpack-reader.ts";
import { readPickle, writePickle } from "./pickle-family.ts";

export { type TypeOfValue, typeOfValue } from "./type-of-value.ts";

/** Reads a value of one family from its whole frames. */
export type ReadFamily = (header: Header, frames: readonly Uint8Array[]) => unknown;

/** Families beside those that dask has. */
export interface ReadOptions {
  /** By name: `serializer` of the header. */
  readonly families?: ReadonlyMap<string, ReadFamily>;
}

/**
 * The form of a value that Python reads as well, if reading it here gives the same value again; else
 * undefined: of what is shared in the value, of undefined, of instances of classes. The memory of typed
 * arrays is not copied, and what else there is in their buffers is not sent.
 */
export function writeValue(value: unknown): Serialized | undefined {
  const isMemory = value instanceof ArrayBuffer || ArrayBuffer.isView(value) || value instanceof NdArray;
  return isMemory ? writeMemory(value) : writePickle(value);
}

const FAMILIES: ReadonlyMap<unknown, ReadFamily> = new Map<unknown, ReadFamily>([
  ["pickle", readPickle],
  ["dask", readMemory],
  ["msgpack", (_, frames) => interpret(decodeMsgpack(Buffer.concat(frames)))],
  [
    "error",
    (_, frames) => {
      const texts = frames.map((frame) => Buffer.from(frame).toString());
      throw new DaskProtocolError(`a value could not be sent: ${texts.join("\n")}`);
    },
  ],
]);

/**
 * The value. Its memory may be that of the frames. What only Python has is a `PyObject`, an array of other
 * than one dimension an `NdArray`. Throws a `DaskProtocolError` if it cannot be read.
 */
export function readValue(serialized: Serialized, { families = NONE }: ReadOptions = {}): unknown {
  return read(serialized.header, wholeFrames(serialized), families, 0);
}

const NONE: ReadonlyMap<string, ReadFamily> = new Map();
/** Python nests values of headers of their own as deep as lists in lists. */
const DEEPEST = 100;

function read(
  header: Header,
  frames: readonly Uint8Array[],
  families: ReadonlyMap<string, ReadFamily>,
  depth: number,
): unknown {
  if (header.get("is-collection") === true) return readCollection(header, frames, families, depth + 1);
  const name = header.get("serializer");
  const family = FAMILIES.get(name) ?? families.get(name as string);
  if (family === undefined)
    throw new DaskProtocolError(`nobody here reads values of the family ${String(name)}`);
  return family(header, frames);
}

function readCollection(
  header: Header,
  frames: readonly Uint8Array[],
  families: ReadonlyMap<string, ReadFamily>,
  depth: number,
): unknown {
  const headers = header.get("sub-headers");
  const counts = header.get("frame-lengths");
  if (
    !Array.isArray(headers) ||
    !Array.isArray(counts) ||
    headers.length !== counts.length ||
    depth > DEEPEST
  ) {
    throw new DaskProtocolError("a value of several parts has a wrong header");
  }
  let start = 0;
  const items = headers.map((sub: unknown, index) => {
    const count: unknown = counts[index];
    const isCount = typeof count === "number" && count >= 0 && count <= frames.length - start;
    if (!(sub instanceof Map) || !isCount)
      throw new DaskProtocolError("a part of a value has a wrong header");
    start += count;
    return read(sub, frames.slice(start - count, start), families, depth);
  });
  const type = header.get("type-serialized");
  if (type === "list" || type === "tuple") return items;
  if (type === "set") return new Set(items);
  if (type !== "dict") throw new DaskProtocolError(`a value of several parts is a ${String(type)}`);
  return objectOf(new Map(headers.map((sub: Header, index) => [sub.get("key"), items[index]])));
}

/** Bytes of a value's frames, for `nbytes`. */
export function sizeOf({ frames }: Serialized): number {
  let bytes = 0;
  for (const { byteLength } of frames) bytes += byteLength;
  return bytes;
}
