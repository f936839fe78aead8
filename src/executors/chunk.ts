import { ReleasedError } from "../errors.ts";
import { sizeOf } from "../size.ts";
import { type Elsewhere, isElsewhere } from "./elsewhere.ts";

/**
 * Results that a run has left behind, by task: values, or where they are. They live as long as a
 * chunk of them does; then the garbage collector takes them all, whether they were released or not.
 */
export class HeldResults {
  readonly #values = new Map<number, unknown>();

  set(task: number, value: unknown): void {
    this.#values.set(task, value);
  }

  has(task: number): boolean {
    return this.#values.has(task);
  }

  /** The value, or a promise of it if it is elsewhere. */
  get(task: number): unknown {
    const value = this.#values.get(task);
    return isElsewhere(value) ? value.fetch(task) : value;
  }

  bytesOf(task: number): number {
    const value = this.#values.get(task);
    return isElsewhere(value) ? value.bytesOf(task) : sizeOf(value);
  }

  release(task: number): void {
    const value = this.#values.get(task);
    this.#values.delete(task);
    if (isElsewhere(value)) value.release(task);
  }

  releaseAll(): void {
    for (const task of [...this.#values.keys()]) this.release(task);
  }

  /** Those that are elsewhere: what is left to release when the garbage collector has taken this. */
  elsewhere(): { readonly where: Elsewhere; readonly tasks: readonly number[] } | undefined {
    const remote = [...this.#values].filter(([, value]) => isElsewhere(value));
    if (remote.length === 0) return undefined;
    return { where: remote[0]![1] as Elsewhere, tasks: remote.map(([task]) => task) };
  }

  /** Bytes of the values that are here. */
  get bytes(): number {
    const here = [...this.#values.values()].filter((value) => !isElsewhere(value));
    return here.length === 0 ? 0 : sizeOf(here);
  }
}

/** A kept result. Whoever holds the chunk, or the node it is the result of, keeps the value, until it is released. */
export class Chunk<out T = unknown> {
  /** Unique in the process. */
  readonly id: string;
  /** Label of the node whose result it is. */
  readonly label: string;
  readonly #held: HeldResults;
  readonly #task: number;

  /** @internal */
  constructor(run: number, task: number, label: string, held: HeldResults) {
    this.id = `${run}-${task}`;
    this.label = label;
    this.#held = held;
    this.#task = task;
  }

  /** Estimated size in bytes, 0 after release. */
  get bytes(): number {
    return this.#held.has(this.#task) ? this.#held.bytesOf(this.#task) : 0;
  }

  /** @internal the result is settled, even when it is gone */
  isReady(): boolean {
    return true;
  }

  /**
   * The value, brought here if a worker holds it.
   * @throws ReleasedError after `release`, or when the executor was closed
   */
  async fetch(): Promise<T> {
    if (!this.#held.has(this.#task)) {
      throw new ReleasedError(
        `the result of "${this.label}" was released; run its node again to have it again`,
      );
    }
    return this.#held.get(this.#task) as T;
  }

  /** Gives the value back, for all who hold this chunk. Can be called again without harm. */
  release(): void {
    this.#held.release(this.#task);
  }

  toString(): string {
    return `Chunk(${this.id},${JSON.stringify(this.label)})`;
  }
}
