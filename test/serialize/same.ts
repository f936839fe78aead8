import { types } from "node:util";

/**
 * True if a value is a faithful copy of another one: the same in every way that a program could see,
 * prototypes, keys, accessors, what is shared and what is a cycle included. Not looked at: whether
 * objects are frozen and properties read-only.
 */
export function same(one: unknown, other: unknown): boolean {
  const copies = new Map<unknown, unknown>();
  const originals = new Set<unknown>();
  const open: [unknown, unknown][] = [[one, other]];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [a, b] = pair;
    if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) {
      if (!Object.is(a, b)) return false;
    } else if (copies.has(a)) {
      if (copies.get(a) !== b) return false;
    } else {
      if (originals.has(b)) return false;
      copies.set(a, b);
      originals.add(b);
      if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
      if (!sameInside(a, b, open) || !sameProperties(a, b, open)) return false;
    }
  }
  return true;
}

function sameProperties(a: object, b: object, open: [unknown, unknown][]): boolean {
  const keys = Reflect.ownKeys(a);
  const others = Reflect.ownKeys(b);
  if (keys.length !== others.length) return false;
  for (const [i, key] of keys.entries()) {
    if (others[i] !== key) return false;
    const mine = Object.getOwnPropertyDescriptor(a, key)!;
    const theirs = Object.getOwnPropertyDescriptor(b, key)!;
    if (mine.enumerable !== theirs.enumerable || mine.get !== theirs.get || mine.set !== theirs.set)
      return false;
    open.push([mine.value, theirs.value]);
  }
  return true;
}

/** Compares what is no property. */
function sameInside(a: object, b: object, open: [unknown, unknown][]): boolean {
  const inside = insideOf(a);
  const other = insideOf(b);
  if (inside.length !== other.length) return false;
  for (const [i, part] of inside.entries()) open.push([part, other[i]]);
  return true;
}

function insideOf(object: object): unknown[] {
  if (types.isProxy(object)) return ["proxy", object];
  if (types.isMap(object)) return ["map", ...[...object.entries()].flat()];
  if (types.isSet(object)) return ["set", ...object];
  if (types.isDate(object)) return ["date", object.getTime()];
  if (types.isRegExp(object)) return ["regexp", object.source, object.flags];
  if (types.isBoxedPrimitive(object)) return ["boxed", object.valueOf()];
  if (types.isAnyArrayBuffer(object)) return [types.isArrayBuffer(object), ...new Uint8Array(object)];
  if (ArrayBuffer.isView(object)) return ["view", object.byteOffset, object.byteLength, object.buffer];
  if (types.isNativeError(object)) return ["error"];
  return [Array.isArray(object) ? "array" : "object"];
}
