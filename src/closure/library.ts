/**
 * All code that one thread knows: what it captured itself and what it was sent. Threads exchange
 * definitions, and values that name definitions; each of them makes a definition's function or
 * class once, and takes it for that definition from then on, so that a class is one class wherever
 * its instances go.
 */

import { types } from "node:util";
import type { AnyFunction } from "../task.ts";
import { type Captured, captureFunction, captureValue, type Memory, type Rebuilt } from "./capture.ts";
import { importAll } from "./imports.ts";
import { FunctionReader } from "./reading.ts";
import { Rebuilder } from "./rebuild.ts";
import type { Capsule, Code, Definition, ModuleReference, Recipe } from "./recipe.ts";

export type { Capsule, Definition } from "./recipe.ts";

/** One per thread and executor. */
export class Library {
  readonly #origin: string;
  #count = 0;
  /** What was captured here, by function, and by id: a class that has changed had other ids before. */
  readonly #captured = new WeakMap<AnyFunction, Captured>();
  readonly #originals = new Map<string, { readonly fn: AnyFunction; readonly captured: Captured }>();
  readonly #definitions = new Map<string, Definition>();
  /** How many definitions use this one. */
  readonly #users = new Map<string, number>();
  readonly #codes = new WeakMap<Code, Definition>();
  readonly #modules = new Map<string, Definition>();
  readonly #rebuilt = new WeakMap<object, Rebuilt>();
  readonly #warned = new Set<string>();
  #importing: Promise<void> | undefined;
  readonly #memory: Memory;
  readonly #rebuilder: Rebuilder;

