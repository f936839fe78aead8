import { types } from "node:util";
import type { AnyFunction } from "../task.ts";
import type { Capture } from "./capture.ts";
import { knownReference } from "./exports.ts";
import { ownKeysOf, patchedKeysOf } from "./functions.ts";
import { globalPathOf } from "./globals.ts";
import { knownHome } from "./home.ts";
import type { Reading } from "./reading.ts";
import { Unreadable, type Variable } from "./variables.ts";

/**
 * True if a function can never mean anything else: none of the variables it uses is ever assigned
 * to again, and their values are primitives, imports, frozen, or functions of which the same is
 * true.
 */
export function isStable(fn: AnyFunction, capture: Capture): boolean {
  if (capture.unstable.has(fn)) return false;
  if (capture.stable.has(fn)) return true;
  const search = new Search(capture);
  if (!search.function(fn)) return false;
  // Functions that lead to each other were taken to be stable on the way; now that all are, it is true.
  for (const one of search.seen) capture.stable.add(one);
  return true;
}

class Search {
  readonly seen = new Set<AnyFunction>();
  readonly #capture: Capture;

  constructor(capture: Capture) {
    this.#capture = capture;
  }

  function(fn: AnyFunction): boolean {
    const { memory, stable, unstable } = this.#capture;
    if (this.seen.has(fn) || stable.has(fn)) return true;
    if (unstable.has(fn)) return false;
    if (isForeign(fn)) return true;
    if (types.isProxy(fn)) return false;
    if (memory.rebuilt(fn) !== undefined) return true;
    if (memory.captured(fn)?.stable?.holds(fn)) return true;
    this.seen.add(fn);
    const result = this.#written(fn);
    if (!result) unstable.add(fn);
    return result;
  }

  #written(fn: AnyFunction): boolean {
    const nature = this.#capture.natureOf(fn);
    if (nature.kind !== "written") return false;
    if (this.#capture.referenceOf(fn) !== undefined) return true;
    let reading: Reading;
    try {
      reading = this.#capture.readingOf(fn, nature);
    } catch (error) {
      // Whoever describes the function says why.
      if (error instanceof Unreadable) return false;
      throw error;
    }
    if (reading.facts.free.some(({ assigned }) => assigned) || hasMoreThanText(fn, reading)) return false;
    return reading.variables.every((variable) => this.#variable(variable));
  }

  #variable(variable: Variable): boolean {
    switch (variable.kind) {
      case "value":
        // What is undefined may just not have its value yet.
        return variable.isConstant && variable.value !== undefined && this.#value(variable.value);
      case "members":
        return variable.members.every(
          ([, reference, value]) =>
            reference !== undefined || (typeof value === "function" && this.#value(value)),
        );
      case "cell":
        return false;
      default:
        return true;
    }
  }

  #value(value: unknown): boolean {
    if (typeof value === "function") return this.function(value as AnyFunction);
    if (typeof value !== "object" || value === null) return true;
    if (isForeign(value)) return true;
    if (types.isProxy(value)) return false;
    const prototype: unknown = Object.getPrototypeOf(value);
    const isPlain = prototype === Object.prototype || prototype === null || Array.isArray(value);
    // Frozen objects that contain themselves are rare enough to be described each time.
    if (!isPlain || !Object.isFrozen(value) || this.#inside.has(value)) return false;
    this.#inside.add(value);
    const result = Reflect.ownKeys(value).every((key) => {
      const descriptor = Object.getOwnPropertyDescriptor(value, key)!;
      return "value" in descriptor && this.#value(descriptor.value);
    });
    this.#inside.delete(value);
    return result;
  }

  readonly #inside = new Set<object>();
}

/** True of what is sent by its name only. */
function isForeign(value: object): boolean {
  return (
    globalPathOf(value) !== undefined || knownReference(value) !== undefined || knownHome(value) !== undefined
  );
}

/** True if more has become of a function or class than its text says. */
function hasMoreThanText(fn: AnyFunction, reading: Reading): boolean {
  if (ownKeysOf(fn, reading).length > 0 || !Object.isExtensible(fn)) return true;
  const prototype: unknown = fn.prototype;
  if (typeof prototype !== "object" || prototype === null) return false;
  if (reading.facts.form === "class") return patchedKeysOf(prototype, reading.text).length > 0;
  return Reflect.ownKeys(prototype).some((key) => key !== "constructor");
}
