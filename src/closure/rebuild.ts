/**
 * From recipes to values. The nodes are made in the order of the table; what needs a value that is
 * not there yet, because values form a cycle, is done at the very end. So a cycle may also lead
 * through several definitions.
 */

import { ClosureError } from "../errors.ts";
import { CompiledCode } from "./compile.ts";
import { applyLevel, applyProperties, type Values } from "./properties.ts";
import type { At, Definition, FunctionNode, Properties, RecipeNode, Slot, ValueRecipe } from "./recipe.ts";
import { deserialize, simple, viewOf } from "./simple-values.ts";
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
export class Rebuilder {
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

  /** For `Making`: what a definition, or a node of it, gives; undefined while that cannot be known. */
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

  /** For `Making`. */
  later(body: () => void): void {
    this.#later.push(body);
  }

  /** For `Making`. */
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

function isAt(slot: Slot): slot is At {
  return typeof slot === "object" && slot !== null;
}

function unknownDefinition(id: string): Error {
  return new ClosureError(
    `definition ${id}`,
    [],
    "this thread has not been sent it",
    "this is a mistake in the library",
  );
}

/** Stands for a value that is not there yet. */
const MISSING = Symbol("missing");

/** One recipe being made. */
class Making implements Values {
  readonly values: unknown[];
  readonly root: Slot;
  readonly #recipe: ValueRecipe;
  readonly #rebuilder: Rebuilder;

  constructor(recipe: ValueRecipe, rebuilder: Rebuilder) {
    this.#recipe = recipe;
    this.#rebuilder = rebuilder;
    this.root = recipe.root;
    this.values = new Array<unknown>(recipe.nodes.length).fill(MISSING);
  }

  run(): void {
    const { nodes } = this.#recipe;
    for (let at = 0; at < nodes.length; at++) this.#make(nodes[at]!, at);
  }

  get result(): unknown {
    return this.#value(this.root);
  }

  made(of: Slot | number): { readonly value: unknown } | undefined {
    const value = typeof of === "number" ? this.values[of] : this.#value(of);
    return value === MISSING ? undefined : { value };
  }

  whenThere(slot: Slot, body: (value: unknown) => void): void {
    const value = this.#value(slot);
    if (value !== MISSING) body(value);
    else this.#rebuilder.later(() => body(this.#value(slot)));
  }

  #value(slot: Slot): unknown {
    return isAt(slot) ? this.values[slot.at] : slot;
  }

  readonly #keyOf = (slot: Slot): PropertyKey => this.#value(slot) as PropertyKey;

  #make(node: RecipeNode, at: number): void {
    switch (node.kind) {
      case "function":
        this.#function(node, at);
        break;
      case "definition": {
        const found = this.#rebuilder.find(node.id, node.node);
        if (found !== undefined) this.values[at] = found.value;
        else
          this.#rebuilder.later(
            () => void (this.values[at] = this.#rebuilder.find(node.id, node.node)?.value),
          );
        break;
      }
      case "bound":
        this.#whenAll([node.target, node.self, ...node.args], at, ([target, self, ...args]) => {
          const bound: object = Reflect.apply(Function.prototype.bind, target as () => void, [self, ...args]);
          this.#properties(bound, node.own);
          return bound;
        });
        break;
      case "prototype":
        this.#whenAll([node.of], at, ([of]) => (of as { prototype: unknown }).prototype);
        break;
      case "hooked":
        this.#whenAll([node.of, node.data], at, ([of, data]) => deserialize(of, data));
        break;
      case "view":
        this.#whenAll([node.buffer], at, ([buffer]) => {
          const view = viewOf(node, buffer as ArrayBuffer);
          this.#properties(view, node.own);
          return view;
        });
        break;
      case "object":
        this.values[at] = this.#object(node.prototype);
        this.#properties(this.values[at] as object, node.own);
        break;
      case "weak-entries":
        this.#weakEntries(node.of, node.entries);
        break;
      default: {
        const value = simple(node, this.#contents);
        this.values[at] = value;
        if ("prototype" in node) this.#prototype(value as object, node.prototype);
        if ("own" in node) this.#properties(value as object, node.own);
      }
    }
  }

  #whenAll(slots: readonly Slot[], at: number, make: (values: unknown[]) => unknown): void {
    const run = (): void => {
      this.values[at] = make(slots.map((slot) => this.#value(slot)));
    };
    if (slots.every((slot) => this.#value(slot) !== MISSING)) run();
    else this.#rebuilder.later(run);
  }

  /** Fills what has elements, now or when all of them are there. */
  readonly #contents = (slots: readonly Slot[], fill: (values: unknown[]) => void): void => {
    const run = (): void => fill(slots.map((slot) => this.#value(slot)));
    if (slots.every((slot) => this.#value(slot) !== MISSING)) run();
    else this.#rebuilder.later(run);
  };

  #object(prototype: Slot): object {
    if (prototype === undefined) return {};
    if (prototype === null) return Object.create(null) as object;
    const value = this.#value(prototype);
    if (value !== MISSING) return Object.create(value as object) as object;
    const object = {};
    this.#prototype(object, prototype);
    return object;
  }

  #prototype(object: object, prototype: Slot): void {
    if (prototype === undefined) return;
    this.whenThere(prototype, (value) => void Object.setPrototypeOf(object, value as object | null));
  }

  #properties(object: object, own: Properties | undefined): void {
    if (own === undefined) return;
    applyProperties(object, own, this.#keyOf, this);
    // After all that is to be done later to the object itself.
    if (own.level > 0)
      this.#rebuilder.later(() => this.#rebuilder.later(() => applyLevel(object, own.level)));
  }

  #function(node: FunctionNode, at: number): void {
    const late: number[] = [];
    const captured = node.captured.map((slot, index) => {
      const value = this.#value(slot);
      if (value === MISSING) late.push(index);
      return value;
    });
    const [value, setters] = this.#rebuilder.code(node.code).make(captured, late);
    const fn = value as { name: string; prototype: object };
    this.values[at] = fn;
    late.forEach((index, order) => {
      this.whenThere(node.captured[index], setters[order]!);
    });
    if (node.name !== undefined && fn.name !== node.name) {
      Object.defineProperty(fn, "name", { value: node.name, configurable: true });
    }
    this.#prototype(fn, node.parent);
    this.#properties(fn, node.own);
    if (node.prototype === undefined) return;
    this.#prototype(fn.prototype, node.prototype.parent);
    this.#properties(fn.prototype, node.prototype.own);
  }

  #weakEntries(of: Slot, entries: readonly Slot[]): void {
    this.#contents([of, ...entries], ([weak, ...values]) => {
      for (let at = 0; at < values.length; at += 2) {
        const key = values[at] as object;
        if (weak instanceof WeakMap) weak.set(key, values[at + 1]);
        else (weak as WeakSet<object>).add(key);
      }
    });
  }
}
