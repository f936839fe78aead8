import { asError, type CommError } from "../../errors.ts";
import { messageOf } from "../../shown.ts";
import { streamMessages } from "../protocol/messages.ts";
import type { Connection } from "./connection.ts";

export interface StreamOptions {
  /** Messages sent within so many milliseconds leave together. Default: 2. */
  readonly interval?: number;
  /** Takes what has come, in order. What it throws is logged, and the stream goes on. */
  readonly onMessages: (messages: readonly unknown[]) => void;
  /** Called once, when the connection has ended: with the reason, or `undefined` after `close()`. */
  readonly onClose: (reason: CommError | undefined) => void;
  readonly log?: (line: string) => void;
}

/**
 * A connection in stream mode: lists of messages go both ways, without replies. The first message
 * leaves at once, later ones after the interval, all that there are together.
 */
export class BatchedStream {
  readonly #connection: Connection;
  readonly #interval: number;
  readonly #log: (line: string) => void;
  #unsent: unknown[] = [];
  /** True while a batch is on its way, or has just left. */
  #busy = false;
  /** For messages that could wait. */
  #later: NodeJS.Timeout | undefined;
  #over = false;

  constructor(connection: Connection, { interval = 2, onMessages, onClose, log = () => {} }: StreamOptions) {
    this.#connection = connection;
    this.#interval = interval;
    this.#log = log;
    void this.#receive(onMessages);
    connection.closed.then((reason) => {
      this.#end();
      onClose(reason);
    });
  }

  /** The other end. */
  get peer(): string {
    return this.#connection.peer;
  }

  /** Keeps the process alive while the stream is open, as at first. */
  ref(): void {
    this.#connection.ref();
  }

  /** Lets the process end although the stream is open. */
  unref(): void {
    this.#connection.unref();
  }

  /** Never throws: after the end of the stream nothing is sent, and `onClose` has said so, or will. */
  send(...messages: readonly unknown[]): void {
    if (this.#over) return;
    for (const message of messages) this.#unsent.push(message);
    if (!this.#busy) void this.#transmit();
  }

  /** The same for what nobody waits for: it leaves with what is sent next, and at latest after the interval. */
  sendLater(...messages: readonly unknown[]): void {
    if (this.#over) return;
    for (const message of messages) this.#unsent.push(message);
    if (!this.#busy) this.#later ??= setTimeout(() => void this.#transmit(), this.#interval);
  }

  /** Sends what is left, and ends the connection. Bounded. */
  async close(): Promise<void> {
    if (!this.#over) {
      this.#end();
      if (this.#unsent.length > 0) this.#connection.write(this.#batch()).catch(() => {});
    }
    await this.#connection.close();
  }

  /** Ends the connection at once, with a reason for `onClose`. */
  abort(reason?: string): void {
    this.#end();
    this.#connection.abort(reason);
  }

  #end(): void {
    this.#over = true;
    clearTimeout(this.#later);
  }

  #batch(): unknown[] {
    const batch = this.#unsent;
    this.#unsent = [];
    return batch;
  }

  async #transmit(): Promise<void> {
    this.#busy = true;
    clearTimeout(this.#later);
    this.#later = undefined;
    // All that is said in this turn.
    await Promise.resolve();
    while (this.#unsent.length > 0 && !this.#over) {
      try {
        await this.#connection.write(this.#batch());
      } catch (error) {
        // A message that cannot be sent would be missed by the other side without a word.
        this.#connection.abort(`was given up, as a message cannot be sent: ${messageOf(asError(error))}`);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, this.#interval));
    }
    this.#busy = false;
  }

  async #receive(onMessages: (messages: readonly unknown[]) => void): Promise<void> {
    try {
      for (;;) {
        const messages = streamMessages(await this.#connection.read());
        try {
          onMessages(messages);
        } catch (error) {
          this.#log(`a message of ${this.peer} could not be dealt with: ${messageOf(asError(error))}`);
        }
      }
    } catch (error) {
      // The connection has said so itself, unless it carried what is no list of messages.
      this.#connection.abort(`was given up: ${messageOf(asError(error))}`);
    }
  }
}
