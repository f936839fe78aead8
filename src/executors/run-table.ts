import type { Run } from "./run.ts";

/** Where a run lies among the numbers of the scheduler's tasks. */
export interface Placed {
  readonly run: Run;
  /** The scheduler's number of the run's task 0. */
  readonly base: number;
  readonly end: number;
}

/** The runs in a scheduler, found by the number of a task. */
export class RunTable {
  /** Ascending. */
  readonly #placed: Placed[] = [];
  readonly #byRun = new Map<Run, Placed>();
  #recent: Placed | undefined;

  add(run: Run, base: number): Placed {
    const placed = { run, base, end: base + run.graph.size };
    this.#placed.splice(this.#firstEndingAfter(base), 0, placed);
    this.#byRun.set(run, placed);
    return placed;
  }

  delete({ run, base }: Placed): void {
    this.#placed.splice(this.#firstEndingAfter(base), 1);
    this.#byRun.delete(run);
    this.#recent = undefined;
  }

  of(run: Run): Placed | undefined {
    return this.#byRun.get(run);
  }

  all(): readonly Placed[] {
    return this.#placed.slice();
  }

  /** The run that the task belongs to; none if it was forgotten. */
  at(task: number): Placed | undefined {
    const recent = this.#recent;
    if (recent !== undefined && task >= recent.base && task < recent.end) return recent;
    const found = this.#placed[this.#firstEndingAfter(task)];
    if (found === undefined || task < found.base) return undefined;
    this.#recent = found;
    return found;
  }

  /** Index of the first run some of whose tasks have larger numbers; by halving. */
  #firstEndingAfter(task: number): number {
    let low = 0;
    let high = this.#placed.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#placed[middle]!.end <= task) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
