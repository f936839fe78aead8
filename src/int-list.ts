/** A list of 32-bit integers that grows; a quarter of the memory of an array of objects and no garbage. */
export class IntList {
  #items: Int32Array<ArrayBuffer>;
  /** How many integers the list holds. */
  length = 0;

  constructor(capacity = 64) {
    this.#items = new Int32Array(capacity);
  }

  push(item: number): void {
    if (this.length === this.#items.length) this.#grow();
    this.#items[this.length++] = item;
  }

  /** The last item, removed. The list must not be empty. */
  pop(): number {
    return this.#items[--this.length]!;
  }

  at(index: number): number {
    return this.#items[index]!;
  }

  set(index: number, item: number): void {
    this.#items[index] = item;
  }

  clear(): void {
    this.length = 0;
  }

  /** The items themselves, not a copy: valid until the list grows. */
  view(): Int32Array<ArrayBuffer> {
    return this.#items.subarray(0, this.length);
  }

  #grow(): void {
    const larger = new Int32Array(Math.max(16, this.#items.length * 2));
    larger.set(this.#items);
    this.#items = larger;
  }
}
