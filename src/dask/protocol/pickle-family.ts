import { types } from "node:util";
import { DaskProtocolError } from "../../errors.ts";
import { hasMore } from "../../serialize/survey.ts";
import { ByteWriter } from "../pickle/byte-writer.ts";
import { interpret } from "../pickle/constructors.ts";
import { dtypeOf } from "../pickle/numpy.ts";
import { PyGlobal } from "../pickle/objects.ts";
import * as op from "../pickle/opcodes.ts";
import { unpickle } from "../pickle/reader.ts";
import { PickleWriter } from "../pickle/writer.ts";
import { type Header, Serialized } from "./message.ts";

/*
 * Values as Python's pickles.
 *
 * A value is only written if reading it gives the same value again: no part of it occurs twice,
 * nothing in it is lost. Typed arrays in it are calls of numpy.frombuffer.
 */

/** Values of more levels are left to others: Python would have to read them level by level as well. */
const DEEPEST = 100;
/** Larger typed arrays lie beside the pickle, which does not copy them. */
const LARGE = 4096;
const MOST_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
const LONE_SURROGATE = /\p{Surrogate}/u;

const FROM_BUFFER = new PyGlobal("numpy", "frombuffer");
const BYTES = new PyGlobal("builtins", "bytes");

const PLAIN = Serialized.of("pickle", [new Uint8Array(0)], [["writeable", []]]);

/** The value of a pickle that has nothing beside it: all of these have the same header. */
export function pickled(bytes: Uint8Array): Serialized {
  return new Serialized(PLAIN.header, [bytes], PLAIN.headerFrame);
}

/** Undefined if something in the value would not be the same again. */
export function writePickle(value: unknown): Serialized | undefined {
  const writer = new ValueWriter();
  if (!writer.write(value, 0)) return undefined;
  const { bytes, buffers } = writer.finish();
  if (buffers.length === 0) return pickled(bytes);
  return Serialized.of("pickle", [bytes, ...buffers], [["writeable", buffers.map(() => true)]]);
}

/** Reads a value of this family; what only Python has is a `PyObject`. */
export function readPickle(_: Header, frames: readonly Uint8Array[]): unknown {
  const [bytes, ...buffers] = frames;
  if (bytes === undefined) throw new DaskProtocolError("a pickled value has no frames");
  return interpret(unpickle(bytes, buffers));
}

/** One value is written after the other, and no code of others runs in between. */
const scratch = new ByteWriter();

class ValueWriter {
  readonly #out = new PickleWriter(5, scratch);
  /** Objects that have been met, and memory of typed arrays: a second time would be lost. */
  #seen: Set<object> | undefined;
  #names: Map<string, number> | undefined;

  finish(): { readonly bytes: Uint8Array; readonly buffers: readonly Uint8Array[] } {
    return { bytes: this.#out.finish(), buffers: this.#out.buffers };
  }

  /** False if it cannot be written; then what has been written is of no use. */
  write(value: unknown, depth: number): boolean {
    if (typeof value === "number") this.#out.number(value);
    else if (typeof value === "string") return this.#text(value);
    else if (typeof value === "boolean") this.#out.boolean(value);
    else if (value === null) this.#out.none();
    else if (typeof value === "bigint") return this.#bigint(value);
    else return typeof value === "object" && depth < DEEPEST && this.#object(value, depth + 1);
    return true;
  }

  #text(value: string): boolean {
    if (LONE_SURROGATE.test(value)) return false;
    this.#out.text(value);
    return true;
  }

