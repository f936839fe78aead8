import { DaskProtocolError } from "../../errors.ts";
import { arrayOf, elementsOf, NdArray, type TypedArray } from "./numpy.ts";
import { PyGlobal, PyObject } from "./objects.ts";

/** Deeper values are refused. */
const DEEPEST = 500;

/**
 * What `unpickle` gave, as values of JavaScript: dicts whose keys are all texts become plain objects, others
 * Maps; what Python would make with a class or a function of the closed table below becomes the
 * same in JavaScript, everything else stays a `PyObject`. Throws a `DaskProtocolError` if it is too deep.
 */
export function interpret(value: unknown): unknown {
  return typeof value === "object" && value !== null ? new Interpreter().value(value, 0) : value;
}

/** What a call comes to; undefined if it is none that there is in JavaScript. */
type Construct = (args: readonly unknown[], object: PyObject, memory: Aligned) => unknown;

const NO_BYTES = new Uint8Array(0);

const CONSTRUCTORS: ReadonlyMap<string, Construct> = new Map<string, Construct>([
  ...builtin("set", ([items]) => (Array.isArray(items) ? new Set(items) : new Set())),
  ...builtin("frozenset", ([items]) => (Array.isArray(items) ? new Set(items) : new Set())),
  ...builtin("bytes", ([bytes = NO_BYTES]) => (bytes instanceof Uint8Array ? bytes : undefined)),
  ...builtin("bytearray", ([bytes = NO_BYTES, code]) =>
    bytes instanceof Uint8Array ? bytes : latin1(bytes, code),
  ),
  ["collections.OrderedDict", (_, { entries }) => objectOf(entries ?? new Map())],
  ["_codecs.encode", ([text, code]) => latin1(text, code)],
  ["numpy.frombuffer", fromBuffer],
  ...numpy("numeric._frombuffer", fromBuffer),
  ...numpy("multiarray._reconstruct", (_, { state }, memory) => reconstructed(state, memory)),
  ...numpy("multiarray.scalar", ([type, bytes], _, memory) => scalar(type, bytes, memory)),
]);

/** Old protocols have the module's name of Python 2. */
function builtin(name: string, construct: Construct): [string, Construct][] {
  return ["builtins", "__builtin__"].map((module) => [`${module}.${name}`, construct]);
}

/** The same in all places where numpy has had it. */
function numpy(name: string, construct: Construct): [string, Construct][] {
  return ["numpy", "numpy.core", "numpy._core"].map((module) => [`${module}.${name}`, construct]);
}

class Interpreter {
  /** What has been read already: parts of a value may be shared, or contain themselves. */
  readonly #known = new Map<object, unknown>();
  readonly #memory = new Aligned();

  value(value: unknown, depth: number): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (value instanceof Uint8Array || value instanceof PyGlobal) return value;
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    if (depth > DEEPEST) throw new DaskProtocolError(`a value is deeper than ${DEEPEST} levels`);
    if (Array.isArray(value)) return this.#array(value, depth + 1);
    if (value instanceof Map) return this.#dict(value, depth + 1);
    if (value instanceof Set) return this.#set(value, depth + 1);
    return value instanceof PyObject ? this.#object(value, depth + 1) : value;
  }

  /** In place: nobody else has it. */
  #array(array: unknown[], depth: number): unknown[] {
    this.#known.set(array, array);
    for (let index = 0; index < array.length; index++) {
      const item = array[index];
      if (typeof item === "object" && item !== null) array[index] = this.value(item, depth);
    }
    return array;
  }

  #dict(dict: ReadonlyMap<unknown, unknown>, depth: number): unknown {
    const isObject = hasTexts(dict);
    const target = isObject ? {} : new Map<unknown, unknown>();
    this.#known.set(dict, target);
    for (const [key, item] of dict) {
      const value = this.value(item, depth);
      if (target instanceof Map) target.set(this.value(key, depth), value);
      else setField(target, key as string, value);
    }
    return target;
  }

  #entries(entries: ReadonlyMap<unknown, unknown>, depth: number): Map<unknown, unknown> {
    return new Map(Array.from(entries, ([key, item]) => [this.value(key, depth), this.value(item, depth)]));
  }

  #set(raw: ReadonlySet<unknown>, depth: number): unknown {
    const set = new Set<unknown>();
    this.#known.set(raw, set);
    for (const item of raw) set.add(this.value(item, depth));
    return set;
  }

  #object(object: PyObject, depth: number): unknown {
    // Stays what it is if it is part of itself.
    this.#known.set(object, object);
    this.#array(object.args, depth);
    object.state = this.value(object.state, depth);
    if (object.items !== undefined) this.#array(object.items, depth);
    if (object.entries !== undefined) object.entries = this.#entries(object.entries, depth);
    const made = CONSTRUCTORS.get(object.path)?.(object.args, object, this.#memory);
    if (made !== undefined) this.#known.set(object, made);
    return made ?? object;
  }
}

