/**
 * From functions and values to recipes.
 *
 * One capture describes one function or value and all that it leads to. Classes, and functions
 * whose captured values can never change, are described apart from what leads to them, as
 * definitions; anything else is part of the recipe, so that what was shared stays shared. An object
 * that a definition captures belongs to that definition: whoever else meets it refers to it there.
 */

import { isDeepStrictEqual, types } from "node:util";
import type { AnyFunction } from "../task.ts";
import { knownReference, referenceTo } from "./exports.ts";
import type { FunctionReader, Nature, Reading, Written } from "./reading.ts";
import type { Code, Definition, ModuleReference, ValueRecipe } from "./recipe.ts";
import { Recipes } from "./recipes.ts";
import { type Shape, shapeOf } from "./shape.ts";
import { SharedVariables } from "./shared-variables.ts";
import { isStable } from "./stable.ts";
import { Trail } from "./trail.ts";
import { Unreadable } from "./variables.ts";

/** What is remembered of a function or class that was captured. */
export interface Captured {
  readonly definition: Definition;
  /** Set if nothing that the definition depends on can change but what the shape tells. */
  readonly stable: Shape | undefined;
  /** The objects that belong to it, and their nodes. */
  readonly owned: ReadonlyMap<object, number>;
  /** Other functions and classes of this thread that it names. */
  readonly parts: ReadonlySet<AnyFunction>;
}

/** The memory of a thread; see `Library`. */
export interface Memory {
  readonly reader: FunctionReader;
  newId(): string;
  codeDefinition(code: Code): Definition;
  moduleDefinition(reference: ModuleReference): Definition;
  captured(fn: AnyFunction): Captured | undefined;
  /** The definition that a function was rebuilt from. */
  rebuilt(fn: object): Rebuilt | undefined;
  /** Says once per function that a captured variable is large. */
  warnOfSize(codeId: string, variable: string, bytes: number, label: () => string): void;
}

/** What is remembered of a function that was made from a definition. */
export interface Rebuilt {
  readonly id: string;
  /** The WeakMaps and WeakSets of the definition, and their nodes. */
  readonly weak: readonly (readonly [object, number])[];
}

/** Where an object is found: a node of a definition. */
export interface Owner {
  readonly id: string;
  readonly node: number;
}

/** A class that refers to itself through others has changed: their descriptions name the old one. */
class Changed extends Error {}

const RETRIES = 20;

/**
 * Captures a function as a definition.
 *
 * @throws ClosureError
 */
export function captureFunction(fn: AnyFunction, label: string | undefined, memory: Memory): Result<string> {
  return attempt((changed) => {
    const capture = new Capture(memory, changed, label ?? undefined, fn);
    return { value: capture.run(() => capture.definition(fn)), fresh: capture.fresh };
  });
}

export interface Result<T> {
  readonly value: T;
  readonly fresh: ReadonlyMap<AnyFunction, Captured>;
}

/**
 * Captures any other value.
 *
 * @throws ClosureError
 */
export function captureValue(
  value: unknown,
  label: string,
  memory: Memory,
): Result<{ recipe: ValueRecipe; uses: string[] }> {
  return attempt((changed) => {
    const capture = new Capture(memory, changed, label, undefined);
    return { value: capture.run(() => capture.describe(value)), fresh: capture.fresh };
  });
}

function attempt<T>(once: (changed: Set<AnyFunction>) => T): T {
  const changed = new Set<AnyFunction>();
  for (let left = RETRIES; ; left--) {
    try {
      return once(changed);
    } catch (error) {
      if (!(error instanceof Changed) || left === 0) throw error;
    }
  }
}

export class Capture {
  readonly memory: Memory;
  /** New definitions. */
  readonly fresh: Map<AnyFunction, Captured> = new Map();
  readonly owners: Map<object, Owner> = new Map();
  /** WeakMaps and WeakSets that were met. */
  readonly weak: Set<WeakMap<object, unknown> | WeakSet<object>> = new Set();
  readonly shared: SharedVariables;
  readonly trail: Trail = new Trail(() => this.label());
  readonly stable: Set<AnyFunction> = new Set();
  readonly unstable: Set<AnyFunction> = new Set();
  readonly #label: string | undefined;
  readonly #root: AnyFunction | undefined;
  readonly #changed: Set<AnyFunction>;
  readonly #natures = new Map<AnyFunction, Nature>();
  readonly #readings = new Map<AnyFunction, Reading>();
  /** Definitions of this capture, also unfinished ones. */
  readonly #ids = new Map<AnyFunction, string>();
  readonly #unfinished = new Map<AnyFunction, { named: boolean }>();
  readonly #recipes: Recipes[] = [];

  constructor(
    memory: Memory,
    changed: Set<AnyFunction>,
    label: string | undefined,
    root: AnyFunction | undefined,
  ) {
    this.memory = memory;
    this.#changed = changed;
    this.#label = label;
    this.#root = root;
    this.shared = new SharedVariables(root);
  }

  run<T>(body: () => T): T {
    try {
      return body();
    } catch (error) {
      if (error instanceof RangeError && /call stack/.test(error.message))
        this.trail.refuse("it is nested too deeply");
      throw error;
    }
  }

  // ---------------------------------------------------------------- for errors

