/** Describes values that are no functions. */

import { EventEmitter } from "node:events";
import { types } from "node:util";
import { Ref } from "../task.ts";
import type { Encoder } from "./encoder.ts";
import { namedKeysOf } from "./named-keys.ts";
import { describeNative } from "./natives.ts";
import { describeProperties, levelOf } from "./properties.ts";
import { prototypeOf, refusePrivateState } from "./prototypes.ts";
import type { At, RecipeNode, Slot } from "./recipe.ts";

/** Method by which an instance gives its data, and static method that makes an instance of it. */
const SERIALIZE: unique symbol = Symbol.for("dispatch-graph.serialize") as never;
export const DESERIALIZE: unique symbol = Symbol.for("dispatch-graph.deserialize") as never;

const PASS_NODES = "pass the node itself as an argument of op(), and the function gets its value";

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
  if (object instanceof Ref) encoder.refuse("it is a node of a graph, not its value", PASS_NODES);
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

function isPlainPrimitive(value: unknown): value is Exclude<Slot, At> {
  return (
    value === null || (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol")
  );
}

// ------------------------------------------------------------------ instances

function describeInstance(object: object, encoder: Encoder): RecipeNode {
  const prototype = prototypeOf(object, [], encoder);
  refusePrivateState(object, encoder);
  const keys = Reflect.ownKeys(object).filter((key) => !OF_EMITTERS.has(key));
  return { kind: "object", prototype, own: describeProperties(object, encoder, keys) };
}

/** Node's own marks on event emitters, under symbols that nobody else has; they do well without. */
const OF_EMITTERS = new Set<PropertyKey>(Object.getOwnPropertySymbols(new EventEmitter()));