/** A dict whose values have been read: a plain object if all its keys are texts, else as it is. */
export function objectOf(dict: ReadonlyMap<unknown, unknown>): unknown {
  if (!hasTexts(dict)) return dict;
  const object = {};
  for (const [key, value] of dict) setField(object, key as string, value);
  return object;
}

function hasTexts(dict: ReadonlyMap<unknown, unknown>): boolean {
  for (const key of dict.keys()) if (typeof key !== "string") return false;
  return true;
}

/** Also of a field named "__proto__". */
function setField(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") object[key] = value;
  else Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

/** Bytes that lie where numbers may lie; each is copied at most once, however often it is used. */
class Aligned {
  readonly #copies = new Map<Uint8Array, Uint8Array>();

  of(bytes: Uint8Array, size: number): Uint8Array {
    if (bytes.byteOffset % size === 0) return bytes;
    let copy = this.#copies.get(bytes);
    if (copy === undefined) {
      copy = bytes.slice();
      this.#copies.set(bytes, copy);
    }
    return copy;
  }
}

/** `frombuffer(bytes, dtype)`, and `_frombuffer(bytes, dtype, shape, order)`. */
function fromBuffer(args: readonly unknown[], _: PyObject, memory: Aligned): unknown {
  const [bytes, type, shape, order] = args;
  return array(memory, bytes, type, shape, order === "F" ? "F" : "C");
}

/** From `(version, shape, dtype, is_fortran, bytes)`. */
function reconstructed(state: unknown, memory: Aligned): unknown {
  if (!Array.isArray(state)) return undefined;
  const [, shape, type, isFortran, bytes] = state;
  return array(memory, bytes, type, shape, isFortran === true ? "F" : "C");
}

function array(
  memory: Aligned,
  bytes: unknown,
  type: unknown,
  shape: unknown,
  order: "C" | "F",
): TypedArray | NdArray | undefined {
  const dtype = dtypeText(type);
  const elements = dtype === undefined ? undefined : elementsOf(dtype);
  if (!(bytes instanceof Uint8Array) || elements === undefined) return undefined;
  const dimensions = shape === undefined ? [bytes.byteLength / elements.bytes] : shape;
  if (!Array.isArray(dimensions)) return undefined;
  return arrayOf(dtype!, dimensions, order, memory.of(bytes, elements.bytes));
}

/** A number of numpy, as the nearest one of JavaScript. */
function scalar(type: unknown, bytes: unknown, memory: Aligned): unknown {
  const made = array(memory, bytes, type, [1], "C");
  if (made === undefined) return undefined;
  if (made instanceof NdArray) return made.data[0] !== 0;
  const [number] = made;
  return typeof number === "bigint" && Number.isSafeInteger(Number(number)) ? Number(number) : number;
}

/** `dtype("f8", …)` that is filled with (3, "<", …), or a text. */
function dtypeText(type: unknown): string | undefined {
  if (typeof type === "string") return type;
  if (!(type instanceof PyObject) || type.path !== "numpy.dtype" || typeof type.args[0] !== "string")
    return undefined;
  const order = Array.isArray(type.state) ? type.state[1] : "<";
  return typeof order === "string" ? order + type.args[0] : undefined;
}

/** Bytes that old protocols write as text. */
function latin1(text: unknown, code: unknown): Uint8Array | undefined {
  if (typeof text !== "string" || (code !== "latin1" && code !== "latin-1")) return undefined;
  return new Uint8Array(Buffer.from(text, "latin1"));
}
