/** What has a place in the order of arrival. */
interface Arrived {
  readonly arrival: number;
}

/** A queue that gives what arrived first, in whatever order it was put in: a binary heap. */
export class ArrivalQueue<T extends Arrived> {
  readonly #heap: T[] = [];

  /** Mostly in the order of arrival: then it takes one comparison. */
  add(item: T): void {
    const heap = this.#heap;
    let i = heap.length;
    while (i > 0) {
      const above = (i - 1) >> 1;
      if (heap[above]!.arrival <= item.arrival) break;
      heap[i] = heap[above]!;
      i = above;
    }
    heap[i] = item;
  }

  /** Takes out what arrived first. */
  shift(): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const item = heap.pop();
    const size = heap.length;
    if (item === undefined || size === 0) return first;
    let i = 0;
    for (;;) {
      let below = 2 * i + 1;
      if (below >= size) break;
      if (below + 1 < size && heap[below + 1]!.arrival < heap[below]!.arrival) below++;
      if (heap[below]!.arrival >= item.arrival) break;
      heap[i] = heap[below]!;
      i = below;
    }
    heap[i] = item;
    return first;
  }
}
