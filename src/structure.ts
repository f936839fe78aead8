import { shown, typeOf } from "./shown.ts";
import type { AnyFunction } from "./task.ts";

/**
 * The element of `value` under `key`: an index of anything with a length (from the end if
 * negative), a key of a `Map`, or a property.
 * @throws RangeError when there is none: a missing element is never `undefined`
 */
export function elementOf(value: unknown, key: unknown): unknown {
  if (value instanceof Map) {
    if (value.has(key)) return value.get(key);
    throw new RangeError(`the Map has no key ${shown(key)}`);
  }
  if (value === null || value === undefined) throw new RangeError(`${value} has no element ${shown(key)}`);
  if (typeof value === "string" && Number.isInteger(key)) {
    const character = value.at(key as number);
    if (character !== undefined) return character;
  }
  if (typeof value === "object" || typeof value === "function") {
    const length = (value as { length?: unknown }).length;
    const name =
      typeof key === "number" && key < 0 && typeof length === "number" ? length + key : (key as PropertyKey);
    if (name in value && !(name in Object.prototype && !Object.hasOwn(value, name))) {
      return (value as Record<PropertyKey, unknown>)[name];
    }
    if (typeof key === "number" && typeof length === "number") {
      throw new RangeError(
        `index ${key} is out of range: the result, of type ${typeOf(value)}, has length ${length}`,
      );
    }
  }
  throw new RangeError(`the result, of type ${typeOf(value)}, has no element ${shown(key)}`);
}

/** The same for a key that is an object, in a Map under `key`. */
export function elementUnder(value: unknown, holder: ReadonlyMap<string, unknown>): unknown {
  return elementOf(value, holder.get("key"));
}

/** True of the functions above. */
export function takesElement(fn: unknown): boolean {
  return fn === elementOf || fn === elementUnder;
}

/** Several results as one array. */
export function collected(values: readonly unknown[]): readonly unknown[] {
  // Without nodes there is nothing to replace, and the array would be the node's own.
  return values.length === 0 ? [] : values;
}

/** What a call of an ES class results in. */
export function construct(constructed: new (...args: unknown[]) => unknown, ...args: unknown[]): unknown {
  return new constructed(...args);
}

/** A node of a user's own type as an argument of its own call. Not searched for refs, being no plain object. */
export class Itself {
  readonly node: { run(values: readonly unknown[]): unknown };

  constructor(node: Itself["node"]) {
    this.node = node;
  }
}

/** What a node of a user's own type results in. */
export function runNode({ node }: Itself, values: readonly unknown[]): unknown {
  return node.run(values);
}

/** The same if its `run` is an async function, which decides how `taskContext` finds its task. */
export async function runAsyncNode({ node }: Itself, values: readonly unknown[]): Promise<unknown> {
  return node.run(values);
}

/** The functions that nodes of the library itself call: every worker has them, under these names. */
export const LIBRARY_FUNCTIONS: ReadonlyMap<string, AnyFunction> = new Map<string, AnyFunction>(
  Object.entries({ elementOf, elementUnder, collected, construct, runNode, runAsyncNode }),
);
