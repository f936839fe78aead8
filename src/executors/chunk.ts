import { ReleasedError } from "../errors.ts";
import { sizeOf } from "../size.ts";
import { type Elsewhere, isElsewhere } from "./elsewhere.ts";

/** In the place of a value that was given back. */
const RELEASED = Symbol("released");

/**
 * Results that a run has left behind: values, or where they are. They are found by their place
 * among the run's wanted tasks. They live as long as a chunk of them does; then the garbage
 * collector takes them all, whether they were released or not.
 */
export class HeldResults {
  readonly #tasks: readonly number[];
  readonly #values: unknown[];

  /** @param tasks by place, the task of the run whose result it is */
  constructor(tasks: readonly number[]) {
    this.#tasks = tasks;
    this.#values = new Array(tasks.length).fill(RELEASED);
  }

  set(place: number, value: unknown): void {
    this.#values[place] = value;
  }

  has(place: number): boolean {
    return this.#values[place] !== RELEASED;
  }

  /** The value, or a promise of it if it is elsewhere. */
  get(place: number): unknown {
    const value = this.#values[place];
    return isElsewhere(value) ? value.fetch(this.#tasks[place]!) : value;
  }

  bytesOf(place: number): number {
    const value = this.#values[place];
    return isElsewhere(value) ? value.bytesOf(this.#tasks[place]!) : sizeOf(value);
  }

  release(place: number): void {
    const value = this.#values[place];
    this.#values[place] = RELEASED;
    if (isElsewhere(value)) value.release(this.#tasks[place]!);
  }

  releaseAll(): void {
    for (let place = 0; place < this.#values.length; place++) this.release(place);
  }

  /** Those that are elsewhere: what is left to release when the garbage collector has taken this. */
  elsewhere(): { readonly where: Elsewhere; readonly tasks: readonly number[] } | undefined {
    const where = this.#values.find(isElsewhere);
    if (where === undefined) return undefined;
    return { where, tasks: this.#tasks.filter((_, place) => this.#values[place] === where) };
  }

  /** Bytes of the values that are here. */
  get bytes(): number {
    const here = this.#values.filter((value) => value !== RELEASED && !isElsewhere(value));
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
  readonly #place: number;

  /** @internal */
  constructor(run: number, task: number, label: string, held: HeldResults, place: number) {
    this.id = `${run}-${task}`;
    this.label = label;
    this.#held = held;
    this.#place = place;
  }

  /** Estimated size in bytes, 0 after release. */
  get bytes(): number {
    return this.#held.has(this.#place) ? this.#held.bytesOf(this.#place) : 0;
  }

  /** @internal the result is settled, even when it is gone */
  isReady(): boolean {
    return true;
  }

  /**
   * The value, brought here if a worker holds it.
   * @throws ReleasedError after `release`, or when the executor was closed
   */
  fetch(): Promise<T> {
    // Not an async function: of many small results this is most of what they cost.
    if (this.#held.has(this.#place)) return Promise.resolve(this.#held.get(this.#place) as T);
    return Promise.reject(
      new ReleasedError(`the result of "${this.label}" was released; run its node again to have it again`),
    );
  }

  /** Gives the value back, for all who hold this chunk. Can be called again without harm. */
  release(): void {
    this.#held.release(this.#place);
  }

  toString(): string {
    return `Chunk(${this.id},${JSON.stringify(this.label)})`;
  }
}
