import { asError } from "../../errors.ts";
import { messageOf } from "../../shown.ts";
import type { RpcPool } from "../comm/rpc-pool.ts";
import { fieldsOf } from "../protocol/messages.ts";
import type { Log } from "./log.ts";

/** A scheduler that has not answered for so long is lost, in milliseconds: then it has forgotten its workers, too. */
const SILENCE = 300_000;
/** An answer may take so long, in milliseconds. */
const ANSWER = 30_000;

export interface HeartbeatOptions {
  readonly pool: RpcPool;
  readonly scheduler: string;
  /** This worker's. */
  readonly address: string;
  /** Seconds, until the scheduler wants something else. */
  readonly interval: number;
  /** Fields of a heartbeat that change. */
  readonly state: () => { readonly metrics: unknown; readonly executing: unknown };
  /** The scheduler knows it now. */
  readonly onHeard: () => void;
  /** The scheduler does not know this worker. */
  readonly onMissing: () => void;
  /** The scheduler is silent for too long. */
  readonly onSilence: (reason: string) => void;
  readonly log: Log;
}

/** Tells the scheduler again and again that this worker is alive, and how it is. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #timer: NodeJS.Timeout | undefined;
  #interval: number;
  #heard = performance.now();
  /** A failure that has been said. */
  #isFailing = false;
  readonly #end = new AbortController();

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#interval = options.interval;
    this.#wait();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#end.abort();
  }

  #wait(): void {
    if (this.#end.signal.aborted) return;
    this.#timer = setTimeout(() => void this.#beat(), this.#interval * 1000);
  }

  async #beat(): Promise<void> {
    const { pool, scheduler, address, state, log } = this.#options;
    try {
      const reply = fieldsOf(
        "the reply to heartbeat_worker",
        await pool.call(
          scheduler,
          "heartbeat_worker",
          { address, now: Date.now() / 1000, ...state(), extensions: {} },
          { timeout: ANSWER, signal: this.#end.signal },
        ),
      );
      if (this.#end.signal.aborted) return;
      if (reply.string("status") === "missing") return this.#options.onMissing();
      this.#interval = Math.max(0.1, reply.number("heartbeat-interval"));
      this.#heard = performance.now();
      this.#isFailing = false;
      this.#options.onHeard();
    } catch (error) {
      if (this.#end.signal.aborted) return;
      const reason = messageOf(asError(error));
      if (!this.#isFailing) log.warn(`a heartbeat did not reach the scheduler: ${reason}`);
      this.#isFailing = true;
      if (performance.now() - this.#heard > SILENCE) return this.#options.onSilence(reason);
    }
    this.#wait();
  }
}
