import { types } from "node:util";
import type { AnyFunction } from "../task.ts";
import type { Capture, Owner } from "./capture.ts";
import { Cell } from "./cell.ts";
import type { Encoder, Step } from "./encoder.ts";
import { knownReference } from "./exports.ts";
import { describeFunction } from "./functions.ts";
import { globalPathOf, wellKnownName } from "./globals.ts";
import { knownHome } from "./home.ts";
import { describeObject } from "./objects.ts";
import { describeProperties } from "./properties.ts";
import type { Reading } from "./reading.ts";
import type { At, ModuleReference, RecipeNode, Slot, ValueRecipe } from "./recipe.ts";
import { variableName } from "./text.ts";

/** Becomes the number of the node once that is known: what refers to it shares this object. */
type Place = { -readonly [K in keyof At]: At[K] };

/** Kinds of nodes that stand for something that exists elsewhere. */
const NAMES: ReadonlySet<RecipeNode["kind"]> = new Set([
  "global",
  "symbol",
  "module",
  "definition",
  "prototype",
]);

/** The recipe of one definition or value, while it grows. */
export class Recipes implements Encoder {
  readonly snapshot: boolean;
  /** Functions and classes of this thread that are definitions of their own. */
  readonly parts: Set<AnyFunction> = new Set();
  readonly #capture: Capture;
  /** What is described; its own definition. */
  readonly #self: AnyFunction | undefined;
  readonly #nodes: RecipeNode[] = [];
  readonly #places = new Map<unknown, Place>();
  readonly #uses = new Set<string>();
  #bytes = 0;

  constructor(capture: Capture, self: AnyFunction | undefined) {
    this.#capture = capture;
    this.#self = self;
    this.snapshot = self !== undefined;
  }

  finish(root: Slot): { recipe: ValueRecipe; uses: string[] } {
    this.#addWeakEntries();
    return { recipe: { kind: "value", nodes: this.#nodes, root }, uses: [...this.#uses] };
  }

  /** The objects that were described here. */
  owned(): Map<object, number> {
    const owned = new Map<object, number>();
    for (const [value, { at }] of this.#places) {
      if (value === this.#self || typeof value === "symbol" || NAMES.has(this.#nodes[at]!.kind)) continue;
      owned.set(value as object, at);
    }
    return owned;
  }

  /** The object turned out to belong to a definition. */
  giveUp(object: object, owner: Owner): void {
    const place = this.#places.get(object);
    if (place !== undefined && place.at !== -1) this.#nodes[place.at] = this.#named(owner.id, owner.node);
  }

  // ---------------------------------------------------------------- Encoder

  slot(value: unknown): Slot {
    switch (typeof value) {
      case "string":
        this.#bytes += value.length;
        return value;
      case "symbol":
      case "object":
      case "function":
        return value === null ? null : this.#reference(value);
      default:
        this.#bytes += 8;
        return value as Slot;
    }
  }

  add(node: RecipeNode): Slot {
    return { at: this.#nodes.push(node) - 1 };
  }

  enter(step: Step, name?: unknown): void {
    this.#capture.trail.enter(step, name);
  }

  leave(): void {
    this.#capture.trail.leave();
  }

  count(bytes: number): number {
    this.#bytes += bytes;
    return this.#bytes;
  }

  cell(variable: string, value: unknown, scriptId: string): object {
    return this.#capture.shared.cell(variable, value, scriptId);
  }

  refuse(reason: string, advice?: string): never {
    return this.#capture.trail.refuse(reason, advice);
  }

  nativeNameOf(fn: AnyFunction): string | undefined {
    const path = globalPathOf(fn);
    if (path !== undefined) return path.join(".");
    const nature = this.#capture.natureOf(fn);
    if (nature.kind === "native") return fn.name;
    return nature.kind === "written" && nature.url.startsWith("node:")
      ? `${nature.url.replace("node:internal/", "node:")}.${fn.name}`
      : undefined;
  }

  canName(fn: AnyFunction): boolean {
    if (this.nativeNameOf(fn) === undefined || globalPathOf(fn) !== undefined) return true;
    return this.#capture.referenceOf(fn) !== undefined;
  }

  // ---------------------------------------------------------------- inside

  #reference(value: object | symbol): Slot {
    const known = this.#places.get(value);
    if (known !== undefined) return known;
    const place: Place = { at: -1 };
    this.#places.set(value, place);
    this.#bytes += 16;
    const node = this.#describe(value);
    const owner = typeof value === "symbol" ? undefined : this.#capture.owners.get(value);
    place.at = this.#nodes.push(owner === undefined ? node : this.#named(owner.id, owner.node)) - 1;
    return place;
  }

  #describe(value: object | symbol): RecipeNode {
    if (typeof value === "symbol") return this.#symbol(value);
    const owner = this.#capture.owners.get(value);
    if (owner !== undefined) return this.#named(owner.id, owner.node);
    const path = globalPathOf(value);
    if (path !== undefined) return { kind: "global", path };
    // Also a function of `remote()` is the module's own one, if it is called as a task and not by another function.
    const home = value === this.#self ? undefined : knownHome(value);
    if (home !== undefined) return { ...home };
    const reference = knownReference(value);
    if (reference !== undefined) return this.#module(reference);
    if (types.isProxy(value)) return this.refuse("it is a Proxy, behind which nobody can look");
    if (typeof value === "function") return this.#function(value as AnyFunction);
    if (value instanceof Cell) return { kind: "cell", value: this.slot(value.value) };
    if (types.isWeakMap(value) || types.isWeakSet(value)) this.#capture.weak.add(value);
    return this.#prototypeNode(value) ?? describeObject(value, this);
  }

  #symbol(symbol: symbol): RecipeNode {
    const key = Symbol.keyFor(symbol);
    if (key !== undefined) return { kind: "symbol", key, wellKnown: false };
    const name = wellKnownName(symbol);
    if (name !== undefined) return { kind: "symbol", key: name, wellKnown: true };
    return this.refuse(
      `it is a unique symbol, ${String(symbol)}; use Symbol.for(…) for one that others know as well`,
    );
  }

  #named(id: string, node?: number): RecipeNode {
    this.#uses.add(id);
    return { kind: "definition", id, node };
  }

