import { type Definition, Library } from "../closure/library.ts";
import { ClosureError } from "../errors.ts";
import { messageOf } from "../shown.ts";
import type { AnyFunction } from "../task.ts";
import { Hasher } from "./hasher.ts";
import { recipeKey, Uncacheable } from "./recipe-key.ts";

/**
 * Keys of functions and data, made of their content: equal in every process if the content is
 * equal, whatever the machine. A function's content is all that would travel with it to a worker.
 */
export class ContentKeys {
  readonly #library = new Library(`cache-${process.pid}`);
  /** A function that has not changed has the same definition again. */
  readonly #known = new WeakMap<Definition, string>();

  /** @throws Uncacheable if it uses what has no content: a socket, a unique symbol … */
  ofFunction(fn: AnyFunction): string {
    const definition = stating(() => this.#library.capture(fn));
    let key = this.#known.get(definition);
    if (key === undefined) {
      const [root] = definition.recipe.kind === "value" ? [definition.recipe] : [];
      key = stating(() => recipeKey(root!, this.#definitions([definition.id])));
      this.#known.set(definition, key);
    }
    this.#library.forget([definition.id]);
    return key;
  }

  /** @throws Uncacheable if a part of it has no content */
  ofValue(value: unknown): string {
    if (value === null || !["object", "function", "symbol"].includes(typeof value)) {
      return new Hasher().add(value as string).digest();
    }
    const { recipe, uses } = stating(() => this.#library.captureValue(value));
    const key = stating(() => recipeKey(recipe, this.#definitions(uses)));
    this.#library.forget(uses);
    return key;
  }

  #definitions(ids: readonly string[]): Map<string, Definition> {
    return new Map(this.#library.needed(ids, new Set()).map((one) => [one.id, one]));
  }
}

/** Whatever goes wrong on the way to a key, there is none. */
function stating<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof Uncacheable) throw error;
    if (error instanceof ClosureError)
      throw new Uncacheable([...error.path.slice(1), error.reason].join(": "));
    throw new Uncacheable(messageOf(error as Error));
  }
}
