import { asError } from "../errors.ts";
import { atMost } from "./at-most.ts";
import { describeExit } from "./exit-reason.ts";
import type { ExitReason } from "./spawn.ts";
import { WorkerStartError } from "./worker-start-error.ts";

/** How long a worker may take until it has joined, in milliseconds. */
const START_LIMIT = 30_000;

/** How long the end of a worker may take, in milliseconds. A thread in a call of the system cannot be stopped. */
const END_LIMIT = 5000;
/** How long its last messages may take after that: others may have inherited its pipes. In milliseconds. */
const DRAIN_LIMIT = 1000;

export interface StartOptions {
  /** How long it may take until it has joined, in milliseconds. Default: 30,000. */
  readonly startLimit?: number;
  /** The error it is when it cannot start. Default: `WorkerStartError`. */
  readonly StartError?: new (
    message: string,
    options?: ErrorOptions,
  ) => Error;
}

/** From start to end: `ready` settles once, `exited` resolves once, in this order. */
export class Lifecycle {
  readonly ready: Promise<void>;
  readonly exited: Promise<ExitReason>;
  readonly #what: string;
  readonly #StartError: NonNullable<StartOptions["StartError"]>;
  readonly #timer: NodeJS.Timeout;
  #resolveReady!: () => void;
  #rejectReady!: (reason: Error) => void;
  #resolveExited!: (reason: ExitReason) => void;
  #terminated = false;

  /**
   * @param what It is, for errors: `worker "w"`.
   * @param end Ends the worker, if it takes too long to start.
   */
  constructor(what: string, end: () => void, options: StartOptions = {}) {
    const { startLimit = START_LIMIT, StartError = WorkerStartError } = options;
    this.#what = what;
    this.#StartError = StartError;
    this.ready = new Promise((resolve, reject) => {
      this.#resolveReady = resolve;
      this.#rejectReady = reject;
    });
    // Who is interested only in the end need not take the failure to start.
    this.ready.catch(() => {});
    this.exited = new Promise((resolve) => {
      this.#resolveExited = resolve;
    });
    this.#timer = setTimeout(() => {
      this.#rejectReady(this.#startError(`it had not joined after ${startLimit / 1000} s`));
      end();
    }, startLimit).unref();
  }

  /** The worker has joined. */
  joined(): void {
    clearTimeout(this.#timer);
    this.#resolveReady();
  }

  /** The end that follows is wanted. Resolves with it, or when it takes too long. */
  async terminated(): Promise<void> {
    this.#terminated = true;
    await atMost(END_LIMIT, this.exited);
  }

  /** Resolves when the worker's last messages have been delivered, or when that takes too long. */
  async drained(pipes: Promise<unknown>): Promise<void> {
    await atMost(DRAIN_LIMIT, pipes);
  }

  /** @param lastWords What the worker wrote before it ended, if that is not part of the reason. */
  ended(reason: ExitReason, lastWords = ""): void {
    clearTimeout(this.#timer);
    const how = this.#terminated ? "it was terminated" : `it ${describeExit(reason)}`;
    this.#rejectReady(this.#startError([how, lastWords].filter(Boolean).join("\n"), reason.error));
    this.#resolveExited(reason);
  }

  #startError(why: string, cause?: Error): Error {
    return new this.#StartError(`${this.#what} could not start: ${why}`, cause && { cause: asError(cause) });
  }
}
