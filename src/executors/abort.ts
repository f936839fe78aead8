/** The waits for one signal, behind one listener: many runs may share a signal, and Node warns of many listeners. */
class Waits {
  readonly #callbacks = new Set<() => void>();
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(callback: () => void): () => void {
    // A function of its own, so that the same callback may wait twice.
    const wait = (): void => callback();
    if (this.#callbacks.size === 0) this.#signal.addEventListener("abort", this.#onAbort, { once: true });
    this.#callbacks.add(wait);
    return () => {
      this.#callbacks.delete(wait);
      if (this.#callbacks.size === 0) this.#signal.removeEventListener("abort", this.#onAbort);
    };
  }

  readonly #onAbort = (): void => {
    // One of them may end the wait of another.
    for (const callback of this.#callbacks) callback();
  };
}

const waitsOf = new WeakMap<AbortSignal, Waits>();

/**
 * Calls back when the signal is aborted.
 * @returns a function that ends the wait
 */
export function whenAborted(signal: AbortSignal, callback: () => void): () => void {
  let waits = waitsOf.get(signal);
  if (waits === undefined) {
    waits = new Waits(signal);
    waitsOf.set(signal, waits);
  }
  return waits.add(callback);
}
