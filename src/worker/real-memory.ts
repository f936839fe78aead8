import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What a worker takes beside its values: code, messages. */
const OWN = 25_000_000;
/** The same with what running tasks have, and garbage that is not worth being collected. */
const MOST_OWN = 2 * OWN;
/** Most of the heap for objects that values may take. */
const HEAP_SHARE = 0.7;
/** It is looked at each time so much of the limit has come. */
const STEP = 1 / 8;
const LEAST_STEP = 8_000_000;
/** So far above the limit a worker should get no more. */
const PRESSED = 1.1;

/** Bytes of objects, texts and the like that may be in memory before Node ends the worker, with some to spare. */
export function objectLimit(): number {
  return getHeapStatistics().heap_size_limit * HEAP_SHARE;
}

/**
 * What this thread really uses. A value that has been dropped takes memory until garbage is collected,
 * which Node does in its own time: when values have been put on disk to make room, that is too late.
 */
export class RealMemory {
  readonly #limit: number;
  readonly #step: number;
  /** Bytes that had come and gone when it was looked at last. */
  #turnover = 0;
  /** Bytes that had gone when garbage was collected last. */
  #freed = 0;
  #isPressed = false;

  constructor(limit: number) {
    this.#limit = limit;
    this.#step = Math.max(LEAST_STEP, limit * STEP);
  }

  /** True if more is used than should be, and there is no garbage that could be collected. */
  get isPressed(): boolean {
    return this.#isPressed;
  }

  /**
   * To be called when values have come or gone.
   * @param held bytes of values in memory
   * @param freed bytes of those that are not in memory any more
   */
  look(held: number, freed: number): void {
    const step = this.#isPressed ? LEAST_STEP : this.#step;
    const turnover = held + 2 * freed;
    if (turnover - this.#turnover < step && !this.#isPressed) return;
    this.#turnover = turnover;
    // Memory that threads share is in none of Node's figures.
    const garbage = freed - this.#freed;
    if (garbage >= step && Math.max(used(), held + garbage) > this.#limit + OWN) {
      this.#freed = freed;
      collectGarbage();
    }
    this.#isPressed = Math.max(used(), held) > this.#limit * PRESSED + MOST_OWN;
  }
}

/** Bytes of objects, and of the memory of typed arrays. */
function used(): number {
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}

let collect: (() => void) | undefined;

/** Collects the garbage of this thread, now. */
export function collectGarbage(): void {
  collect ??= collector();
  collect();
  // The memory of typed arrays is given back by another thread after that; the next time waits for it.
  collect();
}

/** What `node --expose-gc` gives every program. */
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  const found = runInNewContext("gc") as () => void;
  setFlagsFromString("--no-expose-gc");
  return found;
}
