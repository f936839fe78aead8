/** A block of memory that several values may have. */
export interface Block {
  readonly byteLength: number;
}

/** How much memory the values of a worker may take, in bytes; as much is allowed. */
export interface MemoryLimits {
  readonly all: number;
  /** What they take beside their blocks: objects, texts. */
  readonly objects: number;
}

/** A value that is in memory. */
interface Entry<B> {
  /** What it takes beside its blocks. */
  readonly own: number;
  readonly blocks: readonly B[];
  /** False if it can be nowhere else. */
  canLeave: boolean;
  /** How many running tasks have it. */
  users: number;
}

/**
 * What the values in a worker's memory take, and which of them is to leave: the one that was used least
 * recently. One that a running task has stays, as it would not leave before the task does. A block
 * that several values have counts once. Values are named by the attempts that made them.
 */
export class MemoryUse<B extends Block> {
  readonly #limits: MemoryLimits;
  readonly #entries = new Map<number, Entry<B>>();
  /** Those that can leave now; what was used least recently comes first. */
  readonly #idle = new Map<number, Entry<B>>();
  /** Blocks with what they took when they came, as one that is handed over shows no bytes any more. */
  readonly #blocks = new Map<B, { readonly bytes: number; values: number }>();
  #own = 0;
  #inBlocks = 0;
  #freed = 0;

  constructor(limits: MemoryLimits) {
    this.#limits = limits;
  }

  /** How many values there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** Bytes of all values. */
  get held(): number {
    return this.#own + this.#inBlocks;
  }

  /** Bytes that have become garbage since the beginning. */
  get freed(): number {
    return this.#freed;
  }

  has(attempt: number): boolean {
    return this.#entries.has(attempt);
  }

  /** True if nobody else has the blocks of a value: neither another value nor a running task. */
  isAlone(attempt: number): boolean {
    const entry = this.#entries.get(attempt);
    if (entry === undefined) return true;
    return entry.users === 0 && entry.blocks.every((block) => this.#blocks.get(block)!.values === 1);
  }

  /** A value has come, or takes the place of another one. */
  added(attempt: number, own: number, blocks: readonly B[], canLeave: boolean): void {
    const users = this.#entries.get(attempt)?.users ?? 0;
    this.removed(attempt);
    const entry: Entry<B> = { own, blocks, canLeave, users };
    this.#entries.set(attempt, entry);
    if (canLeave && users === 0) this.#idle.set(attempt, entry);
    this.#own += own;
    for (const block of blocks) {
      const known = this.#blocks.get(block);
      if (known !== undefined) known.values++;
      else {
        this.#blocks.set(block, { bytes: block.byteLength, values: 1 });
        this.#inBlocks += block.byteLength;
      }
    }
  }

  /** A value is not in memory any more. */
  removed(attempt: number): void {
    const entry = this.#entries.get(attempt);
    if (entry === undefined) return;
    this.#entries.delete(attempt);
    this.#idle.delete(attempt);
    this.#own -= entry.own;
    this.#freed += entry.own;
    for (const block of entry.blocks) {
      const known = this.#blocks.get(block)!;
      if (--known.values > 0) continue;
      this.#blocks.delete(block);
      this.#inBlocks -= known.bytes;
      this.#freed += known.bytes;
    }
  }

  /** A value can be nowhere else, as it turns out. */
  stays(attempt: number): void {
    const entry = this.#entries.get(attempt);
    if (entry === undefined) return;
    this.#idle.delete(attempt);
    entry.canLeave = false;
  }

  /** A task begins that has the value. */
  taken(attempt: number): void {
    const entry = this.#entries.get(attempt);
    if (entry === undefined) return;
    if (entry.users++ === 0) this.#idle.delete(attempt);
  }

  /** The task is over. */
  left(attempt: number): void {
    const entry = this.#entries.get(attempt);
    if (entry === undefined || entry.users === 0) return;
    if (--entry.users === 0 && entry.canLeave) this.#idle.set(attempt, entry);
  }

  /**
   * The value that is to leave next.
   * @param coming bytes for which there is to be room
   * @returns `undefined` if all that is here may stay, or nothing can leave
   */
  excess(coming = 0): number | undefined {
    const { all, objects } = this.#limits;
    if (this.held + coming <= all && this.#own <= objects) return undefined;
    for (const attempt of this.#idle.keys()) return attempt;
    return undefined;
  }
}
