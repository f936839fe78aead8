/** Describes values that are no functions. */

import { types } from "node:util";
import type { AnyFunction } from "../task.ts";
import type { Encoder } from "./encoder.ts";
import { globalPathOf } from "./globals.ts";
import { inspector } from "./inspect.ts";
import { describeProperties, levelOf } from "./properties.ts";
import type { At, Properties, RecipeNode, Slot } from "./recipe.ts";

/** Method by which an instance gives its data, and static method that makes an instance of it. */
export const SERIALIZE: unique symbol = Symbol.for("dispatch-graph.serialize") as never;
export const DESERIALIZE: unique symbol = Symbol.for("dispatch-graph.deserialize") as never;

/** In the place of elements that an array does not have. */
export const HOLE: At = { at: -1 };

/**
 * The node of an object that is neither a function nor known otherwise.
 *
 * @throws ClosureError by the encoder, if it cannot be copied.
 */
export function describeObject(object: object, encoder: Encoder): RecipeNode {
  const impossible = impossibleKind(object);
  if (impossible !== undefined) encoder.refuse(impossible);
  if (Array.isArray(object)) return describeArray(object, encoder);
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype === Object.prototype && !types.isArgumentsObject(object)) {
    return { kind: "object", prototype: undefined, own: describeProperties(object, encoder) };
  }
  return (
    describeHooked(object, encoder) ?? describeNative(object, encoder) ?? describeInstance(object, encoder)
  );
}

/** Of an instance whose class says how to copy it. */
function describeHooked(object: object, encoder: Encoder): RecipeNode | undefined {
  const serialize: unknown = (object as { [SERIALIZE]?: unknown })[SERIALIZE];
  if (typeof serialize !== "function") return undefined;
  const of = encoder.slot((object as { constructor: unknown }).constructor);
  return { kind: "hooked", of, data: encoder.slot(Reflect.apply(serialize, object, [])) };
}

/** Why this kind of object is never copied. */
function impossibleKind(object: object): string | undefined {
  if (types.isProxy(object)) return "it is a Proxy, behind which nobody can look";
  if (types.isPromise(object)) return "it is a Promise; await it first";
  if (types.isGeneratorObject(object)) return "it is a generator, which cannot be copied while it runs";
  if (types.isExternal(object)) return "it belongs to native code";
  if (object instanceof WeakRef) return "it is a WeakRef";
  const tag = Object.prototype.toString.call(object);
  if (/(?:Iterator|Generator)\]$/.test(tag)) return "it is an iterator, which cannot be copied while it runs";
  return undefined;
}

// ------------------------------------------------------------------ what has a state of its own kind

function describeNative(object: object, encoder: Encoder): RecipeNode | undefined {
  if (types.isDate(object))
    return { kind: "date", ...native(object, "Date", encoder), time: object.getTime() };
  if (types.isMap(object)) {
    const entries: Slot[] = [];
    let at = 0;
    for (const [key, value] of Map.prototype.entries.call(object) as Iterable<[unknown, unknown]>) {
      encoder.enter("entry", at++);
      entries.push(encoder.slot(key), encoder.slot(value));
      encoder.leave();
    }
    return { kind: "map", ...native(object, "Map", encoder), entries };
  }
  if (types.isSet(object)) {
    const entries: Slot[] = [];
    for (const value of Set.prototype.values.call(object) as Iterable<unknown>) {
      encoder.enter("entry", entries.length);
      entries.push(encoder.slot(value));
      encoder.leave();
    }
    return { kind: "set", ...native(object, "Set", encoder), entries };
  }
  if (types.isWeakMap(object)) return { kind: "weak-map" };
  if (types.isWeakSet(object)) return { kind: "weak-set" };
  if (isDOMException(object)) {
    const { message, name, stack } = object;
    return { kind: "dom-exception", message, name, stack: typeof stack === "string" ? stack : undefined };
  }
  // Errors from the thread that resolves modules only inherit from Error.
  if (types.isNativeError(object) || isErrorLike(object)) return describeError(object, encoder);
  if (types.isRegExp(object)) {
    const { source, flags, lastIndex } = object;
    const keys = Reflect.ownKeys(object).filter((key) => key !== "lastIndex");
    return { kind: "regexp", ...native(object, "RegExp", encoder, keys), source, flags, lastIndex };
  }
  if (types.isAnyArrayBuffer(object)) return describeBuffer(object, encoder);
  if (ArrayBuffer.isView(object)) return describeView(object, encoder);
  if (types.isBoxedPrimitive(object)) return describeBoxed(object, encoder);
  if (types.isArgumentsObject(object)) {
    return { kind: "arguments", items: Array.from(object as ArrayLike<unknown>, (one) => encoder.slot(one)) };
  }
  if (types.isModuleNamespaceObject(object)) {
    const members = Object.fromEntries(Object.entries(object));
    return { kind: "object", prototype: null, own: describeProperties(members, encoder) };
  }
  return describeWebObject(object);
}