  /** @param origin - unique among the threads that exchange definitions; ids begin with it */
  constructor(origin: string) {
    this.#origin = origin;
    this.#memory = {
      reader: new FunctionReader(),
      newId: () => `${this.#origin}/${++this.#count}`,
      codeDefinition: (code) => this.#codeDefinition(code),
      moduleDefinition: (reference) => this.#moduleDefinition(reference),
      captured: (fn) => this.#capturedBefore(fn),
      rebuilt: (fn) => this.#rebuiltHere(fn),
      warnOfSize: (codeId, variable, bytes, label) => this.#warnOfSize(codeId, variable, bytes, label),
    };
    this.#rebuilder = new Rebuilder({
      definition: (id) => this.#definitions.get(id),
      original: (id) => this.#originals.get(id)?.fn,
      originalNode: (id, node) => this.#originalNode(id, node),
      onBuilt: (id, value, values) => this.#onBuilt(id, value, values),
    });
  }

  /**
   * Describes a function, or a class, with all that it uses, as it is now. The same definition
   * again if that has not changed.
   *
   * @param label - what to call it in errors
   * @throws ClosureError if it uses what cannot be taken along
   */
  capture(fn: AnyFunction, label?: string): Definition {
    const known = this.#captured.get(fn);
    if (known?.stable?.holds(fn)) {
      this.#register(fn, known);
      return known.definition;
    }
    const rebuilt = this.#rebuiltHere(fn);
    if (rebuilt !== undefined) return this.#definitions.get(rebuilt.id)!;
    const { value: id, fresh } = captureFunction(fn, label, this.#memory);
    this.#registerAll(fresh);
    return this.#definitions.get(id)!;
  }

  /**
   * Describes any value.
   *
   * @param label - what to call it in errors
   * @throws ClosureError if a part of it cannot be copied
   */
  captureValue(value: unknown, label: string = "the value"): Capsule {
    const { value: capsule, fresh } = captureValue(value, label, this.#memory);
    this.#registerAll(fresh);
    return capsule;
  }

  /**
   * The definitions with these ids and all that they use, those first that others use (except where
   * they use each other), but not those in `known`, to which they are added.
   */
  needed(uses: readonly string[], known: Set<string>): Definition[] {
    const needed: Definition[] = [];
    const add = (ids: readonly string[]): void => {
      for (const id of ids) {
        if (known.has(id)) continue;
        known.add(id);
        const definition = this.#definitions.get(id);
        if (definition === undefined) continue;
        add(definition.uses);
        needed.push(definition);
      }
    };
    add(uses);
    return needed;
  }

  /** True if the definition with this id is known, and so all that it uses. */
  has(id: string): boolean {
    return this.#definitions.has(id);
  }

  /**
   * Takes definitions from another thread.
   *
   * @returns a promise if modules have to be imported first; nothing else of the library may be
   *   used with these definitions before it has resolved. It rejects if a module cannot be imported.
   */
  accept(definitions: readonly Definition[]): Promise<void> | undefined {
    const references: ModuleReference[] = [];
    for (const definition of definitions) {
      if (this.#definitions.has(definition.id)) continue;
      this.#add(definition);
      references.push(...referencesIn(definition.recipe));
    }
    const importing = importAll(references);
    if (importing === undefined) return this.#importing;
    // Whoever names these definitions meanwhile has to wait as well, whether they come along again or are known already.
    const all = Promise.all([importing, this.#importing]).then(() => {});
    this.#importing = all;
    const end = (): void => {
      if (this.#importing === all) this.#importing = undefined;
    };
    all.then(end, end);
    return all;
  }

  /** Settles when all modules have been imported that accepted definitions need; `undefined` if they have. */
  get importing(): Promise<void> | undefined {
    return this.#importing;
  }

  /**
   * The function or class of a definition; the original one in the thread that captured it.
   *
   * @throws ClosureError if the definition is not known
   */
  functionOf(id: string): AnyFunction {
    return this.#rebuilder.definition(id) as AnyFunction;
  }

  /** The value of a capsule, whose definitions have been accepted and whose modules have been loaded. */
  restore(capsule: Capsule): unknown {
    return this.#rebuilder.restore(capsule.recipe);
  }

  /**
   * Forgets functions, and what only they used.
   *
   * @returns the ids of all that was forgotten: other threads may forget these as well
   */
  forget(ids: readonly string[]): string[] {
    const forgotten: string[] = [];
    const rest = [...ids];
    for (let id = rest.pop(); id !== undefined; id = rest.pop()) {
      const definition = this.#definitions.get(id);
      if (definition === undefined) continue;
      this.#definitions.delete(id);
      this.#originals.delete(id);
      this.#rebuilder.forget(id);
      forgotten.push(id);
      for (const used of definition.uses) {
        const left = (this.#users.get(used) ?? 1) - 1;
        this.#users.set(used, left);
        if (left === 0 && !this.#isLasting(used)) rest.push(used);
      }
    }
    for (const id of forgotten) if (this.#users.get(id) === 0) this.#users.delete(id);
    return forgotten;
  }

  // ---------------------------------------------------------------- inside

  #registerAll(fresh: ReadonlyMap<AnyFunction, Captured>): void {
    for (const [fn, captured] of fresh) {
      this.#captured.set(fn, captured);
      this.#register(fn, captured);
    }
  }

  /** Also what has been forgotten meanwhile, with all that it names. */
  #register(fn: AnyFunction, captured: Captured): void {
    const { definition, parts } = captured;
    if (this.#originals.has(definition.id)) return;
    this.#originals.set(definition.id, { fn, captured });
    for (const part of parts) {
      const its = this.#captured.get(part);
      if (its !== undefined && definition.uses.includes(its.definition.id)) this.#register(part, its);
    }
    this.#add(definition);
  }

  #capturedBefore(fn: AnyFunction): Captured | undefined {
    const captured = this.#captured.get(fn);
    if (captured !== undefined) this.#register(fn, captured);
    return captured;
  }

  #rebuiltHere(fn: object): Rebuilt | undefined {
    const rebuilt = this.#rebuilt.get(fn);
    return rebuilt !== undefined && this.#definitions.has(rebuilt.id) ? rebuilt : undefined;
  }

  #moduleDefinition(reference: ModuleReference): Definition {
    const key = JSON.stringify(reference);
    let definition = this.#modules.get(key);
    if (definition === undefined) {
      const nodes = [{ kind: "module" as const, reference }];
      definition = { id: this.#memory.newId(), recipe: { kind: "value", nodes, root: { at: 0 } }, uses: [] };
      this.#modules.set(key, definition);
    }
    this.#add(definition);
    return definition;
  }

  #add(definition: Definition): void {
    if (this.#definitions.has(definition.id)) return;
    this.#definitions.set(definition.id, definition);
    for (const used of definition.uses) this.#users.set(used, (this.#users.get(used) ?? 0) + 1);
  }

  #codeDefinition(code: Code): Definition {
    let definition = this.#codes.get(code);
    if (definition === undefined) {
      definition = { id: this.#memory.newId(), recipe: code, uses: [] };
      this.#codes.set(code, definition);
    }
    this.#add(definition);
    return definition;
  }

  /** Instances of a class may be anywhere, so classes stay; and texts, which the next closure of the same code needs. */
  #isLasting(id: string): boolean {
    const recipe = this.#definitions.get(id)?.recipe;
    if (recipe?.kind === "code") return true;
    if (recipe?.kind !== "value" || typeof recipe.root !== "object" || recipe.root === null) return false;
    const node = recipe.nodes[recipe.root.at];
    if (node?.kind !== "function") return false;
    const code = this.#definitions.get(node.code)?.recipe;
    return code?.kind === "code" && code.text.startsWith("class", code.start);
  }

  #originalNode(id: string, node: number): object | undefined {
    for (const [object, at] of this.#originals.get(id)?.captured.owned ?? []) if (at === node) return object;
    return undefined;
  }

  #onBuilt(id: string, value: unknown, values: readonly unknown[]): void {
    if (typeof value !== "function") return;
    const weak = values.flatMap((one, at): [object, number][] =>
      types.isWeakMap(one) || types.isWeakSet(one) ? [[one, at]] : [],
    );
    if (!this.#rebuilt.has(value)) this.#rebuilt.set(value, { id, weak });
  }

  #warnOfSize(codeId: string, variable: string, bytes: number, label: () => string): void {
    const key = `${codeId} ${variable}`;
    if (this.#warned.has(key)) return;
    this.#warned.add(key);
    const size = (bytes / 1_000_000).toFixed(1);
    process.emitWarning(
      `${label()} captures \`${variable}\`, which is ${size} MB large and is copied with the function; pass it as an argument`,
      { type: "DispatchGraphWarning", code: "DISPATCH_GRAPH_LARGE_CAPTURE" },
    );
  }
}

function referencesIn(recipe: Recipe): ModuleReference[] {
  if (recipe.kind === "code") return [];
  return recipe.nodes.flatMap((node) => (node.kind === "module" ? [node.reference] : []));
}
