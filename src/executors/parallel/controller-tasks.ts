import type { SchedulerState } from "../../core/scheduler/state.ts";
import type { Description } from "../../describe.ts";
import { ExecutorError } from "../../errors.ts";
import { sizeOf } from "../../size.ts";
import { isThenable } from "../../task.ts";
import { Chunk, ChunkLease } from "../chunk.ts";
import type { Elsewhere } from "../elsewhere.ts";
import { lend } from "../lend.ts";
import type { Placed, RunTable } from "../run-table.ts";
import type { WorkerLink } from "./link.ts";
import type { Attempt, Outcomes } from "./outcomes.ts";
import type { RemoteResults } from "./remote-results.ts";

/** The place of the controller among workers, which are counted from 0. */
export const CONTROLLER = -1;

/** What the tasks of the controller need of the executor. */
export interface ControllerParts {
  readonly core: SchedulerState;
  readonly runTable: RunTable;
  readonly linkAt: (index: number) => WorkerLink | undefined;
  /** The results of a run that workers hold. */
  readonly resultsOf: (placed: Placed) => RemoteResults;
  /** The run whose results these are, if workers of this executor hold them. */
  readonly placedOf: (where: Elsewhere) => Placed | undefined;
  readonly outcomes: Outcomes;
  readonly publish: () => void;
  /** Runs what may change the state of tasks, and then what follows from it. */
  readonly event: (body: () => void) => void;
}

/** In the place of a value that a worker has: this worker. */
class AtWorker {
  readonly link: WorkerLink;
  readonly bytes: number;
  readonly description: Description;

  constructor(link: WorkerLink, bytes: number, description: Description) {
    this.link = link;
    this.bytes = bytes;
    this.description = description;
  }
}

/**
 * The tasks that run at the controller: meta functions, which see chunks, and results that are
 * held already. For the scheduler it is a worker that takes nothing else. Its values are brought to the
 * workers that need them; a result that some worker holds stays there, and gets a second name.
 */
