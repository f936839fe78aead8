/** Arrays of numpy: what of them there is in JavaScript, without numpy. */

/** Memory of numbers of one type. */
export type TypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

interface TypedArrayClass {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray;
}

/** Types of elements by numpy's letter and size. Booleans are bytes, 0 or 1. */
const CLASSES: ReadonlyMap<string, TypedArrayClass> = new Map<string, TypedArrayClass>([
  ["b1", Uint8Array],
  ["i1", Int8Array],
  ["u1", Uint8Array],
  ["i2", Int16Array],
  ["u2", Uint16Array],
  ["i4", Int32Array],
  ["u4", Uint32Array],
  ["i8", BigInt64Array],
  ["u8", BigUint64Array],
  ["f4", Float32Array],
  ["f8", Float64Array],
]);

const DTYPES = new Map<string, string>([
  ["Int8Array", "|i1"],
  ["Uint8Array", "|u1"],
  ["Uint8ClampedArray", "|u1"],
  ["Int16Array", "<i2"],
  ["Uint16Array", "<u2"],
  ["Int32Array", "<i4"],
  ["Uint32Array", "<u4"],
  ["Float32Array", "<f4"],
  ["Float64Array", "<f8"],
  ["BigInt64Array", "<i8"],
  ["BigUint64Array", "<u8"],
]);

/** numpy's name of the elements of a typed array; undefined of other views. */
export function dtypeOf(view: ArrayBufferView): string | undefined {
  return DTYPES.get((view as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] ?? "");
}

/** An array of numpy that has other than one dimension, or holds booleans. */
export class NdArray {
  /** numpy's name of the type of elements: "<f8", "|b1". */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** All elements, one after the other. */
  readonly data: TypedArray;
  /** "C": the last index changes first; "F": the first one does. */
  readonly order: "C" | "F";

  constructor(dtype: string, shape: readonly number[], data: TypedArray, order: "C" | "F" = "C") {
    this.dtype = dtype;
    this.shape = shape;
    this.data = data;
    this.order = order;
  }
}

/** What there is to know of the elements of a dtype; undefined if JavaScript has no such numbers. */
export function elementsOf(
  dtype: string,
): { readonly bytes: number; readonly read: ReadElements } | undefined {
  const match = /^([<>|=])?([biuf])(\d)$/.exec(dtype);
  const View = match === null ? undefined : CLASSES.get(match[2]! + match[3]!);
  if (View === undefined) return undefined;
  const bytes = View.BYTES_PER_ELEMENT;
  const isSwapped = match![1] === ">" && bytes > 1;
  return {
    bytes,
    read(memory) {
      const aligned = isSwapped || memory.byteOffset % bytes !== 0 ? memory.slice() : memory;
      if (isSwapped) swap(aligned, bytes);
      return new View(aligned.buffer, aligned.byteOffset, aligned.byteLength / bytes);
    },
  };
}

/** The elements in this memory, which is used as it is if it lies right. */
type ReadElements = (memory: Uint8Array) => TypedArray;

function swap(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.byteLength; at += size) bytes.subarray(at, at + size).reverse();
}

/**
 * The array of these bytes: a typed array if it has one dimension. Undefined if JavaScript has no
 * such elements, or the bytes are not as many as the shape says.
 */
export function arrayOf(
  dtype: string,
  shape: readonly unknown[],
  order: "C" | "F",
  bytes: Uint8Array,
): TypedArray | NdArray | undefined {
  const elements = elementsOf(dtype);
  if (elements === undefined || !isShape(shape) || bytes.byteLength !== countOf(shape) * elements.bytes) {
    return undefined;
  }
  const data = elements.read(bytes);
  return shape.length === 1 && !dtype.endsWith("b1") ? data : new NdArray(dtype, shape, data, order);
}

export function isShape(shape: readonly unknown[]): shape is readonly number[] {
  return shape.every((size) => typeof size === "number" && Number.isSafeInteger(size) && size >= 0);
}

export function countOf(shape: readonly number[]): number {
  return shape.reduce((count, size) => count * size, 1);
}
