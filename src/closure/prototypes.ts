/** Describes what an object inherits from, and finds out whether it has a state that cannot be copied. */

import type { AnyFunction } from "../task.ts";
import type { Encoder } from "./encoder.ts";
import { globalPathOf } from "./globals.ts";
import { inspector } from "./inspect.ts";
import type { Slot } from "./recipe.ts";

/** Refuses an object whose class has `#private` members, and no way to copy them. */
export function refusePrivateState(object: object, encoder: Encoder): void {
  const [name] = privateNamesOf(object);
  if (name === undefined) return;
  const owner = nameOf(object.constructor) ?? "its class";
  encoder.refuse(
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
    known = [...(inspector()?.privateNamesOf(object) ?? []), ...privateMethodsOf(object)];
    withState.set(prototype, known);
  }
  return known;
}

/** The class of an error; of those that are made inside Node and nobody can import, the one above. */
export function errorPrototypeOf(error: Error, encoder: Encoder): Slot {
  for (
    let one = Object.getPrototypeOf(error) as object | null;
    one !== null;
    one = Object.getPrototypeOf(one) as object | null
  ) {
    if (one === Error.prototype) return undefined;
    const owner: unknown = Object.getOwnPropertyDescriptor(one, "constructor")?.value;
    if (typeof owner !== "function" || owner.prototype !== one || !encoder.canName(owner as AnyFunction)) {
      continue;
    }
    refusePrivateState(error, encoder);
    encoder.enter("prototype");
    const slot = encoder.slot(one);
    encoder.leave();
    return slot;
  }
  return null;
}

const PRIVATE_METHOD = /(?<!\.\s*|static\s+(?:async\s+|get\s+|set\s+)?\*?\s*)#[\w$]+(?=\s*\()/;

/** The inspector shows no methods. A class of which only the text mentions one is refused in vain. */
function privateMethodsOf(object: object): string[] {
  const names: string[] = [];
  for (
    let one = Object.getPrototypeOf(object) as object | null;
    one !== null;
    one = Object.getPrototypeOf(one) as object | null
  ) {
    const owner: unknown = Object.getOwnPropertyDescriptor(one, "constructor")?.value;
    const found =
      typeof owner === "function" ? PRIVATE_METHOD.exec(Function.prototype.toString.call(owner)) : null;
    if (found !== null) names.push(found[0]);
  }
  return names;
}

/**
 * The prototype of an object, undefined if it is that of the first of `bases`, else the node for it.
 * Refuses objects with an ancestor that has a state of its own, other than `bases`.
 */
export function prototypeOf(object: object, bases: readonly string[], encoder: Encoder): Slot {
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
