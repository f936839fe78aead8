import { asError, CancelledError, ReleasedError } from "../../errors.ts";
import { type ReadFailure, readFailure } from "../protocol/exceptions.ts";
import { type KeyId, keyText } from "../protocol/key.ts";
import type { KeyState } from "./key-listener.ts";

/** A caller who waits until all of its keys are finished at the same time. */
interface Wait {
  readonly keys: ReadonlySet<KeyId>;
  /** Those that are not. */
  readonly left: Set<KeyId>;
  resolve(): void;
  reject(error: Error): void;
}

/** Makes the error that a caller gets from a failure. */
export type ErrorOf = (failure: ReadFailure, key: KeyId) => Error | Promise<Error>;

/** Callers who wait for keys. */
export class Waits {
  readonly #byKey = new Map<KeyId, Set<Wait>>();
  readonly #state: (key: KeyId) => KeyState | undefined;
  readonly #errorOf: ErrorOf;

  constructor(state: (key: KeyId) => KeyState | undefined, errorOf: ErrorOf) {
    this.#state = state;
    this.#errorOf = errorOf;
  }

  /** Resolves when all are finished; rejects with what became of the first that will not be, or with the signal's reason. */
  async wait(keys: Iterable<KeyId>, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const all = new Set(keys);
    const left = new Set<KeyId>();
    for (const key of all) {
      const state = this.#state(key);
      if (state?.name === "pending") left.add(key);
      else if (state?.name !== "finished") throw await this.#failure(key, state);
    }
    if (left.size > 0) await this.#settled(all, left, signal);
  }

  /** A key has changed; `undefined`: nobody wants it any more. */
  changed(key: KeyId, state: KeyState | undefined): void {
    for (const wait of this.#byKey.get(key) ?? []) {
      if (state?.name === "pending") wait.left.add(key);
      else if (state?.name === "finished") {
        wait.left.delete(key);
        if (wait.left.size === 0) wait.resolve();
      } else this.#failure(key, state).then((error) => wait.reject(error));
    }
  }

  /** Nobody need wait any more: for anything, or for one key. */
  fail(error: Error, key?: KeyId): void {
    const failed = key === undefined ? [...this.#byKey.values()] : [this.#byKey.get(key) ?? []];
    for (const waits of failed) for (const wait of waits) wait.reject(error);
  }

  /** The keys that somebody waits for, but no more than `most`. */
  awaited(most: number): KeyId[] {
    const keys: KeyId[] = [];
    for (const key of this.#byKey.keys()) {
      if (keys.length === most) break;
      if (this.#state(key)?.name === "pending") keys.push(key);
    }
    return keys;
  }

  #settled(keys: ReadonlySet<KeyId>, left: Set<KeyId>, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        signal?.removeEventListener("abort", onAbort);
        for (const key of keys) {
          const waits = this.#byKey.get(key);
          waits?.delete(wait);
          if (waits?.size === 0) this.#byKey.delete(key);
        }
      };
      const wait: Wait = {
        keys,
        left,
        resolve: () => {
          leave();
          resolve();
        },
        reject: (error) => {
          leave();
          reject(error);
        },
      };
      const onAbort = (): void => wait.reject(asError(signal!.reason));
      signal?.addEventListener("abort", onAbort, { once: true });
      for (const key of keys) {
        const waits = this.#byKey.get(key);
        if (waits === undefined) this.#byKey.set(key, new Set([wait]));
        else waits.add(wait);
      }
    });
  }

  async #failure(key: KeyId, state: KeyState | undefined): Promise<Error> {
    const text = `"${keyText(key)}"`;
    if (state?.name === "cancelled") return new CancelledError(`${text} was cancelled: ${state.reason}`);
    if (state?.name !== "erred") {
      return new ReleasedError(
        `${text} is not wanted by this client: it was never submitted, or has been released`,
      );
    }
    try {
      return await this.#errorOf(readFailure(state.failure.exception, state.failure.traceback), key);
    } catch (error) {
      return asError(error);
    }
  }
}
