import type { Description } from "../describe.ts";
import type { ReleasedError } from "../errors.ts";
import { DispatchNode } from "../nodes/node.ts";
import type { Held, Lease } from "../task.ts";
import type { Elsewhere } from "./elsewhere.ts";
import type { Executor } from "./executor.ts";

/** Where chunks find their values, by place. */
export interface ChunkSource {
  /** The executor that holds the values. */
  readonly executor: Executor;
  has(place: number): boolean;
  /** False if it makes no difference to anybody whether the value is released. */
  isWorthReleasing(place: number): boolean;
  /** The value, or a promise of it if it is not here. */
  get(place: number): unknown;
  /** Who has the value, if it is not here, and as the result of which task of its run. */
  whereIs(place: number): { readonly where: Elsewhere; readonly task: number } | undefined;
  bytesOf(place: number): number;
  describe(place: number): Description;
  release(place: number): void;
  /** Takes note that the value is to stay until the function that this returns is called. */
  keep(place: number): () => void;
  /** Why there is no value (any more). */
  gone(label: string): ReleasedError;
}

/** Gives back what nobody can ask for any more. */
const abandoned = new FinalizationRegistry<{ readonly source: ChunkSource; readonly place: number }>(
  ({ source, place }) => source.release(place),
);

/**
 * A result that is there already. Whoever holds the chunk, or the node it is the result of, keeps
 * the value, until it is released; whatever else holds neither, does not.
 *
 * A chunk is a node, too: as an argument of another node it stands for its value, and the task
 * goes where that is.
 */
export class Chunk<out T = unknown> extends DispatchNode<T> {
  /** @internal */
  readonly source: ChunkSource;
  /** @internal */
  readonly place: number;
  readonly #run: number;
  readonly #task: number;
  readonly #label: string;

  /** @internal */
  constructor(run: number, task: number, label: string, source: ChunkSource, place: number) {
    super();
    this.#run = run;
    this.#task = task;
    this.#label = label;
    this.source = source;
    this.place = place;
    // That takes as much time as all the rest.
    if (source.isWorthReleasing(place)) abandoned.register(this, { source, place });
  }

  /** Unique in the process. */
  get id(): string {
    return `${this.#run}-${this.#task}`;
  }

  /** Label of the node whose result it is. */
  override get label(): string {
    return this.#label;
  }

  /** Estimated size in bytes, 0 after release. */
  get bytes(): number {
    return this.source.has(this.place) ? this.source.bytesOf(this.place) : 0;
  }

  /**
   * What is known of the value wherever it is: its type, size, and how many elements of what kind it has.
   * @throws ReleasedError after `release`
   */
  get meta(): Description {
    if (this.source.has(this.place)) return this.source.describe(this.place);
    throw this.source.gone(this.label);
  }

  /** @internal true until it is released */
  get isHeld(): boolean {
    return this.source.has(this.place);
  }

  /** Always true: the result is settled, even when it is gone. */
  override isReady(): boolean {
    return true;
  }

  /**
   * The value, brought here if a worker holds it.
   * @throws ReleasedError after `release`, or when the executor was closed
   */
  override fetch(): Promise<T> {
    // Not an async function: of many small results this is most of what they cost.
    if (this.source.has(this.place)) return Promise.resolve(this.source.get(this.place) as T);
    return Promise.reject(this.source.gone(this.label));
  }

  /** Gives the value back, for all who hold this chunk. Can be called again without harm. */
  override release(): void {
    this.source.release(this.place);
  }

  [Symbol.dispose](): void {
    this.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
  }

  /** A chunk is what it is. */
  override with(): never {
    throw new TypeError(`a chunk takes no options: it is the result of "${this.label}" already`);
  }

  /** @internal */
  lease(): ChunkLease {
    return new ChunkLease(this);
  }

  /** @internal */
  override toTask(): Held {
    return { kind: "held", lease: () => this.lease() };
  }

  override toString(): string {
    return `Chunk(${this.id},${JSON.stringify(this.label)})`;
  }
}

/** A chunk's value on loan. */
export class ChunkLease implements Lease {
  /** Who has the value, if it is not here, and as the result of which task of its run. */
  readonly where: Elsewhere | undefined;
  readonly task: number;
  readonly #value: unknown;
  readonly #gone: ReleasedError | undefined;
  #keep: (() => void) | undefined;

  constructor({ source, place, label }: Chunk) {
    const whereIs = source.whereIs(place);
    this.where = whereIs?.where;
    this.task = whereIs?.task ?? -1;
    if (!source.has(place)) this.#gone = source.gone(label);
    else {
      this.#keep = source.keep(place);
      if (whereIs === undefined) this.#value = source.get(place);
    }
  }

  value(): unknown {
    if (this.#gone !== undefined) throw this.#gone;
    return this.where === undefined ? this.#value : this.where.fetch(this.task);
  }

  end(): void {
    this.#keep?.();
    this.#keep = undefined;
  }
}