  /** A value has no modules of its own, so that it can be restored as soon as its definitions are there. */
  #module(reference: ModuleReference): RecipeNode {
    if (this.#self !== undefined) return { kind: "module", reference };
    return this.#named(this.#capture.memory.moduleDefinition(reference).id);
  }

  #prototypeNode(object: object): RecipeNode | undefined {
    const owner: unknown = Object.getOwnPropertyDescriptor(object, "constructor")?.value;
    if (typeof owner !== "function") return undefined;
    if (Object.getOwnPropertyDescriptor(owner, "prototype")?.value !== object) return undefined;
    return { kind: "prototype", of: this.slot(owner) };
  }

  #function(fn: AnyFunction): RecipeNode {
    const capture = this.#capture;
    if (fn !== this.#self && capture.memory.rebuilt(fn) !== undefined)
      return this.#named(capture.definition(fn));
    const nature = capture.natureOf(fn);
    if (nature.kind === "native")
      this.refuse(`it is the native function ${fn.name}, which other threads cannot find`);
    if (nature.kind === "bound") {
      const { target, self, args } = nature.bound;
      this.enter("bound");
      const keys = Reflect.ownKeys(fn).filter((key) => key !== "length" && key !== "name");
      const node: RecipeNode = {
        kind: "bound",
        // First, as it is the reason if there is one: methods of native objects are native as well.
        self: this.slot(self),
        target: this.slot(target),
        args: args.map((one) => this.slot(one)),
        own: keys.length > 0 ? describeProperties(fn, this, keys) : undefined,
      };
      this.leave();
      return node;
    }
    const reference = capture.referenceOf(fn);
    if (reference !== undefined) return this.#module(reference);
    if (nature.url.startsWith("node:"))
      this.refuse(`it is a function that was made inside Node, in ${nature.url}`);
    const reading = capture.read(fn, nature);
    if (fn !== this.#self && capture.isDefinition(fn, reading)) {
      this.parts.add(fn);
      return this.#named(capture.definition(fn));
    }
    return this.#text(fn, reading);
  }

  #text(fn: AnyFunction, reading: Reading): RecipeNode {
    const capture = this.#capture;
    capture.shared.check(fn, reading, this);
    const { id } = capture.memory.codeDefinition(reading.code);
    this.#uses.add(id);
    return describeFunction(fn, reading, id, this, (variable, bytes) => {
      capture.memory.warnOfSize(id, variableName(variable), bytes, () => capture.label());
    });
  }

  /** Of WeakMaps and WeakSets, what has keys that are described here. */
  #addWeakEntries(): void {
    const done = new Map<object, number>();
    for (let again = this.#capture.weak.size > 0; again; ) {
      again = false;
      for (const weak of this.#capture.weak) {
        const values = [...this.#places.keys()].slice(done.get(weak) ?? 0);
        done.set(weak, this.#places.size);
        const entries = values
          .filter((one) => weak.has(one as object))
          .flatMap((one) => this.#weakEntry(weak, one as object));
        if (entries.length === 0) continue;
        this.add({ kind: "weak-entries", of: this.slot(weak), entries });
        again = true;
      }
    }
  }

  #weakEntry(weak: WeakMap<object, unknown> | WeakSet<object>, key: object): Slot[] {
    return [this.slot(key), types.isWeakMap(weak) ? this.slot(weak.get(key)) : undefined];
  }
}
