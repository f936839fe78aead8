import { types } from "node:util";

/*
 * What V8 takes on a 64-bit machine, in bytes. Measured, not guaranteed: the same array of fractions
 * takes three times as much once it has been cloned, and equal strings may be one or many.
 */
export const SLOT = 8;
const BOXED_NUMBER = 16;
const OBJECT_HEADER = 24;
/** With room for some fields; the others are kept in a list that grows by some at a time. */
const EMPTY_OBJECT = 56;
const FIRST_FIELDS = 4;
const MORE_FIELDS = 3;
const LIST_HEADER = 16;
/** More properties than this mean an object used as a map, which V8 keeps as a hash table. */
const MOST_FIELDS = 64;
const ARRAY_BUFFER = 88;
const VIEW = 96;
const OTHER = 128;
// Classes of the user's may override `size`.
const mapSize: () => number = Object.getOwnPropertyDescriptor(Map.prototype, "size")!.get!;
const setSize: () => number = Object.getOwnPropertyDescriptor(Set.prototype, "size")!.get!;
/** Of longer strings only so many characters are looked at. */
const LOOKED_AT = 65_536;

/** Shorter texts are always made anew. */
const SHARING = 13;
/**
 * A text that was cut from another one, or put together, takes 32 more, which is not to be seen. Half of
 * that is added, or as much of it as is right within a fifth for one that was not.
 */
const PERHAPS_SHARED = 16;

/** What a primitive takes beside the slot that refers to it; `isCopy` if it was made by structured clone. */
export function primitiveBytes(value: unknown, isCopy: boolean): number {
  if (typeof value === "string") {
    const bytes = stringBytes(value);
    return isCopy || value.length < SHARING ? bytes : bytes + Math.min(PERHAPS_SHARED, Math.floor(bytes / 5));
  }
  if (typeof value === "number") return isSmall(value) ? 0 : BOXED_NUMBER;
  if (typeof value === "bigint") return bigintBytes(value);
  return 0;
}

/** True of the numbers that need no memory of their own. */
export function isSmall(value: number): boolean {
  return value === (value | 0) && !Object.is(value, -0);
}

/** What an array takes without what its elements refer to; `fractions` of the elements are not small. */
export function arrayBytes(length: number, fractions: number, onlyNumbers: boolean, isCopy: boolean): number {
  if (length === 0) return 32;
  // An array of numbers alone has them in its slots, until it is cloned.
  return 48 + length * SLOT + (onlyNumbers && !isCopy ? 0 : fractions * BOXED_NUMBER);
}

/** What an object takes without what its properties refer to. */
export function fieldsBytes(keys: readonly string[], isCopy: boolean): number {
  const count = keys.length;
  if (count > MOST_FIELDS) {
    let bytes = OBJECT_HEADER + 3 * SLOT * capacity(count * 1.5);
    for (const key of keys) bytes += stringBytes(key);
    return bytes;
  }
  const more = Math.max(0, count - FIRST_FIELDS);
  const grown =
    EMPTY_OBJECT + (more === 0 ? 0 : LIST_HEADER + Math.ceil(more / MORE_FIELDS) * MORE_FIELDS * SLOT);
  if (isCopy || count === 0) return grown;
  const literal = OBJECT_HEADER + count * SLOT;
  // Whether an object was made with all of its fields or has grown is not to be seen.
  return more === 0 ? literal : (literal + grown) / 2;
}

/** What a Map, Set, view, buffer, Date … takes without what it refers to; `undefined` for other objects. */
export function ownBytes(object: object): number | undefined {
  if (ArrayBuffer.isView(object)) return VIEW;
  if (types.isAnyArrayBuffer(object)) return ARRAY_BUFFER + object.byteLength;
  if (types.isMap(object)) return 72 + 28 * capacity(mapSize.call(object));
  if (types.isSet(object)) return 56 + 20 * capacity(setSize.call(object));
  if (types.isDate(object)) return 96;
  return types.isRegExp(object) || types.isBoxedPrimitive(object) ? OTHER : undefined;
}

/** True of a Buffer in memory that Node shares among many, which is not this one's alone to count. */
export function isPooled(view: ArrayBufferView): boolean {
  return view instanceof Buffer && view.byteLength < view.buffer.byteLength;
}

function stringBytes(text: string): number {
  const characters = text.length <= LOOKED_AT ? text : text.slice(0, LOOKED_AT);
  const width = /[^\0-\xff]/.test(characters) ? 2 : 1;
  return 16 + Math.ceil((text.length * width) / SLOT) * SLOT;
}

function bigintBytes(value: bigint): number {
  const isShort = value === BigInt.asIntN(64, value);
  return 16 + (isShort ? SLOT : Math.ceil(value.toString(16).length / 16) * SLOT);
}

/** Hash tables grow by doubling. */
function capacity(count: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(count, 4)));
}
