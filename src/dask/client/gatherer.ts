import { RpcPool } from "../comm/rpc-pool.ts";
import type { Bounds } from "../comm/within.ts";
import { type KeyId, keyOf } from "../protocol/key.ts";
import type { Serialized } from "../protocol/message.ts";
import { fieldsOf } from "../protocol/messages.ts";
import { gatherFromWorkers } from "./gather.ts";
import { AS_LONG_AS_ALIVE, type SchedulerRequests } from "./scheduler-requests.ts";

/** A worker that could not be talked to is not tried again for so many milliseconds. */
const AVOID = 60_000;
/** Time to connect to a worker in, in milliseconds: there is the way through the scheduler as well. */
const CONNECT = 5000;

/** Fetches values from workers, and through the scheduler those that the workers do not give. */
export class Gatherer {
  readonly #scheduler: SchedulerRequests;
  readonly #pool: RpcPool;
  readonly #stall: number;
  readonly #log: (line: string) => void;
  /** Workers that could not be talked to, and until when they are not tried. */
  readonly #avoided = new Map<string, number>();

  /** @param timeout Bound on connecting, and on the time in which nothing comes, in milliseconds. */
  constructor(scheduler: SchedulerRequests, timeout: number, log: (line: string) => void) {
    this.#scheduler = scheduler;
    this.#pool = new RpcPool({ connectTimeout: Math.min(timeout, CONNECT) });
    this.#stall = timeout;
    this.#log = log;
  }

  /** As many of the values as can be had now. */
  async fetch(keys: readonly KeyId[], signal: AbortSignal | undefined): Promise<Map<KeyId, Serialized>> {
    const bounds: Bounds = { ...AS_LONG_AS_ALIVE, signal };
    const whoHas = await this.#scheduler.whoHas(keys, bounds);
    const found = await gatherFromWorkers(this.#reachable(whoHas), {
      ...{ pool: this.#pool, who: this.#scheduler.id, stall: this.#stall, signal, log: this.#log },
      onUnreachable: (address) => this.#avoided.set(address, performance.now() + AVOID),
    });
    const rest = keys.filter((key) => !found.has(key) && (whoHas.get(key)?.length ?? 0) > 0);
    if (rest.length === 0) return found;
    const reply = await this.#scheduler.call("gather", { keys: rest.map(keyOf) }, bounds);
    const fields = fieldsOf("the reply to gather", reply);
    if (fields.string("status") === "OK")
      for (const [key, value] of fields.data("data")) found.set(key, value);
    return found;
  }

  ref(): void {
    this.#pool.ref();
  }

  unref(): void {
    this.#pool.unref();
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  #reachable(whoHas: ReadonlyMap<KeyId, readonly string[]>): ReadonlyMap<KeyId, readonly string[]> {
    const now = performance.now();
    for (const [address, end] of this.#avoided) if (end < now) this.#avoided.delete(address);
    if (this.#avoided.size === 0) return whoHas;
    return new Map(
      [...whoHas].map(([key, all]) => [key, all.filter((address) => !this.#avoided.has(address))]),
    );
  }
}