/** What the `native` kinds have in common: a prototype that may be a subclass's, and further properties. */
function native(
  object: object,
  base: "Map" | "Set" | "Date" | "RegExp",
  encoder: Encoder,
  keys?: readonly PropertyKey[],
): { readonly prototype: Slot; readonly own: Properties | undefined } {
  return { prototype: prototypeOf(object, [base], encoder), own: further(object, encoder, keys) };
}

function further(
  object: object,
  encoder: Encoder,
  keys: readonly PropertyKey[] = Reflect.ownKeys(object),
): Properties | undefined {
  if (keys.length === 0 && Object.isExtensible(object)) return undefined;
  return describeProperties(object, encoder, keys);
}

function describeBoxed(object: object, encoder: Encoder): RecipeNode {
  // Strings have their characters as properties.
  const own = types.isStringObject(object)
    ? Reflect.ownKeys(object).filter((key) => key !== "length" && !isIndex(String(key)))
    : undefined;
  const value: unknown = object.valueOf();
  return { kind: "boxed", value: encoder.slot(value), own: further(object, encoder, own) };
}

function describeWebObject(object: object): RecipeNode | undefined {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype === URL.prototype) return { kind: "url", href: (object as URL).href };
  if (prototype === URLSearchParams.prototype) {
    return { kind: "url-search-params", text: (object as URLSearchParams).toString() };
  }
  return undefined;
}

/** Reading a global that Node loads on first use would load it; who has an instance has loaded it. */
function isDOMException(object: object): object is DOMException {
  return Object.prototype.toString.call(object) === "[object DOMException]" && object instanceof DOMException;
}

function isErrorLike(object: object): object is Error {
  return object instanceof Error;
}

function describeError(error: Error, encoder: Encoder): RecipeNode {
  const prototype = errorPrototypeOf(error, encoder);
  const keys = Reflect.ownKeys(error).filter((key) => key !== "stack");
  encoder.count(String(error.stack).length);
  return {
    kind: "error",
    prototype,
    stack: typeof error.stack === "string" ? error.stack : undefined,
    own: describeProperties(error, encoder, keys),
  };
}

/** The class of an error; of those that are made inside Node and nobody can import, the one above. */
function errorPrototypeOf(error: Error, encoder: Encoder): Slot {
  for (
    let one = Object.getPrototypeOf(error) as object | null;
    one !== null;
    one = Object.getPrototypeOf(one) as object | null
  ) {
    if (one === Error.prototype) return undefined;
    const owner: unknown = Object.getOwnPropertyDescriptor(one, "constructor")?.value;
    if (
      typeof owner !== "function" ||
      owner.prototype !== one ||
      !encoder.canName(owner as AnyFunction)
    ) {
      continue;
    }
    const [privateName] = privateNamesOf(error);
    if (privateName !== undefined) refusePrivate(error, privateName, encoder);
    encoder.enter("prototype");
    const slot = encoder.slot(one);
    encoder.leave();
    return slot;
  }
  return null;
}

function describeBuffer(bytes: ArrayBuffer | SharedArrayBuffer, encoder: Encoder): RecipeNode {
  encoder.count(bytes.byteLength);
  const asItIs = types.isSharedArrayBuffer(bytes) || !encoder.snapshot;
  return { kind: "buffer", bytes: asItIs ? bytes : bytes.slice(0), own: further(bytes, encoder) };
}

function describeView(view: ArrayBufferView, encoder: Encoder): RecipeNode {
  const own = furtherOfView(view, encoder);
  const length = types.isDataView(view) ? view.byteLength : (view as Uint8Array).length;
  if (Buffer.isBuffer(view) && (encoder.snapshot || view.byteLength < view.buffer.byteLength)) {
    // Small ones are parts of a large one that others use too.
    encoder.count(view.byteLength);
    const bytes = new Uint8Array(view).buffer;
    const buffer = encoder.add({ kind: "buffer", bytes, own: undefined });
    return { kind: "view", type: "Buffer", buffer, offset: 0, length, own };
  }
  const type = Buffer.isBuffer(view)
    ? "Buffer"
    : types.isDataView(view)
      ? "DataView"
      : (view as Uint8Array)[Symbol.toStringTag];
  return { kind: "view", type, buffer: encoder.slot(view.buffer), offset: view.byteOffset, length, own };
}

function furtherOfView(view: ArrayBufferView, encoder: Encoder): Properties | undefined {
  const keys = namedKeysOf(view, types.isDataView(view) ? 0 : (view as Uint8Array).length);
  return keys.length === 0 ? undefined : describeProperties(view, encoder, keys);
}

/** From here on, to list all keys takes longer than to ask the inspector for those that are no indices. */
const MANY = 1_000;

/** The keys of the properties of an array or view besides its elements, without `length`. */
function namedKeysOf(object: object, elements: number): PropertyKey[] {
  const symbols = Object.getOwnPropertySymbols(object);
  const names =
    (elements > MANY ? inspector()?.namedKeysOf(object) : undefined) ??
    Object.getOwnPropertyNames(object).filter((key) => !isIndex(key));
  return [...names.filter((key) => key !== "length"), ...symbols];
}

