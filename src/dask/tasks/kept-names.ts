import type { KeyId } from "../protocol/key.ts";

/** Under which names threads keep values: numbers, the same in all threads. */
export class KeptNames {
  readonly #names = new Map<KeyId, number>();
  /** How many threads keep it. */
  readonly #kept = new Map<number, { readonly key: KeyId; threads: number }>();
  readonly #newName: () => number;

  constructor(newName: () => number) {
    this.#newName = newName;
  }

  /** 0 if no thread keeps it. */
  nameOf(key: KeyId): number {
    return this.#names.get(key) ?? 0;
  }

  /**
   * One more thread keeps it.
   * @param newName if it has none yet; otherwise some number
   */
  keep(key: KeyId, newName?: number): number {
    const name = this.#names.get(key) ?? newName ?? this.#newName();
    const kept = this.#kept.get(name);
    if (kept !== undefined) kept.threads++;
    else {
      this.#names.set(key, name);
      this.#kept.set(name, { key, threads: 1 });
    }
    return name;
  }

  /** One thread less. */
  drop(name: number): void {
    const kept = this.#kept.get(name);
    if (kept === undefined || --kept.threads > 0) return;
    this.#kept.delete(name);
    this.#names.delete(kept.key);
  }
}
