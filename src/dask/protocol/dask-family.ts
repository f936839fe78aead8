import { DaskProtocolError } from "../../errors.ts";
import { arrayOf, countOf, dtypeOf, elementsOf, isShape, NdArray, type TypedArray } from "../pickle/numpy.ts";
import { plainBytes } from "../pickle/plain-bytes.ts";
import { type Header, Serialized } from "./message.ts";
import { BUILT_IN, isResizable } from "./pickle-family.ts";
import { pickledClass } from "./type-of-value.ts";

/*
 * Values that dask writes without pickle: bytes, and arrays of numpy. Their memory is a frame.
 *
 * Python passes over fields of a header that it does not know: `HINT` says which kind of bytes they
 * were. A value that Python has written itself has none.
 */

const HINT = "dispatch-graph";
/** More is not made of an array that stands for more elements than it has. */
const MOST_REPEATED = 256 * 1024 * 1024;

const BYTES = pickledClass("builtins", "bytes");
const NDARRAY = pickledClass("numpy", "ndarray");

/** Bytes, typed arrays and `NdArray`s; undefined of all other values. Nothing is copied. */
export function writeMemory(value: object): Serialized | undefined {
  if (value instanceof NdArray) return ndarray(value.dtype, value.shape, value.order, value.data);
  if (value instanceof ArrayBuffer)
    return isResizable(value) ? undefined : bytes(new Uint8Array(value), "ArrayBuffer");
  if (!ArrayBuffer.isView(value) || isResizable(value.buffer)) return undefined;
  const dtype = dtypeOf(value);
  if (dtype === undefined) return undefined;
  const view = value as TypedArray;
  const prototype: unknown = Object.getPrototypeOf(view);
  if (prototype === Uint8Array.prototype) return bytes(view as Uint8Array);
  if (prototype === Buffer.prototype) return bytes(view as Uint8Array, "Buffer");
  if (prototype === Uint8ClampedArray.prototype)
    return ndarray(dtype, [view.length], "C", view, "Uint8ClampedArray");
  // A class of the user's would be forgotten.
  return BUILT_IN.has(prototype) ? ndarray(dtype, [view.length], "C", view) : undefined;
}

function bytes(view: Uint8Array, hint?: string): Serialized {
  const fields: [string, unknown][] = [
    ["sub-header", new Map()],
    ["type", "bytes"],
    ["type-serialized", BYTES],
  ];
  if (hint !== undefined) fields.push([HINT, hint]);
  return Serialized.of("dask", [plainBytes(view)], fields);
}

function ndarray(
  dtype: string,
  shape: readonly number[],
  order: "C" | "F",
  data: TypedArray,
  hint?: string,
): Serialized {
  const strides = stridesOf(shape, data.BYTES_PER_ELEMENT, order);
  const fields: [string, unknown][] = [
    // As it is read from the wire: a worker reads what it has written itself, too.
    ["sub-header", new Map(Object.entries({ dtype: [0, dtype], shape, strides, writeable: [true] }))],
    ["type", "numpy.ndarray"],
    ["type-serialized", NDARRAY],
  ];
  if (hint !== undefined) fields.push([HINT, hint]);
  return Serialized.of("dask", [new Uint8Array(data.buffer, data.byteOffset, data.byteLength)], fields);
}

function stridesOf(shape: readonly number[], size: number, order: "C" | "F"): number[] {
  let stride = size;
  const strides = (order === "C" ? shape.toReversed() : shape).map((length) => {
    const own = stride;
    stride *= length;
    return own;
  });
  return order === "C" ? strides.reverse() : strides;
}

/** Reads a value of this family. Throws a `DaskProtocolError` for classes that only Python has. */
export function readMemory(header: Header, frames: readonly Uint8Array[]): unknown {
  const type = header.get("type");
  const sub = header.get("sub-header");
  const fields: Header = sub instanceof Map ? sub : new Map();
  switch (type) {
    case "bytes":
    case "bytearray":
    case "builtins.bytes":
    case "builtins.bytearray":
      return hinted(joined(frames), header.get(HINT));
    case "memoryview":
    case "builtins.memoryview":
      return joined(frames);
    case "array.array":
      return readArray(fields.get("typecode"), joined(frames));
    case "numpy.ndarray":
    case "numpy.matrix":
      return hinted(readNdarray(fields, frames), header.get(HINT));
    default:
      throw new DaskProtocolError(`a value of Python's class ${String(type)} can only be read by Python`);
  }
}

