import { randomUUID } from "node:crypto";
import { Library } from "../../closure/library.ts";
import { WorkerLostError } from "../../errors.ts";
import { describeExit } from "../../spawn/exit-reason.ts";
import type { ExitReason } from "../../spawn/spawn.ts";
import { type WrittenFailure, writeFailure } from "../protocol/exceptions.ts";
import { wallClock } from "./batch.ts";
import { failureBytes } from "./failure.ts";
import type { Crashed, Failed } from "./reports.ts";
import type { OpenOrder } from "./thread-link.ts";

/** Failures that tasks have not come to tell of themselves. */
export class ThreadFailures {
  readonly #worker: string;
  readonly #library = new Library(randomUUID());

  /** @param worker name of the worker */
  constructor(worker: string) {
    this.#worker = worker;
  }

  /** What was sent is no task that can be run here. */
  refusal(open: OpenOrder, problem: Error): Failed {
    const now = wallClock();
    return { start: now, stop: now, thread: 0, failure: this.#written(open, problem) };
  }

  /** A task has ended its thread. */
  crash(open: OpenOrder, thread: number, start: number, how: ExitReason): Crashed {
    const reason = describeExit(how);
    const error = new WorkerLostError(
      `the thread that ran "${open.notes.label}" ${reason}`,
      how.error && { cause: how.error },
    );
    return { start, stop: wallClock(), thread, reason, failure: this.#written(open, error) };
  }

  #written({ order: { key }, notes: { label, node } }: OpenOrder, error: Error): WrittenFailure {
    const task = { key, label, node, worker: this.#worker, attempt: randomUUID() };
    return writeFailure(error, failureBytes(error, task, this.#library));
  }
}
