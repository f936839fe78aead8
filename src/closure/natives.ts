/** Describes what has a state of a kind of its own, besides properties: what comes with the language and with Node. */

import { types } from "node:util";
import type { Encoder } from "./encoder.ts";
import { isIndex, namedKeysOf } from "./named-keys.ts";
import { describeProperties } from "./properties.ts";
import { errorPrototypeOf, prototypeOf } from "./prototypes.ts";
import type { Properties, RecipeNode, Slot } from "./recipe.ts";

/** The node of such an object; undefined of all others. */
export function describeNative(object: object, encoder: Encoder): RecipeNode | undefined {
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
