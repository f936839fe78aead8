import { types } from "node:util";

const HEADER = 16;
const WORD = 8;

/**
 * Roughly how much memory a value takes, in bytes: what it holds itself and through arrays, plain
 * objects, Maps, Sets and fields of class instances, shared parts once.
 */
export function sizeOf(value: unknown): number {
  const seen = new Set<unknown>();
  const open = [value];
  let bytes = 0;
  while (open.length > 0) {
    const one = open.pop();
    bytes += WORD;
    if (typeof one === "string") bytes += HEADER + one.length;
    else if (typeof one === "object" && one !== null && !seen.has(one)) {
      seen.add(one);
      bytes += HEADER + ownBytes(one);
      for (const part of partsOf(one)) open.push(part);
    }
  }
  return bytes;
}

function ownBytes(object: object): number {
  return ArrayBuffer.isView(object) || types.isAnyArrayBuffer(object) ? object.byteLength : 0;
}

function partsOf(object: object): Iterable<unknown> {
  if (ArrayBuffer.isView(object)) return [];
  try {
    if (Array.isArray(object) || object instanceof Set) return [...object];
    if (object instanceof Map) return [...object.keys(), ...object.values()];
    return Object.values(object);
  } catch {
    // A getter that throws, a revoked proxy: an estimate need not know.
    return [];
  }
}
