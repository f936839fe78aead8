import { type Backoff, backoffDelay } from "../core/scheduler/retry.ts";
import { asError } from "../errors.ts";
import type { TaskInfo } from "../graph/lower.ts";
import type { RetryPredicate } from "../nodes/options.ts";
import { messageOf, shown } from "../shown.ts";

/** How failures are retried when a node does not say otherwise. */
export interface RetrySettings {
  readonly retries: number;
  readonly retryOn: readonly RetryPredicate[];
  readonly backoff: Backoff;
}

/** What is to follow an attempt that threw. */
export interface Judgement {
  readonly error: Error;
  /** The pause before the next attempt in milliseconds, or -1 if there is to be none. */
  readonly delay: number;
}

/** Counts the failed attempts of a run's tasks, and decides about the next ones. */
export class Retries {
  readonly #settings: RetrySettings;
  readonly #failed = new Map<number, number>();

  constructor(settings: RetrySettings) {
    this.#settings = settings;
  }

  /** How many attempts of the task have failed. */
  failedAttempts(task: number): number {
    return this.#failed.get(task) ?? 0;
  }

  /** A predicate that throws ends the attempts: its error and the task's are in an `AggregateError`. */
  judge(task: number, { label, options }: TaskInfo, thrown: unknown): Judgement {
    const error = asError(thrown);
    const failed = this.failedAttempts(task) + 1;
    this.#failed.set(task, failed);
    if (failed > (options?.retries ?? this.#settings.retries)) return { error, delay: -1 };
    const predicates = options?.retryOn === undefined ? this.#settings.retryOn : [options.retryOn].flat();
    try {
      if (!predicates.some((predicate) => predicate(error))) return { error, delay: -1 };
    } catch (mistake) {
      const message = `retryOn of "${label}" threw ${shown(mistake)} when it was asked about: ${messageOf(error)}`;
      return { error: new AggregateError([error, mistake], message), delay: -1 };
    }
    return { error, delay: backoffDelay(this.#settings.backoff, failed, Math.random()) };
  }
}
