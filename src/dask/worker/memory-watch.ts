import { collectGarbage } from "../../worker/real-memory.ts";
import type { Cells } from "./cells.ts";
import type { Log } from "./log.ts";

/** Shares of the limit, as in dask: values above it are put in files … */
export const TARGET = 0.6;
/** … more of them if the process takes so much all the same … */
const SPILL = 0.7;
/** … and above it no task begins. */
const PAUSE = 0.8;

/** Results that take less are not what takes the memory. */
const LITTLE = 0.05;

/** How often the process is looked at, in milliseconds. */
const INTERVAL = 200;
/** After so long a pause that nothing can end tasks begin all the same, in milliseconds. */
const PATIENCE = 10_000;
/** Until the process takes so much more. */
const TOLERATED = 1.1;

/** How often garbage may be collected, and the disk be tried again, in milliseconds. */
const SELDOM = 1000;

export interface MemoryWatchOptions {
  /** Bytes. */
  readonly limit: number;
  readonly cells: Cells;
  readonly log: Log;
  /** Others should give back memory that they could do without. */
  readonly onPressure: () => void;
  /** True if no task runs. */
  readonly isIdle: () => boolean;
  readonly onPause: () => void;
  readonly onResume: () => void;
  /** Resident bytes of the process. */
  readonly measure?: () => number;
}

/** Looks at what the process takes. Tells when no task should begin, and when they may again; to be closed. */
export class MemoryWatch {
  readonly #options: MemoryWatchOptions;
  readonly #timer: NodeJS.Timeout;
  /** Since when no task begins. */
  #paused: number | undefined;
  /** So many bytes nothing can be done about. */
  #tolerated = 0;
  #collected = Number.NEGATIVE_INFINITY;
  #retried = Number.NEGATIVE_INFINITY;

  constructor(options: MemoryWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.look(), INTERVAL).unref();
  }

  look(): void {
    const { limit, cells } = this.#options;
    const now = performance.now();
    let taken = this.#taken();
    if (taken > SPILL * limit && now - this.#collected > SELDOM) {
      this.#collected = now;
      this.#options.onPressure();
      collectGarbage();
      taken = this.#taken();
    }
    if (now - this.#retried > SELDOM) {
      this.#retried = now;
      cells.retry();
    }
    cells.relieve(taken > SPILL * limit ? taken - TARGET * limit : 0);
    this.#judge(taken, now);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #taken(): number {
    return (this.#options.measure ?? process.memoryUsage.rss)();
  }

  #judge(taken: number, now: number): void {
    const { limit, cells, isIdle } = this.#options;
    if (taken <= PAUSE * limit) this.#tolerated = 0;
    const isTooMuch = taken > PAUSE * limit && taken > this.#tolerated;
    if (this.#paused === undefined) {
      if (isTooMuch || cells.isStuck) this.#pause(taken, now);
    } else if (!isTooMuch && !cells.isStuck) {
      this.#resume("goes on", taken);
    } else if (now - this.#paused > PATIENCE && isIdle() && cells.memoryBytes <= LITTLE * limit) {
      // Waiting does not help, and somebody waits for this worker.
      this.#tolerated = taken * TOLERATED;
      this.#resume("goes on all the same, as there is nothing that could be put on disk", taken);
    }
  }

  #pause(taken: number, now: number): void {
    this.#paused = now;
    this.#say("paused: no task begins", taken);
    this.#options.onPause();
  }

  #resume(how: string, taken: number): void {
    this.#paused = undefined;
    this.#say(how, taken);
    this.#options.onResume();
  }

  #say(what: string, taken: number): void {
    const { limit, cells, log } = this.#options;
    const held = megabytes(cells.memoryBytes);
    log.warn(`${what}; the process takes ${megabytes(taken)} of ${megabytes(limit)}, results ${held}`);
  }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
