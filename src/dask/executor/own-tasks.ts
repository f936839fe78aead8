import type { Description } from "../../describe.ts";
import { Chunk, ChunkLease } from "../../executors/chunk.ts";
import type { Elsewhere } from "../../executors/elsewhere.ts";
import { lend } from "../../executors/lend.ts";
import type { Run } from "../../executors/run.ts";
import { isThenable } from "../../task.ts";
import type { KeyId } from "../protocol/key.ts";
import type { ClusterResults } from "./cluster-results.ts";

/** What these tasks need of their run. */
export interface OwnTaskParts {
  readonly results: ClusterResults;
  readonly heldBy: (where: Elsewhere, task: number) => HeldKey | undefined;
  readonly isFinished: (task: number) => boolean;
  readonly begun: (task: number) => void;
  /** Workers have the result of the task already, under this key. */
  readonly found: (task: number, held: HeldKey) => void;
  /** The result of the task is here. */
  readonly made: (task: number, value: unknown) => void;
  readonly failed: (task: number, thrown: unknown) => void;
}

/** A result that workers have. */
export class HeldKey {
  readonly key: KeyId;
  readonly description: Description;

  constructor(key: KeyId, description: Description) {
    this.key = key;
    this.description = description;
  }
}

/**
 * The tasks of a run that this process sees to itself: results that are held already, and meta functions, which get
 * chunks instead of values.
 */
export class OwnTasks {
  readonly #run: Run;
  readonly #parts: OwnTaskParts;
  /** Meta tasks by the tasks that they need, and how many of these are missing. */
  readonly #waiting = new Map<number, number[]>();
  readonly #missing = new Map<number, number>();
  /** Results that are here. */
  readonly #values = new Map<number, unknown>();

  constructor(run: Run, parts: OwnTaskParts) {
    this.#run = run;
    this.#parts = parts;
    const { metaTasks, dependencyStart, dependencies } = run.graph;
    for (const task of metaTasks) {
      const needed = new Set(dependencies.subarray(dependencyStart[task], dependencyStart[task + 1]));
      this.#missing.set(task, needed.size);
      for (const one of needed) this.#waiting.set(one, [...(this.#waiting.get(one) ?? []), task]);
    }
  }

  /** True if the run has no such tasks. */
  get isEmpty(): boolean {
    const { metaTasks, leases } = this.#run.graph;
    return metaTasks.size + leases.size === 0;
  }

  /** True if a meta function that has not been called sees the result of this task. */
  needs(task: number): boolean {
    return this.#waiting.has(task);
  }

  /** Begins what can be begun. */
  begin(): void {
    for (const task of this.#run.graph.leases.keys()) this.#takeHeld(task);
    for (const [task, count] of this.#missing) if (count === 0) this.perform(task);
  }

  /** Workers have the result of a task. */
  finished(task: number): void {
    for (const waiting of this.#waiting.get(task) ?? []) {
      const left = this.#missing.get(waiting)! - 1;
      this.#missing.set(waiting, left);
      if (left === 0) this.perform(waiting);
    }
  }

  /** Nothing needs the result of a task any more. */
  drop(task: number): void {
    this.#values.delete(task);
  }

  /** Calls a meta function, in a turn of its own: it may take long. Or looks for a held result again. */
  perform(task: number): void {
    const run = this.#run;
    if (run.graph.leases.has(task)) {
      this.#takeHeld(task);
      return;
    }
    setImmediate(() => {
      if (run.ended) return;
      this.#parts.begun(task);
      this.#report(task, () => run.inContext(() => this.#lend(task)));
    });
  }

  #takeHeld(task: number): void {
    const lease = this.#run.graph.leases.get(task)!;
    this.#report(task, () => {
      if (!(lease instanceof ChunkLease) || lease.where === undefined) return lease.value();
      return this.#parts.heldBy(lease.where, lease.task) ?? lease.value();
    });
  }

  #lend(task: number): unknown {
    const { results, heldBy } = this.#parts;
    return lend(
      this.#run,
      task,
      (dependency) => (this.#values.has(dependency) ? this.#values.get(dependency) : results),
      (outcome) => {
        if (!(outcome instanceof Chunk)) return outcome;
        const { source, place } = outcome;
        const found = source.has(place) ? source.whereIs(place) : undefined;
        const held = found === undefined ? undefined : heldBy(found.where, found.task);
        return held === undefined ? outcome.lease().value() : this.#kept(task, held);
      },
    );
  }

  /** Wanted at once: the chunk is void as soon as the function has ended. */
  #kept(task: number, held: HeldKey): HeldKey {
    if (!this.#run.ended) this.#end(task, () => this.#parts.found(task, held));
    return held;
  }

  #report(task: number, body: () => unknown): void {
    const { found, made, failed } = this.#parts;
    const end = (outcome: unknown): void => {
      if (this.#run.ended || this.#ended.has(task)) return;
      this.#end(task, () => {
        if (outcome instanceof HeldKey) {
          found(task, outcome);
          return;
        }
        made(task, outcome);
        this.#values.set(task, outcome);
      });
    };
    const fail = (thrown: unknown): void => {
      if (!this.#run.ended) failed(task, thrown);
    };
    try {
      const outcome = body();
      if (isThenable(outcome)) Promise.resolve(outcome).then(end).catch(fail);
      else end(outcome);
    } catch (thrown) {
      fail(thrown);
    }
  }

  /** Tasks that have their results. */
  readonly #ended = new Set<number>();

  #end(task: number, report: () => void): void {
    report();
    this.#ended.add(task);
    // What it needed is not needed by it any more, as far as this process is concerned.
    for (const [needed, waiting] of this.#waiting) {
      const left = waiting.filter((one) => one !== task);
      if (left.length === 0) this.#waiting.delete(needed);
      else if (left.length < waiting.length) this.#waiting.set(needed, left);
    }
  }
}
