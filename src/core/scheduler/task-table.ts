import { Ranges } from "./ranges.ts";

/** In the column `wanted`: the client wants the result kept. */
export const KEPT = 1;
/** In the column `wanted`: the client wants the task run, whatever becomes of its dependents. */
export const RUN_ONLY = 2;

/** No worker. */
export const NOBODY = -1;
/** In the column `aheadAt`: inputs are being made at several workers. */
export const SEVERAL = -2;

/** In the column `restriction`: the task moves less than its input, and is to run where that is. */
export const WITH_DATA = 1;

/** The edges of a graph whose tasks are numbered from 0, dependencies before dependents. */
export interface GraphShape {
  readonly size: number;
  /** The dependencies of task `t` are `dependencies[dependencyStart[t] .. dependencyStart[t + 1]]`; repetitions count. */
  readonly dependencyStart: Int32Array;
  readonly dependencies: Int32Array;
}

/** Where a graph lies in the table. */
export interface GraphRange {
  /** Number of its first task. */
  readonly base: number;
  readonly size: number;
  readonly edgeBase: number;
  readonly edges: number;
}

const INITIAL_CAPACITY = 1024;
/** An empty table keeps this much for the next graph, about 6 MB; fresh memory costs more than its use. */
const KEPT_CAPACITY = 1 << 17;

/**
 * What the scheduler knows of all tasks of all graphs, as columns of numbers: 45 bytes per task
 * and 8 per edge. Each graph occupies consecutive rows, plus one at its end that closes the last
 * task's edges.
 */
export class TaskTable {
  /** A state of `task-state.ts`. */
  state = new Uint8Array(INITIAL_CAPACITY);
  /** `KEPT` or `RUN_ONLY` if the client wants the task run, else 0. */
  wanted = new Uint8Array(INITIAL_CAPACITY);
  priority = new Int8Array(INITIAL_CAPACITY);
  /** How many workers were lost while they ran the task. */
  losses = new Uint8Array(INITIAL_CAPACITY);
  /**
   * While waiting: dependency edges whose result is not in memory, plus 1 during a pause before a
   * retry. While processing: how many of its inputs the worker is still making. Meaningless in other states.
   */
  waiting = new Int32Array(INITIAL_CAPACITY);
  /** Edges to dependents that are waiting, queued or processing, plus 1 if wanted in either way. */
  needed = new Int32Array(INITIAL_CAPACITY);
  /** Queued: the worker in whose queue it is, or NOBODY. Processing: who runs it. Memory: who holds the result. */
  worker = new Int32Array(INITIAL_CAPACITY);
  /** Number of the latest attempt, unique in the scheduler's life; 0 before the first. */
  attempt = new Int32Array(INITIAL_CAPACITY);
  /** 0, `WITH_DATA`, or the number of a set of workers that alone may run the task. */
  restriction = new Uint8Array(INITIAL_CAPACITY);
  /** 1 if the task is in the queue `fixed` of a worker. */
  offered = new Uint8Array(INITIAL_CAPACITY);
  /** While waiting: the worker that makes some of the missing inputs at present, NOBODY or SEVERAL. */
  aheadAt = new Int32Array(INITIAL_CAPACITY);
  /** While waiting: how many of the edges counted in `waiting` lead to tasks that `aheadAt` is making. */
  ahead = new Int32Array(INITIAL_CAPACITY);
  /** Size of the result in bytes, as reported. */
  bytes = new Float64Array(INITIAL_CAPACITY);
  dependencyStart = new Int32Array(INITIAL_CAPACITY);
  dependentStart = new Int32Array(INITIAL_CAPACITY);
  dependencies = new Int32Array(INITIAL_CAPACITY);
  dependents = new Int32Array(INITIAL_CAPACITY);

  readonly #rows = new Ranges();
  readonly #edges = new Ranges();

  /** One more than the largest task number in use. */
  get end(): number {
    return this.#rows.end;
  }

