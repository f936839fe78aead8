import { types } from "node:util";
import { kindOf } from "./kinds.ts";
import { survey } from "./survey.ts";

/**
 * The value with the memory of its large typed arrays (64 KB or more) copied into shared memory, for a
 * value that several threads read: then it is not copied again for each of them. What is shared are
 * typed arrays, as the value itself or in arrays, plain objects and instances of the user's classes,
 * which are made anew; everything else in the value stays as it is. Memory that the value also shows
 * as an ArrayBuffer, Buffer or DataView is left alone, as their users do not expect shared memory.
 */
export function toShared(value: unknown): unknown {
  const { way, buffers } = survey(value);
  if (way === "captured" || buffers.length === 0) return value;
  const { holders, views, kept } = reached(value as object);
  const memory = new Map<unknown, SharedArrayBuffer>();
  for (const buffer of buffers) if (!kept.has(buffer)) memory.set(buffer, sharedCopy(buffer));
  const copies = new Map<unknown, object>();
  for (const view of views) {
    const shared = memory.get(view.buffer);
    if (shared !== undefined) copies.set(view, sameView(view, shared));
  }
  if (copies.size === 0) return value;
  for (const holder of holders) copies.set(holder, shellOf(holder));
  for (const holder of holders) {
    const copy = copies.get(holder)!;
    for (const [key, one] of Object.entries(holder)) {
      const property = {
        value: copies.get(one) ?? one,
        writable: true,
        enumerable: true,
        configurable: true,
      };
      Object.defineProperty(copy, key, property);
    }
  }
  return copies.get(value);
}

interface Reached {
  /** Arrays and objects with fields. */
  readonly holders: Set<object>;
  readonly views: Set<NodeJS.TypedArray>;
  /** Memory that is not to be shared. */
  readonly kept: Set<ArrayBufferLike>;
}

function reached(value: object): Reached {
  const holders = new Set<object>();
  const views = new Set<NodeJS.TypedArray>();
  const kept = new Set<ArrayBufferLike>();
  const seen = new Set<unknown>();
  const open: unknown[] = [value];
  while (open.length > 0) {
    const object = open.pop();
    if (typeof object !== "object" || object === null || seen.has(object)) continue;
    seen.add(object);
    if (types.isTypedArray(object) && !Buffer.isBuffer(object)) views.add(object);
    else if (ArrayBuffer.isView(object)) kept.add(object.buffer);
    else if (types.isAnyArrayBuffer(object)) kept.add(object);
    else if (isHolder(object)) {
      holders.add(object);
      for (const one of Object.values(object)) if (typeof one === "object") open.push(one);
    }
  }
  return { holders, views, kept };
}

function isHolder(object: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(object);
  if (prototype === null) return true;
  const kind = kindOf(prototype);
  return kind !== "hidden" && (kind.base === "object" || prototype === Array.prototype);
}

function shellOf(holder: object): object {
  return Array.isArray(holder) ? new Array(holder.length) : Object.create(Object.getPrototypeOf(holder));
}

function sharedCopy(memory: ArrayBuffer): SharedArrayBuffer {
  const copy = new SharedArrayBuffer(memory.byteLength);
  new Uint8Array(copy).set(new Uint8Array(memory));
  return copy;
}

function sameView(view: NodeJS.TypedArray, memory: SharedArrayBuffer): NodeJS.TypedArray {
  const type = view.constructor as new (
    memory: SharedArrayBuffer,
    offset: number,
    length: number,
  ) => typeof view;
  return new type(memory, view.byteOffset, view.length);
}
