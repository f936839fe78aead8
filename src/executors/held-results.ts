import { type Description, describe } from "../describe.ts";
import { ReleasedError } from "../errors.ts";
import { sizeOf } from "../size.ts";
import type { ChunkSource } from "./chunk.ts";
import { type Elsewhere, isElsewhere } from "./elsewhere.ts";
import type { Executor } from "./executor.ts";

/** In the place of a value that was given back. */
const RELEASED = Symbol("released");

/** Texts up to this length can as well stay until all results of the run go. */
const SHORT = 100;

/**
 * Results that a run has left behind: values, or where they are. They are found by their place
 * among the run's wanted tasks.
 */
export class HeldResults implements ChunkSource {
  readonly executor: Executor;
  readonly #tasks: readonly number[];
  readonly #values: unknown[];
  /** By place, how many uses a value has that outlast its release, and what is to be done after them. */
  #leases: Map<number, { count: number; after: (() => void) | undefined }> | undefined;

  /** @param tasks by place, the task of the run whose result it is */
  constructor(executor: Executor, tasks: readonly number[]) {
    this.executor = executor;
    this.#tasks = tasks;
    this.#values = new Array(tasks.length).fill(RELEASED);
  }

  set(place: number, value: unknown): void {
    this.#values[place] = value;
  }

  has(place: number): boolean {
    return this.#values[place] !== RELEASED;
  }

  isWorthReleasing(place: number): boolean {
    const value = this.#values[place];
    if (typeof value === "string") return value.length > SHORT;
    return (typeof value === "object" && value !== null) || typeof value === "function";
  }

  get(place: number): unknown {
    const value = this.#values[place];
    return isElsewhere(value) ? value.fetch(this.#tasks[place]!) : value;
  }

  whereIs(place: number): { readonly where: Elsewhere; readonly task: number } | undefined {
    const value = this.#values[place];
    return isElsewhere(value) ? { where: value, task: this.#tasks[place]! } : undefined;
  }

  bytesOf(place: number): number {
    const value = this.#values[place];
    return isElsewhere(value) ? value.bytesOf(this.#tasks[place]!) : sizeOf(value);
  }

  describe(place: number): Description {
    const value = this.#values[place];
    return isElsewhere(value) ? value.describe(this.#tasks[place]!) : describe(value);
  }

  release(place: number): void {
    const value = this.#values[place];
    this.#values[place] = RELEASED;
    if (!isElsewhere(value)) return;
    const lease = this.#leases?.get(place);
    const release = (): void => value.release(this.#tasks[place]!);
    if (lease === undefined) release();
    else lease.after = release;
  }

  keep(place: number): () => void {
    this.#leases ??= new Map();
    const lease = this.#leases.get(place) ?? { count: 0, after: undefined };
    this.#leases.set(place, lease);
    lease.count++;
    return () => {
      if (--lease.count > 0) return;
      this.#leases?.delete(place);
      lease.after?.();
    };
  }

  gone(label: string): ReleasedError {
    return new ReleasedError(`the result of "${label}" was released; run its node again to have it again`);
  }

  releaseAll(): void {
    for (let place = 0; place < this.#values.length; place++) this.release(place);
  }

  /** Bytes of the values that are here. */
  get bytes(): number {
    const here = this.#values.filter((value) => value !== RELEASED && !isElsewhere(value));
    return here.length === 0 ? 0 : sizeOf(here);
  }
}
