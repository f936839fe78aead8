import type { AnyFunction } from "../task.ts";
import type { RecipeNode, Slot } from "./recipe.ts";

/** What those that describe one kind of value need of the whole. */
export interface Encoder {
  /** True if the recipe must not change when buffers do. */
  readonly snapshot: boolean;
  /** The value in a recipe; describes it first if it is new. */
  slot(value: unknown): Slot;
  /** Adds a node that no value has. */
  add(node: RecipeNode): Slot;
  /** The steps on the way from the captured function to the present value, for errors. */
  enter(step: Step, name?: unknown): void;
  leave(): void;
  /** Counts what the recipe takes, about; gives the sum so far. */
  count(bytes: number): number;
  /** The one object that holds the value of a variable of a module. */
  cell(variable: string, value: unknown, scriptId: string): object;
  refuse(reason: string, advice?: string): never;
  /** False of functions that were made inside Node and that no module exports. */
  canName(fn: AnyFunction): boolean;
  /** Where a function that is not the user's own comes from: `node:net`, `Promise`; undefined for others. */
  nativeNameOf(fn: AnyFunction): string | undefined;
}

export type Step =
  | "captures"
  | "property"
  | "element"
  | "entry"
  | "prototype"
  | "extends"
  | "static"
  | "bound";
