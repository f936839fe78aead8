import type { StateName } from "../../core/scheduler/task-state.ts";
import type { Run } from "../../executors/run.ts";

/** The way of a task that goes well. */
const WAY: readonly StateName[] = ["released", "waiting", "queued", "processing", "memory"];
const RELEASED = 0;
const WAITING = 1;
const PROCESSING = 3;
const MEMORY = 4;
const ERRED = 5;

/**
 * Tells observers of a run how its tasks get on. What is heard of the cluster has gaps (a task that took no time was
 * never seen running), so the transitions in between are told with the next that is heard of.
 */
export class TaskProgress {
  readonly #run: Run;
  readonly #isObserved: () => boolean;
  readonly #states: Uint8Array;

  constructor(run: Run, isObserved: () => boolean) {
    this.#run = run;
    this.#isObserved = isObserved;
    this.#states = new Uint8Array(run.graph.size);
  }

  /** The scheduler has been given the task. */
  submitted(task: number): void {
    if (this.#states[task] === RELEASED) this.#advance(task, WAITING, null);
  }

  /** A worker has begun it; perhaps again, because another one was lost. */
  begun(task: number, worker: string): void {
    if (this.#states[task]! >= PROCESSING) this.#set(task, WAITING, null);
    this.#advance(task, PROCESSING, worker);
  }

  finished(task: number, worker: string | null): void {
    if (this.#states[task]! < MEMORY) this.#advance(task, MEMORY, worker);
  }

  /** An attempt has failed. */
  failed(task: number, worker: string | null, error: Error, isTriedAgain: boolean): void {
    if (this.#states[task]! < PROCESSING) this.#advance(task, PROCESSING, worker);
    this.#set(task, isTriedAgain ? WAITING : ERRED, worker, error);
  }

  /** It cannot run, because what it needs has failed with this error. */
  failedThrough(task: number, cause: Error | undefined): void {
    this.submitted(task);
    this.#set(task, ERRED, null, cause);
  }

  released(task: number): void {
    if (this.#states[task] === MEMORY) this.#set(task, RELEASED, null);
  }

  #advance(task: number, to: number, worker: string | null): void {
    for (let state = this.#states[task]! + 1; state <= to; state++) {
      this.#set(task, state, state >= PROCESSING ? worker : null);
    }
  }

  #set(task: number, to: number, worker: string | null, error?: Error): void {
    const from = this.#states[task]!;
    this.#states[task] = to;
    if (from === to || this.#run.ended || !this.#isObserved()) return;
    const name = (state: number): StateName => (state === ERRED ? "erred" : WAY[state]!);
    this.#run.transition(task, name(from), name(to), error, worker);
  }
}
