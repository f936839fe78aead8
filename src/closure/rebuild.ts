/**
 * From recipes to values. The nodes are made in the order of the table; what needs a value that is
 * not there yet, because values form a cycle, is done at the very end. So a cycle may also lead
 * through several definitions.
 */

import { types } from "node:util";
import { markAsUntransferable } from "node:worker_threads";
import { ClosureError } from "../errors.ts";
import { CompiledCode } from "./compile.ts";
import { isAt, Making, type Surroundings } from "./making.ts";
import type { Definition, RecipeNode, Slot, ValueRecipe } from "./recipe.ts";
import { HERITAGE } from "./text.ts";

/** Where a thread finds definitions, and what it has made of them or captured them from. */
export interface Source {
  definition(id: string): Definition | undefined;
  /** What the definition was captured from, if that was in this thread. */
  original(id: string): object | undefined;
  /** The object that a node of such a definition described. */
  originalNode(id: string, node: number): object | undefined;
  /** Called with what a definition gave, and the values of its nodes. */
  onBuilt(id: string, value: unknown, values: readonly unknown[]): void;
}

interface Built {
  readonly value: unknown;
  readonly values: readonly unknown[];
}

/** All that one thread has made of recipes. */
export class Rebuilder implements Surroundings {
  readonly #source: Source;
  readonly #codes = new Map<string, CompiledCode>();
  readonly #built = new Map<string, Built>();
  /** Definitions that are being made. */
  readonly #begun = new Map<string, Making>();
  /** What waits for values; done when nothing is being made any more. */
  #later: (() => void)[] = [];
  #depth = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  /** What a definition gives; made once. */
  definition(id: string): unknown {
    return this.#source.original(id) ?? this.#outermost(() => this.#build(id)).value;
  }

  restore(recipe: ValueRecipe): unknown {
    const making = new Making(recipe, this);
    this.#outermost(() => making.run());
    return making.result;
  }

  forget(id: string): void {
    this.#built.delete(id);
    this.#codes.delete(id);
  }

  find(id: string, node: number | undefined): { readonly value: unknown } | undefined {
    const { original, originalNode } = this.#source;
    const known =
      node === undefined ? original.call(this.#source, id) : originalNode.call(this.#source, id, node);
    if (known !== undefined) return { value: known };
    const begun = this.#begun.get(id);
    if (begun !== undefined) return begun.made(node ?? begun.root);
    if (!this.#built.has(id) && this.#mustWait(id)) {
      this.#later.push(() => this.#build(id));
      return undefined;
    }
    const built = this.#build(id);
    return { value: node === undefined ? built.value : built.values[node] };
  }

  later(body: () => void): void {
    this.#later.push(body);
  }

  code(id: string): CompiledCode {
    let compiled = this.#codes.get(id);
    if (compiled === undefined) {
      const recipe = this.#source.definition(id)?.recipe;
      if (recipe?.kind !== "code") throw unknownDefinition(id);
      compiled = new CompiledCode(recipe);
      this.#codes.set(id, compiled);
    }
    return compiled;
  }

  #build(id: string): Built {
    const known = this.#built.get(id);
    if (known !== undefined) return known;
    const recipe = this.#source.definition(id)?.recipe;
    if (recipe?.kind !== "value") throw unknownDefinition(id);
    const making = new Making(recipe, this);
    this.#begun.set(id, making);
    try {
      making.run();
    } finally {
      this.#begun.delete(id);
    }
    for (const value of making.values) {
      // A task may return what it captured; it must not be handed over, as the next call needs it too.
      if (types.isArrayBuffer(value)) markAsUntransferable(value);
    }
    const built = { value: making.result, values: making.values };
    this.#built.set(id, built);
    this.#source.onBuilt(id, built.value, built.values);
    return built;
  }

  /** A class cannot be made while one that it extends is being made. */
  #mustWait(id: string, seen: Set<string> = new Set()): boolean {
    if (this.#begun.has(id)) return true;
    if (this.#built.has(id) || this.#source.original(id) !== undefined || seen.has(id)) return false;
    seen.add(id);
    const recipe = this.#source.definition(id)?.recipe;
    return recipe?.kind === "value" && this.#superclasses(recipe).some((one) => this.#mustWait(one, seen));
  }

  #superclasses({ nodes, root }: ValueRecipe): string[] {
    const node = nodeAt(nodes, root);
    if (node?.kind !== "function") return [];
    const code = this.#source.definition(node.code)?.recipe;
    if (code?.kind !== "code") return [];
    const heritage = nodeAt(nodes, node.captured[code.parameters.indexOf(HERITAGE)]);
    return heritage?.kind === "definition" ? [heritage.id] : [];
  }

  #outermost<T>(body: () => T): T {
    this.#depth++;
    try {
      const result = body();
      // What is done later may itself make things, and leave something for later.
      if (this.#depth === 1)
        for (let next = this.#later.shift(); next !== undefined; next = this.#later.shift()) next();
      return result;
    } finally {
      if (--this.#depth === 0) this.#later = [];
    }
  }
}

function nodeAt(nodes: readonly RecipeNode[], slot: Slot): RecipeNode | undefined {
  return isAt(slot) ? nodes[slot.at] : undefined;
}

function unknownDefinition(id: string): Error {
  return new ClosureError(
    `definition ${id}`,
    [],
    "this thread has not been sent it",
    "this is a mistake in the library",
  );
}
