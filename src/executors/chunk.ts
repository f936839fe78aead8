import { ReleasedError } from "../errors.ts";
import { sizeOf } from "../size.ts";

/**
 * Results that a run has left behind, by task. They live as long as a chunk of them does; then
 * the garbage collector takes them all, whether they were released or not.
 */
export class HeldResults {
  readonly #values = new Map<number, unknown>();

  set(task: number, value: unknown): void {
    this.#values.set(task, value);
  }

  has(task: number): boolean {
    return this.#values.has(task);
  }

  get(task: number): unknown {
    return this.#values.get(task);
  }

  release(task: number): void {
    this.#values.delete(task);
  }

  releaseAll(): void {
    this.#values.clear();
  }

  get bytes(): number {
    return this.#values.size === 0 ? 0 : sizeOf([...this.#values.values()]);
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
    return this.#held.has(this.#task) ? sizeOf(this.#held.get(this.#task)) : 0;
  }

  /** @internal the result is settled, even when it is gone */
  isReady(): boolean {
    return true;
  }

  /**
   * The value.
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
