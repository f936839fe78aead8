import { ExecutorError, TimeoutError } from "../../errors.ts";
import type { Clock } from "../clock.ts";
import type { Sent, WorkerLink } from "./link.ts";
import type { Moving } from "./moving.ts";

/** How long a worker may go on with a task that is not wanted, before it is replaced; in milliseconds. */
const PATIENCE = 250;

/** What stopping tasks needs of the executor. */
export interface StoppingParts {
  readonly clock: Clock;
  readonly moving: Moving;
  readonly guarded: (body: () => void) => void;
}

/**
 * Stops tasks that are not wanted any more, or take too long. One that has not begun is taken
 * back. One that runs is told; and a worker that does not answer is computing, and is replaced.
 */
export class Stopping {
  readonly #parts: StoppingParts;

  constructor(parts: StoppingParts) {
    this.#parts = parts;
  }

  /** A task has begun: its limit counts from now on. */
  begun(link: WorkerLink, sent: Sent): void {
    if (sent.isCancelled) return;
    const { options, label } = sent.placed.run.graph.info(sent.task - sent.placed.base);
    const limit = options?.timeout;
    if (limit === undefined) return;
    const { clock, guarded } = this.#parts;
    sent.limit = clock.setTimeout(() => {
      sent.failure = new TimeoutError(`"${label}"`, limit);
      guarded(() => this.#tell(link, sent, sent.failure));
    }, limit);
  }

  /** The result of a task is not wanted any more. */
  cancel(link: WorkerLink, sent: Sent): void {
    if (sent.isCancelled) return;
    this.forget(sent);
    sent.isCancelled = true;
    const { run } = sent.placed;
    const reason = run.stopped ? run.reason : new ExecutorError("the result of the task is no longer needed");
    this.#parts.moving.revoke(link, [sent], () => {
      if (link.sent.get(sent.attempt) === sent) this.#tell(link, sent, reason);
    });
  }

  /** A task is over. */
  forget(sent: Sent): void {
    if (sent.limit !== undefined) this.#parts.clock.clearTimeout(sent.limit);
    if (sent.patience !== undefined) clearTimeout(sent.patience);
  }

  #tell(link: WorkerLink, sent: Sent, reason: unknown): void {
    sent.isCancelled = true;
    link.queue.cancel(sent.attempt, reason);
    link.queue.flush();
    // Real time: what is waited for is a real worker, whatever the clock of pauses and limits says.
    sent.patience = setTimeout(() => {
      link.isLeaving = true;
      void link.worker.terminate();
    }, PATIENCE);
  }
}