/** The kind of bytes that was written. */
function hinted(value: unknown, hint: unknown): unknown {
  if (!(value instanceof Uint8Array)) return value;
  const bytes = plainBytes(value);
  const { buffer, byteOffset, byteLength } = bytes;
  if (hint === "Buffer") return Buffer.from(buffer, byteOffset, byteLength);
  if (hint === "Uint8ClampedArray") return new Uint8ClampedArray(buffer, byteOffset, byteLength);
  if (hint !== "ArrayBuffer") return bytes;
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  return isWhole ? buffer : new Uint8Array(bytes).buffer;
}

function joined(frames: readonly Uint8Array[]): Uint8Array {
  if (frames.length === 1) return frames[0]!;
  return new Uint8Array(Buffer.concat(frames));
}

/** Elements of Python's `array` by their letters. */
const TYPECODES: ReadonlyMap<unknown, string> = new Map([
  ["b", "|i1"],
  ["B", "|u1"],
  ["h", "<i2"],
  ["H", "<u2"],
  ["i", "<i4"],
  ["I", "<u4"],
  ["l", "<i8"],
  ["L", "<u8"],
  ["q", "<i8"],
  ["Q", "<u8"],
  ["f", "<f4"],
  ["d", "<f8"],
]);

function readArray(typecode: unknown, data: Uint8Array): unknown {
  const dtype = TYPECODES.get(typecode) ?? "";
  const elements = elementsOf(dtype);
  const array =
    elements === undefined ? undefined : arrayOf(dtype, [data.byteLength / elements.bytes], "C", data);
  if (array === undefined)
    throw new DaskProtocolError(`an array of Python's typecode ${String(typecode)} is not read`);
  return array;
}

function readNdarray(fields: Header, frames: readonly Uint8Array[]): TypedArray | NdArray {
  if (fields.get("pickle") === true) throw unreadable("of objects");
  const type = fields.get("dtype");
  const [isPickled, dtype] = Array.isArray(type) ? type : [];
  const elements = isPickled === 0 || isPickled === false ? elementsOf(String(dtype)) : undefined;
  if (elements === undefined) {
    throw unreadable(`with elements of dtype ${isPickled ? "with fields" : String(dtype)}`);
  }
  const [frame] = frames;
  const shape = fields.get("broadcast_to") ?? fields.get("shape");
  const strides = fields.get("strides");
  if (frame === undefined || frames.length > 1 || !isSizes(shape) || !isStrides(strides, shape)) {
    throw new DaskProtocolError("an array of numpy has a wrong header");
  }
  for (const order of ["C", "F"] as const) {
    const array = sameNumbers(strides, stridesOf(shape, elements.bytes, order), shape)
      ? arrayOf(dtype, shape, order, frame)
      : undefined;
    if (array !== undefined) return array;
  }
  const array = arrayOf(dtype, shape, "C", gathered(frame, shape, strides, elements.bytes));
  if (array === undefined) throw new DaskProtocolError("an array of numpy has a wrong header");
  return array;
}

function unreadable(what: string): DaskProtocolError {
  return new DaskProtocolError(`an array of numpy ${what} can only be read by Python`);
}

function isSizes(shape: unknown): shape is readonly number[] {
  return Array.isArray(shape) && shape.length <= 64 && isShape(shape);
}

function isStrides(strides: unknown, shape: readonly number[]): strides is readonly number[] {
  return (
    Array.isArray(strides) &&
    strides.length === shape.length &&
    strides.every((stride) => Number.isSafeInteger(stride))
  );
}

/** How far apart elements are only matters where there are several. */
function sameNumbers(
  strides: readonly number[],
  expected: readonly number[],
  shape: readonly number[],
): boolean {
  return strides.every((stride, index) => stride === expected[index] || shape[index]! <= 1);
}

/** The elements in C order, of an array that repeats some or has others between them. */
function gathered(
  frame: Uint8Array,
  shape: readonly number[],
  strides: readonly number[],
  size: number,
): Uint8Array {
  const count = countOf(shape);
  const last = strides.reduce((end, stride, index) => end + stride * (shape[index]! - 1), 0);
  const fits = strides.every((stride) => stride >= 0) && last + size <= frame.byteLength;
  if (count > 0 && !fits) throw new DaskProtocolError("an array of numpy has a wrong header");
  if (count * size > Math.max(MOST_REPEATED, frame.byteLength))
    throw unreadable("that repeats its elements so often");
  const target = new Uint8Array(count * size);
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < target.byteLength; to += size) {
    for (let byte = 0; byte < size; byte++) target[to + byte] = frame[from + byte]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return target;
}