  label(): string {
    const fn = this.#root;
    if (fn === undefined) return this.#label ?? "the value";
    return `${this.#label === undefined ? `function ${shortText(fn)}` : `"${this.#label}"`}${this.#placeOf(fn)}`;
  }

  #placeOf(fn: AnyFunction): string {
    try {
      const nature = this.natureOf(fn);
      if (nature.kind !== "written" || nature.inspection?.location === undefined) return "";
      const { line, column } = nature.inspection.location;
      const file = nature.url.replace(/^.*\//, "");
      return file === "" ? "" : ` (${file}:${line + 1}:${column + 1})`;
    } catch {
      return "";
    }
  }

  // ---------------------------------------------------------------- functions

  natureOf(fn: AnyFunction): Nature {
    let nature = this.#natures.get(fn);
    if (nature === undefined) {
      nature = this.memory.reader.natureOf(fn);
      this.#natures.set(fn, nature);
    }
    return nature;
  }

  /** @throws Unreadable */
  readingOf(fn: AnyFunction, nature: Written): Reading {
    let reading = this.#readings.get(fn);
    if (reading === undefined) {
      reading = this.memory.reader.read(fn, nature);
      this.#readings.set(fn, reading);
    }
    return reading;
  }

  /** As `readingOf`, with a ClosureError that has the whole chain. */
  read(fn: AnyFunction, nature: Written): Reading {
    try {
      return this.readingOf(fn, nature);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      if (error.variable !== undefined) this.trail.enter("captures", error.variable);
      return this.trail.refuse(error.message);
    }
  }

  /** The module that others import this function from. */
  referenceOf(fn: AnyFunction): ModuleReference | undefined {
    const known = knownReference(fn);
    if (known !== undefined) return known;
    const nature = this.natureOf(fn);
    return nature.kind === "written" && nature.url !== "" ? referenceTo(fn, nature.url) : undefined;
  }

  /** Whether a function is to be a definition of its own. */
  isDefinition(fn: AnyFunction, reading: Reading): boolean {
    return reading.facts.form === "class" || this.#ids.has(fn) || isStable(fn, this);
  }

  /** The id of the definition of a function; describes it if it is new or has changed. */
  definition(fn: AnyFunction): string {
    const rebuilt = this.memory.rebuilt(fn);
    if (rebuilt !== undefined) {
      for (const [object, node] of rebuilt.weak) this.#adopt(object, { id: rebuilt.id, node });
      return rebuilt.id;
    }
    const begun = this.#ids.get(fn);
    if (begun !== undefined) {
      const unfinished = this.#unfinished.get(fn);
      if (unfinished !== undefined) unfinished.named = true;
      return begun;
    }
    const before = this.memory.captured(fn);
    if (before?.stable?.holds(fn)) {
      this.#ids.set(fn, before.definition.id);
      this.#adoptAll(before);
      return before.definition.id;
    }
    return this.#describeDefinition(fn, before);
  }

  #describeDefinition(fn: AnyFunction, before: Captured | undefined): string {
    const unfinished = { named: false };
    this.#unfinished.set(fn, unfinished);
    let id = before === undefined || this.#changed.has(fn) ? this.memory.newId() : before.definition.id;
    this.#ids.set(fn, id);
    const recipes = new Recipes(this, fn);
    this.#recipes.push(recipes);
    const root = recipes.slot(fn);
    const { recipe, uses } = recipes.finish(root);
    this.#recipes.pop();
    this.#unfinished.delete(fn);
    if (id === before?.definition.id && !isSame(before.definition, recipe)) {
      this.#changed.add(fn);
      if (unfinished.named) throw new Changed();
      id = this.memory.newId();
      this.#ids.set(fn, id);
    }
    const isNew = id !== before?.definition.id;
    const stable = isStable(fn, this) ? shapeOf(fn) : undefined;
    const definition = isNew ? { id, recipe, uses } : before!.definition;
    const captured: Captured = { definition, stable, owned: recipes.owned(), parts: recipes.parts };
    this.fresh.set(fn, captured);
    this.#adoptAll(captured);
    return id;
  }

  /** A value apart from functions. */
  describe(value: unknown): { recipe: ValueRecipe; uses: string[] } {
    const recipes = new Recipes(this, undefined);
    this.#recipes.push(recipes);
    const result = recipes.finish(recipes.slot(value));
    this.#recipes.pop();
    return result;
  }

  /** From now on these objects are those of the definition, also where they have been described already. */
  #adoptAll({ definition, owned }: Captured): void {
    for (const [object, node] of owned) this.#adopt(object, { id: definition.id, node });
  }

  #adopt(object: object, owner: Owner): void {
    if (this.owners.has(object)) return;
    this.owners.set(object, owner);
    if (types.isWeakMap(object) || types.isWeakSet(object)) this.weak.add(object);
    for (const recipes of this.#recipes) recipes.giveUp(object, owner);
  }
}

function isSame({ recipe }: Definition, other: ValueRecipe): boolean {
  return isDeepStrictEqual(recipe, other);
}

function shortText(fn: AnyFunction): string {
  if (fn.name !== "" && typeof fn.name === "string") return fn.name;
  const text = Function.prototype.toString.call(fn).replaceAll(/\s+/g, " ");
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
