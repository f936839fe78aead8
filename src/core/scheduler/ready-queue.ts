/**
 * A set of task numbers that gives its smallest first: a tree of 32-bit words, in which a bit says
 * that the word below is not empty. Adding, deleting and taking the first touch one word per level,
 * four levels for a million tasks, without comparisons or garbage.
 */
export class ReadyQueue {
  /** Levels from the numbers themselves up to a single word. */
  #levels: Int32Array[] = [new Int32Array(1)];
  /** How many numbers are in the set. */
  size = 0;

  has(task: number): boolean {
    const word = this.#levels[0]![task >>> 5];
    return word !== undefined && (word & (1 << (task & 31))) !== 0;
  }

  /** Adds a number that is not in the set. */
  add(task: number): void {
    const levels = this.#levels;
    if (task >>> 5 >= levels[0]!.length) {
      this.#grow(task);
      this.add(task);
      return;
    }
    this.size++;
    let index = task;
    for (let level = 0; level < levels.length; level++) {
      const words = levels[level]!;
      const word = words[index >>> 5]!;
      words[index >>> 5] = word | (1 << (index & 31));
      // A word that was not empty is known to the levels above.
      if (word !== 0) return;
      index >>>= 5;
    }
  }

  /** Deletes a number that is in the set. */
  delete(task: number): void {
    this.size--;
    let index = task;
    for (let level = 0; level < this.#levels.length; level++) {
      const words = this.#levels[level]!;
      const word = words[index >>> 5]! & ~(1 << (index & 31));
      words[index >>> 5] = word;
      if (word !== 0) return;
      index >>>= 5;
    }
  }

  /** The smallest number, or -1. */
  first(): number {
    return this.size === 0 ? -1 : this.#firstBelow(0, this.#levels.length);
  }

  /** The largest number, or -1. */
  last(): number {
    if (this.size === 0) return -1;
    let index = 0;
    for (let level = this.#levels.length - 1; level >= 0; level--) {
      index = (index << 5) | (31 - Math.clz32(this.#levels[level]![index]!));
    }
    return index;
  }

  /** The smallest number in the set that is larger than this one of it, or -1. */
  after(task: number): number {
    let index = task;
    for (let level = 0; level < this.#levels.length; level++) {
      const larger = this.#levels[level]![index >>> 5]! & -(2 << (index & 31));
      if (larger !== 0) return this.#firstBelow((index & ~31) | lowestBit(larger), level);
      index >>>= 5;
    }
    return -1;
  }

  /** The smallest number in the part of the tree that belongs to this bit of a level. */
  #firstBelow(bit: number, level: number): number {
    let index = bit;
    for (let below = level - 1; below >= 0; below--) {
      index = (index << 5) | lowestBit(this.#levels[below]![index]!);
    }
    return index;
  }

  #grow(task: number): void {
    const old = this.#levels[0]!;
    let words = old.length;
    while (task >>> 5 >= words) words *= 2;
    const bottom = new Int32Array(words);
    bottom.set(old);
    this.#levels = [bottom];
    for (let below = bottom; below.length > 1; ) {
      const above = new Int32Array(Math.ceil(below.length / 32));
      for (let i = 0; i < below.length; i++) if (below[i] !== 0) above[i >>> 5]! |= 1 << (i & 31);
      this.#levels.push(above);
      below = above;
    }
  }
}

const lowestBit = (word: number): number => 31 - Math.clz32(word & -word);
