/** So many seconds of work should be with each thread when tasks are short. */
const AHEAD = 0.003;
/** Tasks that take longer are sent one at a time. */
const SHORT = 0.001;
/** What a task costs a thread at least, in seconds. */
const LEAST = 50e-6;
const MOST_PER_THREAD = 64;
/** Weight of the latest task in the mean. */
const WEIGHT = 0.1;

/**
 * How many tasks are given to the threads at once. A thread that had to ask for the next task after each one would idle
 * for most of its time if tasks are tiny.
 */
export class Slots {
  readonly #threads: number;
  #mean = SHORT;
  #count: number;

  constructor(threads: number) {
    this.#threads = threads;
    this.#count = threads;
  }

  get count(): number {
    return this.#count;
  }

  /** True if there are more than threads. */
  get isAhead(): boolean {
    return this.#count > this.#threads;
  }

  /** A task took so many seconds, or takes that long already. @returns true if `count` has changed */
  took(seconds: number): boolean {
    this.#mean += WEIGHT * (Math.max(seconds, LEAST) - this.#mean);
    const perThread = this.#mean < SHORT ? powerOfTwo(AHEAD / this.#mean) : 1;
    const count = this.#threads * Math.min(perThread, MOST_PER_THREAD);
    if (count === this.#count) return false;
    this.#count = count;
    return true;
  }
}

/** The next one below: so the number does not change with every task. */
function powerOfTwo(value: number): number {
  return 2 ** Math.floor(Math.log2(value));
}
