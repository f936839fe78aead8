/** What has a place in the order in which things are done. */
export interface Prioritised {
  /** Does not change while the item is in a queue; nor does `order`. */
  readonly priority: readonly number[];
  readonly order: number;
}

/** Negative if `a` comes before `b`: by the first number that differs, a beginning of the other first, then by `order`. */
export function compare(a: Prioritised, b: Prioritised): number {
  const length = Math.min(a.priority.length, b.priority.length);
  for (let i = 0; i < length; i++) {
    const difference = a.priority[i]! - b.priority[i]!;
    if (difference !== 0) return difference;
  }
  return a.priority.length - b.priority.length || a.order - b.order;
}

interface Place<T> {
  readonly item: T;
  index: number;
}

/** What is to be done first is at hand, and anything can be taken out: a binary heap that knows its items' places. */
export class PriorityQueue<T extends Prioritised> {
  readonly #heap: Place<T>[] = [];
  readonly #places = new Map<T, Place<T>>();

  get size(): number {
    return this.#heap.length;
  }

  get first(): T | undefined {
    return this.#heap[0]?.item;
  }

  has(item: T): boolean {
    return this.#places.has(item);
  }

  /** All items, in no order. */
  items(): Iterable<T> {
    return this.#places.keys();
  }

  /** Adds an item that is not there yet. */
  add(item: T): void {
    const place = { item, index: this.#heap.length };
    this.#places.set(item, place);
    this.#heap.push(place);
    this.#rise(place);
  }

  delete(item: T): boolean {
    const place = this.#places.get(item);
    if (place === undefined) return false;
    this.#places.delete(item);
    const last = this.#heap.pop()!;
    if (last === place) return true;
    this.#put(last, place.index);
    this.#rise(last);
    this.#sink(last);
    return true;
  }

  #rise(place: Place<T>): void {
    while (place.index > 0) {
      const above = this.#heap[(place.index - 1) >> 1]!;
      if (compare(above.item, place.item) <= 0) return;
      this.#swap(above, place);
    }
  }

  #sink(place: Place<T>): void {
    for (;;) {
      const left = this.#heap[2 * place.index + 1];
      if (left === undefined) return;
      const right = this.#heap[left.index + 1];
      const below = right !== undefined && compare(right.item, left.item) < 0 ? right : left;
      if (compare(place.item, below.item) <= 0) return;
      this.#swap(place, below);
    }
  }

  #swap(a: Place<T>, b: Place<T>): void {
    const { index } = a;
    this.#put(a, b.index);
    this.#put(b, index);
  }

  #put(place: Place<T>, index: number): void {
    place.index = index;
    this.#heap[index] = place;
  }
}
