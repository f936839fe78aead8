import type { Definition, Library } from "../closure/library.ts";

/**
 * Takes messages one after another, each once the code that it brings is ready: modules may have
 * to be imported for it, and later messages must not overtake it.
 */
export class Inbox<M extends { readonly definitions: readonly Definition[] }> {
  readonly #library: Library;
  readonly #handle: (message: M) => void;
  readonly #waiting: M[] = [];
  #isHeldUp = false;

  constructor(library: Library, handle: (message: M) => void) {
    this.#library = library;
    this.#handle = handle;
  }

  take(message: M): void {
    if (this.#isHeldUp) this.#waiting.push(message);
    else this.#open(message);
  }

  #open(message: M): void {
    const ready = message.definitions.length === 0 ? undefined : this.#library.accept(message.definitions);
    if (ready === undefined) {
      this.#handle(message);
      return;
    }
    this.#isHeldUp = true;
    const goOn = (): void => {
      this.#isHeldUp = false;
      this.#handle(message);
      while (!this.#isHeldUp && this.#waiting.length > 0) this.#open(this.#waiting.shift()!);
    };
    // Who uses a function whose module cannot be imported is told then.
    ready.then(goOn, goOn);
  }
}