  /** A smaller one would be read as a number. */
  #bigint(value: bigint): boolean {
    if (value >= -MOST_SAFE && value <= MOST_SAFE) return false;
    this.#out.bigint(value);
    return true;
  }

  #object(object: object, depth: number): boolean {
    // To look at a proxy runs its code.
    if (types.isProxy(object) || !this.#isNew(object)) return false;
    const prototype: unknown = Object.getPrototypeOf(object);
    if (prototype === Object.prototype) return this.#fields(object, depth);
    if (prototype === Array.prototype) return Array.isArray(object) && this.#array(object, depth);
    if (prototype === Set.prototype) return types.isSet(object) && this.#set(object);
    return ArrayBuffer.isView(object) && this.#view(object);
  }

  #isNew(object: object): boolean {
    this.#seen ??= new Set();
    const { size } = this.#seen;
    return this.#seen.add(object).size > size;
  }

  #fields(object: object, depth: number): boolean {
    const names = Object.keys(object);
    if (
      hasHidden(object, names.length) ||
      types.isArgumentsObject(object) ||
      types.isModuleNamespaceObject(object)
    ) {
      return false;
    }
    this.#out.op(op.EMPTY_DICT);
    if (names.length === 0) return true;
    this.#out.op(op.MARK);
    for (const name of names) {
      const property = Object.getOwnPropertyDescriptor(object, name)!;
      if (!("value" in property) || !this.#name(name) || !this.write(property.value, depth)) return false;
    }
    this.#out.op(op.SETITEMS);
    return true;
  }

  /** Many objects have the same names. */
  #name(name: string): boolean {
    this.#names ??= new Map();
    const known = this.#names.get(name);
    if (known !== undefined) {
      this.#out.get(known);
      return true;
    }
    if (!this.#text(name)) return false;
    this.#names.set(name, this.#out.memoize());
    return true;
  }

  #array(array: readonly unknown[], depth: number): boolean {
    // What is more than its elements would be lost; a hole is undefined, which is not written.
    if (hasMore(array) || Object.getOwnPropertySymbols(array).length > 0) return false;
    this.#out.op(op.EMPTY_LIST);
    if (array.length === 0) return true;
    this.#out.op(op.MARK);
    for (const item of array) if (!this.write(item, depth)) return false;
    this.#out.op(op.APPENDS);
    return true;
  }

  /** Python's sets hold nothing that can be changed. */
  #set(set: ReadonlySet<unknown>): boolean {
    if (hasHidden(set, 0)) return false;
    this.#out.op(op.EMPTY_SET);
    this.#out.op(op.MARK);
    for (const item of set) {
      if ((typeof item === "object" && item !== null) || !this.write(item, DEEPEST)) return false;
    }
    this.#out.op(op.ADDITEMS);
    return true;
  }

  /** `bytes`, or `numpy.frombuffer(bytes, dtype)`; other kinds of bytes would be read as Uint8Array. */
  #view(view: ArrayBufferView): boolean {
    const dtype = dtypeOf(view);
    const prototype: unknown = Object.getPrototypeOf(view);
    const isBytes = prototype === Uint8Array.prototype;
    if (dtype === undefined || !(isBytes || BUILT_IN.has(prototype))) return false;
    if (isResizable(view.buffer) || hasMore(view) || !this.#isNew(view.buffer)) return false;
    const bytes = isBytes
      ? (view as Uint8Array)
      : new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    if (isBytes && bytes.byteLength < LARGE) {
      this.#out.bytes(bytes);
      return true;
    }
    this.#out.global(isBytes ? BYTES : FROM_BUFFER);
    if (bytes.byteLength < LARGE) this.#out.bytes(bytes);
    else this.#out.buffer(bytes);
    if (!isBytes) this.#out.text(dtype);
    this.#out.op(isBytes ? op.TUPLE1 : op.TUPLE2);
    this.#out.op(op.REDUCE);
    return true;
  }
}

/** The prototypes that typed arrays have from the language, without those of bytes. */
export const BUILT_IN: ReadonlySet<unknown> = new Set<unknown>(
  [
    ...[Int8Array, Int16Array, Uint16Array, Int32Array, Uint32Array],
    ...[Float32Array, Float64Array, BigInt64Array, BigUint64Array],
  ].map(({ prototype }) => prototype),
);

/** Memory that changes its size would come back with a fixed one. */
export function isResizable(buffer: ArrayBufferLike): boolean {
  const { resizable = false, growable = false } = buffer as { resizable?: boolean; growable?: boolean };
  return resizable || growable;
}

/** More properties than those expected: with symbols, or not enumerable. */
function hasHidden(object: object, expected: number): boolean {
  return (
    Object.getOwnPropertyNames(object).length !== expected || Object.getOwnPropertySymbols(object).length > 0
  );
}
