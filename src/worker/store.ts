import { type Survey, survey } from "../serialize/survey.ts";

/** Of values that are no objects there is nothing to find out. */
const SIMPLE: Survey = Object.freeze({ ...survey(0), bytes: 16 });

/** The values at a worker, named by the attempts that made them. */
export class Store {
  readonly #values = new Map<number, unknown>();
  /** Memory in values that could be handed over. */
  readonly #buffers = new Map<number, readonly ArrayBuffer[]>();
  /** How many values a block of memory is part of. */
  readonly #owners = new Map<ArrayBuffer, number>();

  /** @returns what there is to know of the value */
  set(attempt: number, value: unknown): Survey {
    if (typeof value === "number" || typeof value === "boolean" || value === undefined || value === null) {
      this.#values.set(attempt, value);
      return SIMPLE;
    }
    const found = survey(value);
    this.delete(attempt);
    this.#values.set(attempt, value);
    if (found.buffers.length > 0) {
      this.#buffers.set(attempt, found.buffers);
      for (const buffer of found.buffers) this.#owners.set(buffer, (this.#owners.get(buffer) ?? 0) + 1);
    }
    return found;
  }

  has(attempt: number): boolean {
    return this.#values.has(attempt);
  }

  get(attempt: number): unknown {
    return this.#values.get(attempt);
  }

  delete(attempt: number): void {
    this.#values.delete(attempt);
    if (this.#buffers.size === 0) return;
    for (const buffer of this.#buffers.get(attempt) ?? []) {
      const owners = this.#owners.get(buffer)! - 1;
      if (owners > 0) this.#owners.set(buffer, owners);
      else this.#owners.delete(buffer);
    }
    this.#buffers.delete(attempt);
  }

  /** True if the value shares no memory with another one here: then it may be handed over. */
  isAlone(attempt: number): boolean {
    return (this.#buffers.get(attempt) ?? []).every((buffer) => this.#owners.get(buffer) === 1);
  }
}
