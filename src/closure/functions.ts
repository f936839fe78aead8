/** Describes functions and classes of which the text is known. */

import type { AnyFunction } from "../task.ts";
import type { Encoder } from "./encoder.ts";
import { globalPathOf } from "./globals.ts";
import { describeProperties } from "./properties.ts";
import type { Reading } from "./reading.ts";
import type { FunctionNode, Properties, Slot } from "./recipe.ts";
import type { Variable } from "./variables.ts";

/** A captured variable above this size is better passed as an argument. */
const LARGE = 1_000_000;

/** @param code - id of the definition of the code */
export function describeFunction(
  fn: AnyFunction,
  reading: Reading,
  code: string,
  encoder: Encoder,
  onLarge: (variable: string, bytes: number) => void,
): FunctionNode {
  const { facts, variables } = reading;
  const captured = variables.map((variable) => {
    encoder.enter("captures", variable.kind === "cell" ? variable.variable : variable.name);
    const before = encoder.count(0);
    const slot = describeVariable(variable, encoder, reading.scriptId);
    const bytes = encoder.count(0) - before;
    if (bytes > LARGE) onLarge(variable.name, bytes);
    encoder.leave();
    return slot;
  });
  const isClass = facts.form === "class";
  return {
    kind: "function",
    code,
    captured,
    name: nameOf(fn, facts.ownName?.name),
    parent: isClass ? undefined : parentOf(fn, encoder),
    own: ownOf(fn, reading, encoder),
    prototype: isClass ? classPrototypeOf(fn, reading, encoder) : functionPrototypeOf(fn, reading, encoder),
  };
}

function describeVariable(variable: Variable, encoder: Encoder, scriptId: string): Slot {
  switch (variable.kind) {
    case "value":
      return encoder.slot(variable.value);
    case "module":
      return encoder.add({ kind: "module", reference: variable.reference });
    case "home":
      return encoder.add({ ...variable.home });
    case "sink":
      return encoder.add({ kind: "sink" });
    case "cell":
      return encoder.slot(encoder.cell(variable.variable, variable.value, scriptId));
    case "members": {
      const plain: Slot[] = [];
      for (const [name, reference, value] of variable.members) {
        encoder.enter("property", name);
        plain.push(
          name,
          reference === undefined ? encoder.slot(value) : encoder.add({ kind: "module", reference }),
        );
        encoder.leave();
      }
      return encoder.add({
        kind: "object",
        prototype: undefined,
        own: { plain, special: undefined, level: 0 },
      });
    }
  }
}

/** What the text does not give, as compilers give names to functions that have none in their text. */
function nameOf(fn: AnyFunction, ownName: string | undefined): string | undefined {
  const value: unknown = Object.getOwnPropertyDescriptor(fn, "name")?.value;
  return typeof value === "string" && value !== ownName ? value : undefined;
}

function parentOf(fn: AnyFunction, encoder: Encoder): Slot {
  const parent = Object.getPrototypeOf(fn) as object | null;
  if (parent !== null && globalPathOf(parent)?.at(-1) === "prototype") return undefined;
  encoder.enter("prototype");
  const slot = encoder.slot(parent);
  encoder.leave();
  return slot;
}

/** Those that functions have from the start. */
const OF_FUNCTIONS = new Set<PropertyKey>(["length", "name", "prototype", "arguments", "caller"]);

/** The keys of properties of a function or class that its text does not give. */
export function ownKeysOf(fn: AnyFunction, { facts, text }: Reading): PropertyKey[] {
  const keys = Reflect.ownKeys(fn);
  if (facts.form !== "class") return keys.filter((key) => !OF_FUNCTIONS.has(key));
  return keys.filter((key) => !OF_FUNCTIONS.has(key) && !isOfText(fn, key, text));
}

function ownOf(fn: AnyFunction, reading: Reading, encoder: Encoder): Properties | undefined {
  const keys = ownKeysOf(fn, reading);
  if (keys.length === 0 && Object.isExtensible(fn)) return undefined;
  return describeProperties(fn, encoder, keys, reading.facts.form === "class" ? "static" : "property");
}

/** The `prototype` of functions that were written to be used as classes. */
function functionPrototypeOf(
  fn: AnyFunction,
  { facts }: Reading,
  encoder: Encoder,
): FunctionNode["prototype"] {
  if (facts.form !== "function") return undefined;
  const prototype: unknown = Object.getOwnPropertyDescriptor(fn, "prototype")?.value;
  if (typeof prototype !== "object" || prototype === null) return undefined;
  const isOwn = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value === fn;
  const keys = Reflect.ownKeys(prototype).filter((key) => key !== "constructor" || !isOwn);
  const parent: unknown = Object.getPrototypeOf(prototype);
  // Those of generators have no constructor, and inherit from what all generators have.
  const isUsual = parent === Object.prototype || !isOwn;
  if (keys.length === 0 && isUsual) return undefined;
  encoder.enter("prototype");
  const slot = isUsual ? undefined : encoder.slot(parent);
  const own = describeProperties(prototype, encoder, keys);
  encoder.leave();
  return { parent: slot, own };
}

/** Members of a class's `prototype` that were added or replaced later. */
function classPrototypeOf(fn: AnyFunction, { text }: Reading, encoder: Encoder): FunctionNode["prototype"] {
  const prototype = fn.prototype as object;
  const keys = patchedKeysOf(prototype, text);
  if (keys.length === 0) return undefined;
  encoder.enter("prototype");
  const own = describeProperties(prototype, encoder, keys);
  encoder.leave();
  return { parent: undefined, own };
}

export function patchedKeysOf(prototype: object, text: string): PropertyKey[] {
  return Reflect.ownKeys(prototype).filter((key) => key !== "constructor" && !isOfText(prototype, key, text));
}

/** True of a method, getter or setter that the text of the class declares under this key. */
function isOfText(holder: object, key: PropertyKey, text: string): boolean {
  const { value, get, set } = Object.getOwnPropertyDescriptor(holder, key)!;
  const name =
    typeof key === "symbol" ? (key.description === undefined ? "" : `[${key.description}]`) : String(key);
  const isMember = (fn: unknown, prefix: string): boolean =>
    typeof fn === "function" &&
    Object.getOwnPropertyDescriptor(fn, "name")?.value === prefix + name &&
    Object.getOwnPropertyDescriptor(fn, "prototype")?.writable !== true &&
    text.includes(Function.prototype.toString.call(fn));
  if (get === undefined && set === undefined) return isMember(value, "");
  return (get === undefined || isMember(get, "get ")) && (set === undefined || isMember(set, "set "));
}
