import { type Survey, survey } from "../serialize/survey.ts";

/** A result, or a copy of one. */
interface Held {
  readonly value: unknown;
  readonly bytes: number;
  /** Memory in it that could be handed over. */
  readonly buffers: readonly ArrayBuffer[];
}

/** The values at a worker, named by the attempts that made them. */
export class Store {
  readonly #held = new Map<number, Held>();
  /** How many values a block of memory is part of. */
  readonly #owners = new Map<ArrayBuffer, number>();

  /** @returns what there is to know of the value */
  set(attempt: number, value: unknown): Survey {
    const found = survey(value);
    this.delete(attempt);
    this.#held.set(attempt, { value, bytes: found.bytes, buffers: found.buffers });
    for (const buffer of found.buffers) this.#owners.set(buffer, (this.#owners.get(buffer) ?? 0) + 1);
    return found;
  }

  has(attempt: number): boolean {
    return this.#held.has(attempt);
  }

  get(attempt: number): unknown {
    return this.#held.get(attempt)?.value;
  }

  delete(attempt: number): void {
    const held = this.#held.get(attempt);
    if (held === undefined) return;
    this.#held.delete(attempt);
    for (const buffer of held.buffers) {
      const owners = this.#owners.get(buffer)! - 1;
      if (owners > 0) this.#owners.set(buffer, owners);
      else this.#owners.delete(buffer);
    }
  }

  /** True if the value shares no memory with another one here: then it may be handed over. */
  isAlone(attempt: number): boolean {
    const held = this.#held.get(attempt);
    return held?.buffers.every((buffer) => this.#owners.get(buffer) === 1) ?? false;
  }
}
