import type { Chunk } from "../executors/chunk.ts";
import type { DispatchNode } from "../nodes/node.ts";

/** Where a result comes from: the run, and the node's id and label there. */
export interface Origin {
  readonly run: number;
  readonly id: number;
  readonly label: string;
}

/** A result that is kept for later runs. */
export class Entry {
  readonly chunk: Chunk;
  /** Of the node when the result was computed. */
  readonly version: number;
  readonly bytes: number;
  readonly from: Origin;
  /** True if nobody was given it, so that it may be dropped. */
  isSoft: boolean;
  isDropped = false;
  /** How many running runs were given it. */
  uses = 0;
  /** What the cache has in its list, so that the entry lives no longer than its node. */
  readonly ref: WeakRef<Entry> = new WeakRef<Entry>(this);

  /** @param bytes its size; to estimate it takes time */
  constructor(chunk: Chunk, version: number, from: Origin, isSoft: boolean, bytes: number) {
    this.chunk = chunk;
    this.version = version;
    this.bytes = bytes;
    this.from = from;
    this.isSoft = isSoft;
  }

  /** False when the result was released, by the cache or by somebody else. */
  get isThere(): boolean {
    return this.chunk.isHeld;
  }
}

/**
 * Results of one executor for the node option `cache: true`, found by their nodes. An entry lives as
 * long as its node does, unless it is released or dropped.
 */
export class MemoryCache {
  readonly #entries = new WeakMap<DispatchNode, Entry>();
  /** In the order of their last use. */
  readonly #recent = new Set<WeakRef<Entry>>();
  readonly #onDropped: (entry: Entry) => void;

  /** @param onDropped told of each entry that goes because of a lack of memory */
  constructor(onDropped: (entry: Entry) => void) {
    this.#onDropped = onDropped;
  }

  /** The entry of a node at this version, or why there is none. */
  find(node: DispatchNode, version: number, changeOf: () => string): Entry | string {
    const entry = this.#entries.get(node);
    if (entry?.isDropped) return "dropped under memory pressure";
    if (entry !== undefined && !entry.isThere) return "its result was released";
    return entry?.version === version ? entry : changeOf();
  }

  /** Takes note that an entry is used. */
  touch({ ref }: Entry): void {
    this.#recent.delete(ref);
    this.#recent.add(ref);
  }

  /** Keeps a result in the place of what was kept of the node before. */
  add(node: DispatchNode, entry: Entry): void {
    const before = this.#entries.get(node);
    this.remove(node);
    this.#entries.set(node, entry);
    this.touch(entry);
    if (before?.isSoft && before.chunk !== entry.chunk) before.chunk.release();
  }

  /** Forgets what is kept of a node. */
  remove(node: DispatchNode): void {
    const entry = this.#entries.get(node);
    if (entry !== undefined) this.#recent.delete(entry.ref);
    this.#entries.delete(node);
  }

  /** From now on nobody else has this result. False if it is not kept. */
  soften(node: DispatchNode, chunk: Chunk): boolean {
    const entry = this.#entries.get(node);
    if (entry?.chunk !== chunk) return false;
    entry.isSoft = true;
    return true;
  }

  /** Drops results, those first that were not used for the longest time, until the rest takes no more than this. */
  trim(limit: number): void {
    if (limit === Infinity) return;
    let sum = 0;
    for (const entry of this.#soft()) sum += entry.bytes;
    this.relieve(sum - limit, () => true);
  }

  /** Drops results that meet the condition, in the same order, until so many bytes are free. */
  relieve(bytes: number, condition: (chunk: Chunk) => boolean): void {
    let left = bytes;
    for (const entry of this.#soft()) {
      if (left <= 0) return;
      if (entry.uses > 0 || !condition(entry.chunk)) continue;
      left -= entry.bytes;
      entry.isDropped = true;
      this.#recent.delete(entry.ref);
      entry.chunk.release();
      this.#onDropped(entry);
    }
  }

  /** What may be dropped, the least recently used first. */
  *#soft(): Generator<Entry> {
    for (const ref of this.#recent) {
      const entry = ref.deref();
      if (entry === undefined || !entry.isThere) this.#recent.delete(ref);
      else if (entry.isSoft) yield entry;
    }
  }
}