export class ControllerTasks {
  readonly #parts: ControllerParts;
  /** The scheduler's index. */
  readonly index: number;
  readonly #values = new Map<number, unknown>();
  readonly #begun = new Map<number, Attempt>();
  /** Workers that were asked to give a value a second name, by its attempt. */
  readonly #asked = new Map<number, { link: WorkerLink; answer: (isDone: boolean) => void }>();

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    this.index = parts.core.addReserved(CONTROLLER);
  }

  /** Begins what can be begun. */
  begin(): void {
    const { core, runTable, publish } = this.#parts;
    for (let task = core.nextTask(this.index); task >= 0; task = core.nextTask(this.index)) {
      const placed = runTable.at(task)!;
      const begun: Attempt = { placed, task, attempt: core.attemptOf(task) };
      this.#begun.set(begun.attempt, begun);
      publish();
      // A user's function may take long: what the scheduler has for workers leaves first.
      if (placed.run.graph.leases.has(task - placed.base)) this.#perform(begun);
      else setImmediate(() => this.#perform(begun));
    }
  }

  /** The result of an attempt is not wanted any more. */
  cancel(attempt: number): void {
    const begun = this.#begun.get(attempt);
    if (begun === undefined) return;
    this.#begun.delete(attempt);
    const { placed, task } = begun;
    const { run, base } = placed;
    const reason = run.stopped ? run.reason : new ExecutorError("the result of the task is no longer needed");
    run.abort(task - base, reason);
    this.#parts.core.taskReleased(this.index, task, attempt);
  }

  free(attempt: number): void {
    this.#values.delete(attempt);
  }

  /** True if there is no value here. */
  get isEmpty(): boolean {
    return this.#values.size === 0;
  }

  get(attempt: number): unknown {
    return this.#values.get(attempt);
  }

  /** A worker has given a value a second name, or has not got it. */
  shared(attempt: number, isDone: boolean): void {
    const asked = this.#asked.get(attempt);
    this.#asked.delete(attempt);
    asked?.answer(isDone);
  }

  /** A worker will not answer any more. */
  lost(link: WorkerLink): void {
    for (const [attempt, asked] of this.#asked) if (asked.link === link) this.shared(attempt, false);
  }

  // ---------------------------------------------------------------- inside

  #perform(begun: Attempt): void {
    if (!this.#begun.has(begun.attempt)) return;
    let outcome: unknown;
    try {
      outcome = this.#outcomeOf(begun);
    } catch (thrown) {
      this.#end(begun, () => this.#parts.outcomes.failed(begun, this.index, thrown));
      return;
    }
    if (!isThenable(outcome)) {
      this.#end(begun, () => this.#finish(begun, outcome));
      return;
    }
    Promise.resolve(outcome).then(
      (value) => this.#end(begun, () => this.#finish(begun, value)),
      (reason) => this.#end(begun, () => this.#parts.outcomes.failed(begun, this.index, reason)),
    );
  }

  #outcomeOf(begun: Attempt): unknown {
    const { placed, task } = begun;
    const { run, base } = placed;
    const lease = run.graph.leases.get(task - base);
    if (lease !== undefined) {
      if (!(lease instanceof ChunkLease) || lease.where === undefined) return lease.value();
      return this.#adopt(begun, lease.where, lease.task, () => lease.value());
    }
    const results = this.#parts.resultsOf(placed);
    const resultOf = (dependency: number): unknown => {
      const attempt = this.#parts.core.attemptOf(base + dependency);
      return this.#values.has(attempt) ? this.#values.get(attempt) : results;
    };
    return run.inContext(() =>
      lend(run, task - base, resultOf, (outcome) => {
        if (!(outcome instanceof Chunk)) return outcome;
        const { source, place } = outcome;
        const found = source.has(place) ? source.whereIs(place) : undefined;
        if (found === undefined) return outcome.lease().value();
        return this.#adopt(begun, found.where, found.task, () => outcome.fetch());
      }),
    );
  }

  /** The result of another task as that of this one: where it is, if a worker of this executor has it. */
  #adopt(begun: Attempt, where: Elsewhere, number: number, fetch: () => unknown): unknown {
    const of = this.#parts.placedOf(where);
    if (of === undefined) return fetch();
    const results = this.#parts.resultsOf(of);
    return results.obtain(number, async () => {
      const { core, runTable, event } = this.#parts;
      if (runTable.of(of.run) !== of) return undefined;
      const task = of.base + number;
      const holders = core.whoHas(task);
      const attempt = core.attemptOf(task);
      if (holders.includes(this.index)) return { value: this.#values.get(attempt) };
      const link = holders.length === 0 ? undefined : this.#parts.linkAt(holders[0]!);
      if (link === undefined) return undefined;
      const found = new AtWorker(link, core.table.bytes[task]!, results.describe(number));
      const answer = new Promise<boolean>((resolve) =>
        this.#asked.set(begun.attempt, { link, answer: resolve }),
      );
      link.queue.share(begun.task, begun.attempt, attempt);
      link.queue.flush();
      if (await answer) {
        if (!this.#begun.has(begun.attempt)) {
          // Cancelled meanwhile: nobody else knows of the second name.
          link.queue.free(begun.attempt);
          link.queue.flush();
        }
        return { value: found };
      }
      if (!link.isGone) event(() => core.missingCopy(task, attempt, link.index));
      return undefined;
    });
  }

  /** An attempt is over, unless it was over before. */
  #end(begun: Attempt, report: () => void): void {
    this.#parts.event(() => {
      if (this.#begun.delete(begun.attempt)) report();
    });
  }

  #finish(begun: Attempt, value: unknown): void {
    const { core, outcomes } = this.#parts;
    const { placed, task, attempt } = begun;
    const number = task - placed.base;
    if (!(value instanceof AtWorker)) {
      this.#values.set(attempt, value);
      const shipment = outcomes.finished(begun, this.index, this.index, sizeOf(value));
      if (shipment !== undefined) placed.run.put(number, value);
      return;
    }
    const { link, bytes, description } = value;
    if (link.isGone) {
      core.taskReleased(this.index, task, attempt);
      return;
    }
    const shipment = outcomes.finished(begun, this.index, link.index, bytes);
    if (shipment === undefined) return;
    shipment.descriptions.set(number, description);
    placed.run.put(number, shipment.results);
  }
}
