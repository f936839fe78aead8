import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { atMost } from "../../spawn/at-most.ts";
import { uncaughtError } from "../../spawn/exit-reason.ts";
import { Lifecycle, type StartOptions } from "../../spawn/lifecycle.ts";
import type { ExitReason } from "../../spawn/spawn.ts";

/** How much of its output is remembered for errors, in characters. */
const LAST_WORDS = 4000;

export interface ChildOptions extends StartOptions {
  /** What it is, for errors: `worker "w"`. */
  readonly what: string;
  /** Takes what it writes to stderr. */
  readonly onOutput?: (text: string) => void;
  /** The error it is when it cannot start. */
  readonly StartError?: new (
    message: string,
    options?: ErrorOptions,
  ) => Error;
}

/** A process of this program that says when it is ready. It ends with this program by itself. */
export class Child<Ready> {
  readonly #process: ChildProcess;
  readonly #lifecycle: Lifecycle;
  #announced: Ready | undefined;
  #lastWords = "";

  /** @param process Just spawned, its stderr a pipe. */
  constructor(process: ChildProcess, { what, onOutput, ...options }: ChildOptions) {
    this.#process = process;
    this.#lifecycle = new Lifecycle(what, () => void process.kill("SIGKILL"), options);
    process.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS);
      onOutput?.(text);
    });
    process.on("error", (error) => {
      // Other errors, of a signal that could not be sent, are no end.
      if (process.pid === undefined) this.#lifecycle.ended({ code: null, signal: null, error });
    });
    process.on("exit", async (code, signal) => {
      // Not its own "close", which does not come if this side has closed the channel.
      await this.#lifecycle.drained(Promise.all([process.stdout, process.stderr].map(ended)));
      const error = code === 0 ? undefined : uncaughtError(this.#lastWords);
      this.#lifecycle.ended({ code, signal, error }, this.#lastWords.trim());
    });
  }

  /** -1 if the system could not make it. */
  get pid(): number {
    return this.#process.pid ?? -1;
  }

  /** Resolves with what it has said; rejects if it ends before, or takes too long. */
  async ready(): Promise<Ready> {
    await this.#lifecycle.ready;
    return this.#announced as Ready;
  }

  /** Resolves when it has ended, however. */
  get exited(): Promise<ExitReason> {
    return this.#lifecycle.exited;
  }

  /** The end of what it has written to stderr. */
  get lastWords(): string {
    return this.#lastWords;
  }

  /** It has said that it is ready. */
  announced(what: Ready): void {
    this.#announced = what;
    this.#lifecycle.joined();
  }

  /**
   * Asks it to end, and ends it if that takes too long. Resolves when it has ended.
   * @param ask How.
   * @param milliseconds How long it may take.
   */
  async stop(ask: (process: ChildProcess) => void, milliseconds: number): Promise<void> {
    this.ref();
    ask(this.#process);
    await atMost(milliseconds, this.exited);
    await this.kill();
  }

  /** Ends it at once; nothing if it has ended. */
  async kill(): Promise<void> {
    this.ref();
    this.#process.kill("SIGKILL");
    await this.#lifecycle.terminated();
  }

  /** It keeps this program running, as it does from the start. */
  ref(): void {
    for (const one of this.#handles) one.ref();
  }

  /** A program that has nothing else to do may end, and this process with it. */
  unref(): void {
    for (const one of this.#handles) one.unref();
  }

  get #handles(): readonly { ref(): unknown; unref(): unknown }[] {
    const { stdin, stdout, stderr, channel } = this.#process;
    const pipes = [stdin, stdout, stderr] as unknown as readonly (Socket | null | undefined)[];
    return [this.#process, ...pipes, channel].filter((one) => one !== null && one !== undefined);
  }
}

/** Resolves when nothing comes from it any more. */
function ended(pipe: Readable | null): Promise<unknown> {
  if (pipe === null || pipe.closed) return Promise.resolve();
  return new Promise((resolve) => pipe.once("close", resolve));
}
