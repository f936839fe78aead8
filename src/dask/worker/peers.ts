import { asError } from "../../errors.ts";
import { messageOf } from "../../shown.ts";
import { getData } from "../comm/get-data.ts";
import { RpcPool } from "../comm/rpc-pool.ts";
import type { KeyId } from "../protocol/key.ts";
import type { Serialized } from "../protocol/message.ts";
import { sizeOf } from "../protocol/values.ts";
import type { Log } from "./log.ts";
import { sharedFrame } from "./shared-frame.ts";
import type { Transfers } from "./transfers.ts";

/** A peer that has not answered for so long is asked for a sign of life, again and again. In milliseconds. */
const PATIENCE = 10_000;
/** How long that may take. */
const SIGN_OF_LIFE = 10_000;
const CONNECT = 10_000;

/** A peer's answer: what it has of what it was asked for; it has no time; it cannot be reached. */
export type Answer = ReadonlyMap<KeyId, Serialized> | "busy" | "unreachable";

/** The other workers, as holders of values. */
export class Peers {
  readonly #pool = new RpcPool({ connectTimeout: CONNECT, allocate: sharedFrame });
  readonly #transfers: Transfers;
  readonly #log: Log;
  #isClosed = false;

  constructor(transfers: Transfers, log: Log) {
    this.#transfers = transfers;
    this.#log = log;
  }

  /**
   * Asks a peer for values. Never rejects, and ends: a peer that neither answers nor gives a sign of life is unreachable.
   * @param who this worker's address
   */
  async ask(peer: string, keys: readonly KeyId[], who: string): Promise<Answer> {
    const watch = this.#watch(peer);
    const began = performance.now();
    try {
      const answer = await getData(this.#pool, peer, keys, who);
      if (answer !== "busy") {
        let bytes = 0;
        for (const value of answer.values()) bytes += sizeOf(value);
        this.#transfers.received(peer, bytes, (performance.now() - began) / 1000);
      }
      return answer;
    } catch (error) {
      if (!this.#isClosed) {
        this.#log.warn(`${peer} did not hand over ${keys.length} results: ${messageOf(asError(error))}`);
      }
      return "unreachable";
    } finally {
      clearInterval(watch);
    }
  }

  /** The scheduler says that a peer is gone: nobody need wait for it any longer. */
  gone(peer: string): void {
    this.#pool.drop(peer);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#pool.close();
  }

  /** A large transfer may take long, and a dead machine does not say that it is dead. */
  #watch(peer: string): NodeJS.Timeout {
    let isAsking = false;
    const look = async (): Promise<void> => {
      if (isAsking) return;
      isAsking = true;
      try {
        await this.#pool.call(peer, "ping", {}, { timeout: SIGN_OF_LIFE });
      } catch (error) {
        this.#log.warn(`${peer} gives no sign of life: ${messageOf(asError(error))}`);
        this.#pool.drop(peer);
      }
      isAsking = false;
    };
    return setInterval(() => void look(), PATIENCE);
  }
}
