import type { ContextSource, TaskContext } from "../../context.ts";
import { ExecutorError } from "../../errors.ts";
import type { KeyId } from "../protocol/key.ts";
import { WrittenNotes } from "./argument-bytes.ts";

/** What a task thread has been sent of a task. */
export interface SentTask {
  readonly number: number;
  readonly key: KeyId;
  /** Number of its function. */
  readonly fn: number;
  readonly argumentBytes: Uint8Array;
  readonly inputs: readonly Input[];
  /** For each input of the task which of them it is; `undefined` if that is their order. */
  readonly positions: Int32Array | undefined;
}

/** A value, or how it is to be made. */
export interface Input {
  prepare(): Promise<void> | undefined;
  value(): unknown;
}

/** A task that runs, as it sees itself. */
export class RunningTask implements ContextSource {
  readonly sent: SentTask;
  readonly notes: WrittenNotes;
  readonly start: number;
  readonly #worker: string;
  /** Whether the communication thread has been told. */
  isTold = false;
  #controller: AbortController | undefined;
  #reason: ExecutorError | undefined;

  constructor(sent: SentTask, start: number, worker: string) {
    this.sent = sent;
    this.notes = new WrittenNotes(sent.argumentBytes);
    this.start = start;
    this.#worker = worker;
  }

  /** Nobody wants its result. */
  stop(): void {
    this.#abort("the result of the task is no longer needed");
  }

  ended(): void {
    if (this.#controller === undefined) this.#reason ??= OVER;
  }

  contextOf(): TaskContext {
    const signalOf = (): AbortSignal => this.#signal();
    const { notes, sent } = this;
    return {
      get signal() {
        return signalOf();
      },
      key: sent.key,
      label: notes.label,
      worker: this.#worker,
    };
  }

  #abort(why: string): void {
    if (this.#reason !== undefined) return;
    this.#reason = new ExecutorError(why);
    this.#controller?.abort(this.#reason);
  }

  /** Made when it is asked for, which it seldom is. */
  #signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }
}

const OVER = new ExecutorError("the task is over");
