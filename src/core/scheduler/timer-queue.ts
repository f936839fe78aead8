/** A task that becomes ready at a time. */
export interface Timer {
  /** In milliseconds, on the clock of whoever calls the core. */
  readonly at: number;
  readonly task: number;
  readonly attempt: number;
}

/** Timers by time, the earliest first: a binary heap. */
export class TimerQueue {
  readonly #heap: Timer[] = [];

  /** The earliest timer. */
  first(): Timer | undefined {
    return this.#heap[0];
  }

  add(timer: Timer): void {
    const heap = this.#heap;
    let i = heap.length;
    while (i > 0) {
      const above = (i - 1) >> 1;
      if (heap[above]!.at <= timer.at) break;
      heap[i] = heap[above]!;
      i = above;
    }
    heap[i] = timer;
  }

  /** Removes the earliest timer. */
  shift(): void {
    const heap = this.#heap;
    const timer = heap.pop();
    if (timer === undefined || heap.length === 0) return;
    let i = 0;
    for (;;) {
      let below = 2 * i + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && heap[below + 1]!.at < heap[below]!.at) below++;
      if (heap[below]!.at >= timer.at) break;
      heap[i] = heap[below]!;
      i = below;
    }
    heap[i] = timer;
  }

  /** All timers in no order, for checks. */
  values(): readonly Timer[] {
    return this.#heap;
  }
}