// ------------------------------------------------------------------ arrays

/** Above this length an array is looked at for holes first. */
const LONG = 1_000_000;

function describeArray(array: readonly unknown[], encoder: Encoder): RecipeNode {
  const prototype = prototypeOf(array, ["Array"], encoder);
  const { length } = array;
  const items: Slot[] = [];
  const dense = length < LONG || Object.keys(array).length > length / 2;
  if (dense) {
    for (let at = 0; at < length; at++) {
      const value = array[at];
      if (isPlainPrimitive(value)) {
        items.push(value === undefined && !(at in array) ? HOLE : value);
        if (typeof value === "string") encoder.count(value.length);
        continue;
      }
      encoder.enter("element", at);
      items.push(encoder.slot(value));
      encoder.leave();
    }
  }
  encoder.count(items.length * 8);
  const keys = dense ? namedKeysOf(array, length) : Reflect.ownKeys(array).filter((key) => key !== "length");
  const own = keys.length > 0 ? describeProperties(array, encoder, keys) : undefined;
  const level = levelOf(array);
  return {
    kind: "array",
    prototype,
    length,
    items,
    own: own ?? (level > 0 ? { plain: [], special: undefined, level } : undefined),
  };
}

const isIndex = (key: string): boolean => /^(?:0|[1-9]\d*)$/.test(key);

function isPlainPrimitive(value: unknown): value is Exclude<Slot, At> {
  return (
    value === null || (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol")
  );
}

// ------------------------------------------------------------------ instances

function describeInstance(object: object, encoder: Encoder): RecipeNode {
  const prototype = prototypeOf(object, [], encoder);
  const [privateName] = privateNamesOf(object);
  if (privateName !== undefined) refusePrivate(object, privateName, encoder);
  return { kind: "object", prototype, own: describeProperties(object, encoder) };
}

function refusePrivate(object: object, name: string, encoder: Encoder): never {
  const owner = nameOf(object.constructor) ?? "its class";
  return encoder.refuse(
    `it has private state, ${name} of ${owner}, which cannot be read from outside`,
    `give the class a method [Symbol.for("dispatch-graph.serialize")]() and a static method ` +
      `[Symbol.for("dispatch-graph.deserialize")](data), create it inside the function, or pass it as an argument`,
  );
}

const withState = new WeakMap<object, readonly string[]>();

/** The same for all instances of a class, so asked once. */
function privateNamesOf(object: object): readonly string[] {
  const prototype = Object.getPrototypeOf(object) as object | null;
  if (prototype === null) return [];
  let known = withState.get(prototype);
  if (known === undefined) {
    known = inspector()?.privateNamesOf(object) ?? [];
    withState.set(prototype, known);
  }
  return known;
}

/**
 * The prototype of an object, undefined if it is that of the first of `bases`, else the node for it.
 * Refuses objects with an ancestor that has a state of its own, other than `bases`.
 */
function prototypeOf(object: object, bases: readonly string[], encoder: Encoder): Slot {
  const prototype = Object.getPrototypeOf(object) as object | null;
  if (prototype === null) return null;
  const [base] = bases;
  if (base !== undefined && prototype === baseOf(base)) return undefined;
  for (let one: object | null = prototype; one !== null; one = Object.getPrototypeOf(one) as object | null) {
    const name = nativeName(one, encoder);
    if (name === undefined || name === "Object" || bases.includes(name)) continue;
    const kind = nameOf((object as { constructor?: unknown }).constructor) ?? "an object";
    encoder.refuse(`it is a ${kind}, built on the native ${name}.prototype, whose state cannot be copied`);
  }
  encoder.enter("prototype");
  const slot = encoder.slot(prototype);
  encoder.leave();
  return slot;
}

function baseOf(name: string): unknown {
  return (globalThis as unknown as Record<string, { prototype: unknown }>)[name]?.prototype;
}

/** Classes that come with Node whose instances have ordinary properties only. */
const OPEN = new Set(["node:events.EventEmitter"]);
const nativeNames = new WeakMap<object, string>();

/** The name of the class that comes with the engine or with Node, if this is its prototype. */
function nativeName(prototype: object, encoder: Encoder): string | undefined {
  const known = nativeNames.get(prototype);
  if (known !== undefined) return known === "" ? undefined : known;
  const name = findNativeName(prototype, encoder);
  nativeNames.set(prototype, name ?? "");
  return name;
}

function findNativeName(prototype: object, encoder: Encoder): string | undefined {
  const path = globalPathOf(prototype);
  if (path?.at(-1) === "prototype") return path.slice(0, -1).join(".");
  const owner: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  if (typeof owner !== "function" || owner.prototype !== prototype) return undefined;
  const name = encoder.nativeNameOf(owner as AnyFunction);
  return name !== undefined && OPEN.has(name) ? undefined : name;
}

function nameOf(fn: unknown): string | undefined {
  return typeof fn === "function" && typeof fn.name === "string" && fn.name !== "" ? fn.name : undefined;
}