  /** Takes up a graph; all its tasks are in state 0, with `needed` counting all their dependents. */
  add({ size, dependencyStart, dependencies }: GraphShape): GraphRange {
    const edges = dependencyStart[size]!;
    const base = this.#rows.allocate(size + 1);
    const edgeBase = this.#edges.allocate(edges);
    this.#reserve(this.#rows.end, this.#edges.end);
    const end = base + size;
    for (const column of [
      this.state,
      this.wanted,
      this.priority,
      this.losses,
      this.needed,
      this.attempt,
      this.bytes,
      this.restriction,
      this.offered,
      this.ahead,
    ]) {
      column.fill(0, base, end + 1);
    }
    this.worker.fill(NOBODY, base, end + 1);
    this.aheadAt.fill(NOBODY, base, end + 1);
    this.dependentStart.fill(0, base, end + 1);

    const { needed, dependentStart } = this;
    for (let e = 0; e < edges; e++) {
      const d = base + dependencies[e]!;
      this.dependencies[edgeBase + e] = d;
      needed[d]!++;
    }
    let start = edgeBase;
    for (let t = 0; t <= size; t++) {
      this.dependencyStart[base + t] = edgeBase + dependencyStart[t]!;
      // Written at the end of each task's dependents and moved down to their start below.
      start += needed[base + t]!;
      dependentStart[base + t] = start;
    }
    for (let t = end - 1; t >= base; t--) {
      for (let e = this.dependencyStart[t + 1]! - 1; e >= this.dependencyStart[t]!; e--) {
        this.dependents[--dependentStart[this.dependencies[e]!]!] = t;
      }
    }
    return { base, size, edgeBase, edges };
  }

  /** Takes the rows of a graph back. Attempt 0 makes late messages about its tasks recognisable. */
  remove({ base, size, edgeBase, edges }: GraphRange): void {
    this.state.fill(0, base, base + size);
    this.attempt.fill(0, base, base + size);
    this.#rows.free(base, size + 1);
    this.#edges.free(edgeBase, edges);
    if (this.#rows.end === 0) {
      this.#resize(
        Math.min(this.state.length, KEPT_CAPACITY),
        Math.min(this.dependencies.length, KEPT_CAPACITY),
      );
    }
  }

  #reserve(rows: number, edges: number): void {
    const grown = (capacity: number, wanted: number): number =>
      wanted <= capacity ? capacity : Math.max(wanted, Math.ceil(capacity * 1.5));
    this.#resize(grown(this.state.length, rows), grown(this.dependencies.length, edges));
  }

  #resize(rows: number, edges: number): void {
    if (rows !== this.state.length) {
      this.state = copied(this.state, new Uint8Array(rows));
      this.wanted = copied(this.wanted, new Uint8Array(rows));
      this.priority = copied(this.priority, new Int8Array(rows));
      this.losses = copied(this.losses, new Uint8Array(rows));
      this.waiting = copied(this.waiting, new Int32Array(rows));
      this.needed = copied(this.needed, new Int32Array(rows));
      this.worker = copied(this.worker, new Int32Array(rows));
      this.attempt = copied(this.attempt, new Int32Array(rows));
      this.bytes = copied(this.bytes, new Float64Array(rows));
      this.restriction = copied(this.restriction, new Uint8Array(rows));
      this.offered = copied(this.offered, new Uint8Array(rows));
      this.aheadAt = copied(this.aheadAt, new Int32Array(rows));
      this.ahead = copied(this.ahead, new Int32Array(rows));
      this.dependencyStart = copied(this.dependencyStart, new Int32Array(rows));
      this.dependentStart = copied(this.dependentStart, new Int32Array(rows));
    }
    if (edges !== this.dependencies.length) {
      this.dependencies = copied(this.dependencies, new Int32Array(edges));
      this.dependents = copied(this.dependents, new Int32Array(edges));
    }
  }
}

function copied<A extends Uint8Array | Int8Array | Int32Array | Float64Array>(from: A, to: A): A {
  to.set(from.length > to.length ? from.subarray(0, to.length) : from);
  return to;
}
