import type { AnyFunction } from "../task.ts";

/** What can be changed of a function or class from outside, at a glance. */
export interface Shape {
  /** False once something has been added to the function or class, removed or replaced. */
  holds(fn: AnyFunction): boolean;
}

/** Looked at each time a stable function is captured again, so it must be quick for functions. */
export function shapeOf(fn: AnyFunction): Shape {
  const count = Reflect.ownKeys(fn).length;
  const prototype: unknown = fn.prototype;
  if (typeof prototype !== "object" || prototype === null) {
    return { holds: (one) => Reflect.ownKeys(one).length === count };
  }
  const before = [...membersOf(fn), ...membersOf(prototype)];
  return {
    holds(one) {
      const now = [...membersOf(one), ...membersOf(one.prototype as object)];
      return now.length === before.length && now.every((member, at) => member === before[at]);
    },
  };
}

function membersOf(object: object): unknown[] {
  const members: unknown[] = [];
  for (const key of Reflect.ownKeys(object)) {
    const { value, get, set } = Object.getOwnPropertyDescriptor(object, key)!;
    members.push(key, value, get, set);
  }
  return members;
}
