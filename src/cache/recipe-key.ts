/**
 * Digests of functions and values as the closure machinery describes them: the same in every
 * process as long as the text of the functions, what they capture and the data are the same.
 */

import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import type { Definition } from "../closure/library.ts";
import type { At, Code, ModuleReference, RecipeNode, Slot, ValueRecipe } from "../closure/recipe.ts";
import { Hasher } from "./hasher.ts";
import { libraryVersion } from "./library-version.ts";

/** Something has no content that could be compared with that of another time. */
export class Uncacheable extends Error {}

/** What is described depends on where it is: a place in a file, a process. */
const LEFT_OUT: ReadonlySet<string> = new Set(["kind", "code", "stack"]);

/**
 * @param definitions all that the recipe uses, by id
 * @throws Uncacheable if it depends on what a recipe does not say
 */
export function recipeKey(recipe: ValueRecipe, definitions: ReadonlyMap<string, Definition>): string {
  return new Walk(definitions).over(recipe);
}

interface Found {
  readonly node: RecipeNode;
  readonly recipe: ValueRecipe;
}

/**
 * Nodes are numbered in the order in which they are met, and named by their numbers, so that cycles
 * end. In which definition a node is described makes no difference: that depends on who was
 * described before.
 */
class Walk {
  readonly #definitions: ReadonlyMap<string, Definition>;
  readonly #hasher = new Hasher();
  readonly #numbers = new Map<RecipeNode, number>();
  readonly #found: Found[] = [];
  readonly #recipes = new Set<ValueRecipe>();

  constructor(definitions: ReadonlyMap<string, Definition>) {
    this.#definitions = definitions;
  }

  over(recipe: ValueRecipe): string {
    this.#write(recipe.root, recipe);
    for (let at = 0; at < this.#found.length; at++) {
      this.#node(this.#found[at]!);
      // What is in a WeakMap is found through the map's keys, once all else has been met.
      if (at === this.#found.length - 1) this.#addWeakEntries();
    }
    return this.#hasher.digest();
  }

  #node({ node, recipe }: Found): void {
    this.#hasher.mark("k").add(node.kind);
    switch (node.kind) {
      case "function":
        this.#code(this.#definitions.get(node.code)!.recipe as Code);
        break;
      case "module":
        this.#module(node.reference);
        return;
      case "view":
        this.#view(node, recipe);
        return;
      case "require":
      case "import":
        throw new Uncacheable("it loads modules while it runs, whose content is not known beforehand");
      case "remote":
        throw new Uncacheable(`it is code of ${node.url}, which is not taken along`);
    }
    this.#fields(node, recipe);
  }

  #fields(object: object, recipe: ValueRecipe): void {
    for (const [name, value] of Object.entries(object)) {
      if (LEFT_OUT.has(name)) continue;
      this.#hasher.add(name);
      this.#write(value, recipe);
    }
    this.#hasher.mark("}");
  }

  #write(value: unknown, recipe: ValueRecipe): void {
    if (typeof value !== "object" || value === null) this.#hasher.add(value as Exclude<Slot, At>);
    else if (Array.isArray(value)) {
      this.#hasher.mark("[").add(value.length);
      for (const one of value) this.#write(one, recipe);
    } else if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) {
      this.#hasher.bytes(new Uint8Array(value));
    } else if ("at" in value) this.#reference(value as At, recipe);
    else {
      this.#hasher.mark("{");
      this.#fields(value, recipe);
    }
  }

  #reference(at: At, recipe: ValueRecipe): void {
    const found = this.#at(at, recipe);
    this.#hasher.mark("@").add(found === undefined ? -1 : this.#numberOf(found));
  }

  /** What is named is looked up; undefined for the holes of an array. */
  #at({ at }: At, recipe: ValueRecipe): Found | undefined {
    if (at < 0) return undefined;
    let found: Found = { node: recipe.nodes[at]!, recipe };
    while (found.node.kind === "definition") {
      const { id, node } = found.node;
      const named = this.#definitions.get(id)!.recipe as ValueRecipe;
      found = { node: named.nodes[node ?? (named.root as At).at]!, recipe: named };
    }
    return found;
  }

  #numberOf(found: Found): number {
    let number = this.#numbers.get(found.node);
    if (number === undefined) {
      number = this.#found.push(found) - 1;
      this.#numbers.set(found.node, number);
      this.#recipes.add(found.recipe);
    }
    return number;
  }

  #addWeakEntries(): void {
    for (const recipe of this.#recipes) {
      for (const node of recipe.nodes) {
        if (node.kind !== "weak-entries") continue;
        const of = this.#at(node.of as At, recipe)!;
        if (this.#numbers.has(of.node)) this.#numberOf({ node, recipe });
      }
    }
  }

  #code({ text, held, strict, parameters }: Code): void {
    this.#hasher.add(text).add(held).add(strict);
    for (const parameter of parameters) this.#hasher.add(parameter);
  }

  /** Only what the view shows counts: small ones are parts of memory that others use too. */
  #view(node: Extract<RecipeNode, { kind: "view" }>, recipe: ValueRecipe): void {
    const buffer = this.#at(node.buffer as At, recipe)!.node as Extract<RecipeNode, { kind: "buffer" }>;
    this.#hasher.add(node.type).bytes(shownBytes(node, buffer.bytes));
    this.#write(node.own, recipe);
  }

  #module({ specifier, parent, name, members, package: of, attributes }: ModuleReference): void {
    this.#hasher.add(name);
    for (const member of members) this.#hasher.add(member);
    this.#hasher.mark(";");
    if (isBuiltin(specifier)) this.#hasher.add(specifier.replace(/^node:/, ""));
    else if (specifier.startsWith("self:")) this.#hasher.add(specifier).add(libraryVersion());
    // Where the package lies is left out.
    else if (of !== undefined) this.#hasher.add(of).add(specifier.replace(/^.*\/node_modules\//, ""));
    else if (attributes?.type === "json") this.#hasher.bytes(readFileSync(new URL(specifier, parent)));
    else throw new Uncacheable(`it is code of ${specifier}, which is not taken along`);
  }
}

function shownBytes(
  { type, offset, length }: Extract<RecipeNode, { kind: "view" }>,
  memory: ArrayBuffer | SharedArrayBuffer,
): Uint8Array {
  if (length === undefined) return new Uint8Array(memory, offset);
  const View = (globalThis as unknown as Record<string, { readonly BYTES_PER_ELEMENT?: number }>)[type];
  return new Uint8Array(memory, offset, length * (View?.BYTES_PER_ELEMENT ?? 1));
}
