import type { Clock } from "../index.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** The longest wait of a real timer; asked for more it would fire at once. */
const LONGEST_WAIT = 2 ** 31 - 1;

/** A clock that stands still until it is told to go on, for tests of pauses and limits. */
export class ManualClock implements Clock {
  #now = 0;
  readonly #timers = new Set<Timer>();
  readonly #waiting: (() => void)[] = [];

  now(): number {
    return this.#now;
  }

  /** @throws RangeError for a wait that a real timer cannot do */
  setTimeout(callback: () => void, milliseconds: number): unknown {
    if (!(milliseconds >= 0 && milliseconds <= LONGEST_WAIT)) {
      throw new RangeError(`a timer cannot wait for ${milliseconds} ms`);
    }
    const timer = { at: this.#now + milliseconds, callback };
    this.#timers.add(timer);
    for (const resolve of this.#waiting.splice(0)) resolve();
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as Timer);
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Resolves as soon as a timer is set. */
  async timerSet(): Promise<void> {
    if (this.#timers.size === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Lets time pass; the timers due fire in their order. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (let timer = this.#earliest(); timer !== undefined && timer.at <= end; timer = this.#earliest()) {
      this.#timers.delete(timer);
      this.#now = timer.at;
      timer.callback();
    }
    this.#now = end;
  }

  /** Waits until a timer is set and lets time pass up to the earliest; results in how long that was. */
  async next(): Promise<number> {
    await this.timerSet();
    const wait = this.#earliest()!.at - this.#now;
    this.advance(wait);
    return wait;
  }

  /** Goes from timer to timer until the promise settles, and settles like it. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const end = promise.then(
      () => {
        settled = true;
      },
      () => {
        settled = true;
      },
    );
    for (;;) {
      await Promise.race([end, this.timerSet()]);
      if (settled) return promise;
      if (this.#timers.size > 0) await this.next();
    }
  }

  #earliest(): Timer | undefined {
    let earliest: Timer | undefined;
    for (const timer of this.#timers) if (earliest === undefined || timer.at < earliest.at) earliest = timer;
    return earliest;
  }
}
