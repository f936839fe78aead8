import type { Library } from "../../closure/library.ts";
import type { SchedulerState } from "../../core/scheduler/state.ts";
import { type Description, describe } from "../../describe.ts";
import { asError, ExecutorError, WorkerLostError } from "../../errors.ts";
import { decode } from "../../serialize/encode.ts";
import { ABSENT, ONLY_DESCRIBED, PLAIN } from "../../worker/protocol.ts";
import type { Clock } from "../clock.ts";
import type { Placed, RunTable } from "../run-table.ts";
import type { RemoteResults } from "./remote-results.ts";
import type { Cargo } from "./shipping.ts";

/** A run's functions and results. */
export interface Shipment {
  readonly cargo: Cargo;
  readonly results: RemoteResults;
  /** Workers of a higher index were started for it, too. */
  readonly since: number;
  /** What is known of results that are not here. */
  readonly descriptions: Map<number, Description>;
}

/** What outcomes need of the executor. */
export interface OutcomeParts {
  readonly core: SchedulerState;
  readonly runTable: RunTable;
  readonly library: Library;
  readonly clock: Clock;
  readonly shipmentOf: (placed: Placed) => Shipment | undefined;
  /** Tells observers of transitions, and why tasks failed. */
  readonly publish: (error?: Error) => void;
  readonly publishThrough: (cause: Error | undefined) => void;
}

/** An attempt at a task. */
export interface Attempt {
  readonly placed: Placed;
  readonly task: number;
  readonly attempt: number;
}

/** Tells the scheduler, runs, and those who wait for results of runs that are over, what came of attempts. */
export class Outcomes {
  readonly #parts: OutcomeParts;
  /** Bytes of intermediate results that came to this process. */
  bytesBrought = 0;

  constructor(parts: OutcomeParts) {
    this.#parts = parts;
  }

  /**
   * An attempt has made a value.
   * @param by the worker that has made it
   * @param holder the worker that has it
   * @returns the shipment of the run, if that has no value of the task yet and is to be given it
   */
  finished(
    { placed, task, attempt }: Attempt,
    by: number,
    holder: number,
    bytes: number,
  ): Shipment | undefined {
    const { core, runTable, publish, shipmentOf } = this.#parts;
    const { run, base } = placed;
    core.taskFinished(by, task, attempt, bytes, holder);
    const isCurrent = runTable.of(run) === placed && core.attemptOf(task) === attempt;
    // Observers hear of it first: with its last result a run is over.
    publish();
    if (!isCurrent) return undefined;
    const shipment = shipmentOf(placed)!;
    if (shipment.results.isAwaited) shipment.results.news(task - base);
    // A result that was lost and computed again is known already.
    return run.ended || run.isSettled(task - base) ? undefined : shipment;
  }

  /** The same as a worker reports it; `form` says what `data` is. */
  reported(made: Attempt, by: number, bytes: number, form: number, data: unknown): void {
    const shipment = this.finished(made, by, by, bytes);
    if (shipment === undefined) return;
    const { run, base } = made.placed;
    const number = made.task - base;
    if (form === ABSENT || form === ONLY_DESCRIBED) {
      if (form === ONLY_DESCRIBED) shipment.descriptions.set(number, data as Description);
      run.put(number, shipment.results);
      return;
    }
    if (run.isIntermediate(number)) this.bytesBrought += bytes;
    const { library } = this.#parts;
    const value = decode(data, form === PLAIN, library);
    if (shipment.cargo.described.has(number)) shipment.descriptions.set(number, describe(value, bytes));
    run.put(number, value);
  }

  /** An attempt has failed: the task is tried again, or has failed for good. */
  failed({ placed, task, attempt }: Attempt, by: number, thrown: unknown): void {
    const { core, clock, publish } = this.#parts;
    const { run, base } = placed;
    if (run.ended) {
      core.taskErred(by, task, attempt, -1);
      this.#fail(placed, task, asError(thrown));
      return;
    }
    const { error, delay } = run.judge(task - base, thrown);
    core.taskErred(by, task, attempt, delay < 0 ? -1 : clock.now() + delay);
    publish(error);
    if (delay >= 0) return;
    this.#fail(placed, task, error);
    run.fail(task - base, error);
  }

  /** A task cannot run, because this dependency of it has failed. */
  failedThrough(placed: Placed, task: number, dependency: number): void {
    const { run, base } = placed;
    // Before the end of the run, which forgets its tasks.
    this.#parts.publishThrough(run.causeOf(dependency - base));
    this.#fail(placed, task, new ExecutorError("an input could not be computed again"));
    if (!run.ended) run.failThrough(task - base, dependency - base);
  }

  /** Workers were lost again and again while they ran the task; `exit` tells of the last one. */
  givenUp(
    placed: Placed,
    task: number,
    exit: { readonly text: string; readonly error: Error | undefined },
  ): void {
    const { run, base } = placed;
    const { label } = run.graph.info(task - base);
    const lost = new WorkerLostError(
      `"${label}" was given up, because each worker that ran it was lost; the last one, ${exit.text}`,
      { cause: exit.error },
    );
    this.#fail(placed, task, lost);
    if (!run.ended) run.fail(task - base, lost);
  }

  /** Whoever waits for the result, apart from the run: a user after its end, or a meta function. */
  #fail(placed: Placed, task: number, error: Error): void {
    this.#parts.shipmentOf(placed)?.results.fail(task - placed.base, error);
  }
}
