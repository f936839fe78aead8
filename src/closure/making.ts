import { Cell } from "./cell.ts";
import type { CompiledCode } from "./compile.ts";
import { applyLevel, applyProperties, type Values } from "./properties.ts";
import type { At, FunctionNode, Properties, RecipeNode, Slot, ValueRecipe } from "./recipe.ts";
import { deserialize, simple, viewOf } from "./simple-values.ts";

/** What the making of one recipe needs of the others. */
export interface Surroundings {
  /** What a definition, or a node of it, gives; undefined while that cannot be known. */
  find(id: string, node: number | undefined): { readonly value: unknown } | undefined;
  code(id: string): CompiledCode;
  /** Does something when all is made. */
  later(body: () => void): void;
}

export function isAt(slot: Slot): slot is At {
  return typeof slot === "object" && slot !== null;
}

/** Stands for a value that is not there yet. */
const MISSING = Symbol("missing");

/** One recipe being made. */
export class Making implements Values {
  readonly values: unknown[];
  readonly root: Slot;
  readonly #recipe: ValueRecipe;
  readonly #rebuilder: Surroundings;

  constructor(recipe: ValueRecipe, rebuilder: Surroundings) {
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
        if (found !== undefined) {
          this.values[at] = found.value;
        } else {
          this.#rebuilder.later(() => {
            this.values[at] = this.#rebuilder.find(node.id, node.node)?.value;
          });
        }
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
      case "cell": {
        const cell = new Cell(undefined);
        this.values[at] = cell;
        this.whenThere(node.value, (value) => {
          cell.value = value;
        });
        break;
      }
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
