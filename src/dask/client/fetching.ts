import type { Library } from "../../closure/library.ts";
import { Deferred } from "../../nodes/result.ts";
import type { KeyId } from "../protocol/key.ts";
import type { Serialized } from "../protocol/message.ts";
import { prepareAny, readAny } from "../tasks/any-value.ts";
import type { SchedulerClient } from "./scheduler-client.ts";

/** Brings values from the cluster, as many at a time as are asked for in one turn. */
export class Fetching {
  readonly #client: SchedulerClient;
  readonly #library: Library;
  #asked = new Map<KeyId, Deferred<unknown>>();
  #underWay = 0;

  constructor(client: SchedulerClient, library: Library) {
    this.#client = client;
    this.#library = library;
  }

  /** How many values are under way; whoever gets one finds it counted no more. */
  get underWay(): number {
    return this.#underWay;
  }

  /** The value of a key that is wanted. Rejects with the error of the task if it cannot be computed any more. */
  fetch(key: KeyId): Promise<unknown> {
    const known = this.#asked.get(key);
    if (known !== undefined) return known.promise;
    const deferred = new Deferred<unknown>();
    if (this.#asked.size === 0) queueMicrotask(() => void this.#bring());
    this.#asked.set(key, deferred);
    this.#underWay++;
    return deferred.promise;
  }

  async #bring(): Promise<void> {
    const asked = this.#asked;
    this.#asked = new Map();
    try {
      const values = await this.#client.gather(asked.keys());
      await Promise.all([...asked].map(([key, deferred]) => this.#settle(deferred, values.get(key)!)));
    } catch (problem) {
      // One that cannot be had is no reason to have none.
      if (asked.size === 1) for (const deferred of asked.values()) this.#reject(deferred, problem);
      else await Promise.all([...asked].map(([key, deferred]) => this.#bringOne(key, deferred)));
    }
  }

  async #bringOne(key: KeyId, deferred: Deferred<unknown>): Promise<void> {
    try {
      const values = await this.#client.gather([key]);
      await this.#settle(deferred, values.get(key)!);
    } catch (problem) {
      this.#reject(deferred, problem);
    }
  }

  async #settle(deferred: Deferred<unknown>, serialized: Serialized): Promise<void> {
    try {
      await prepareAny(serialized, this.#library);
      const value = readAny(serialized, this.#library);
      this.#underWay--;
      deferred.resolve(value);
    } catch (problem) {
      this.#reject(deferred, problem);
    }
  }

  #reject(deferred: Deferred<unknown>, problem: unknown): void {
    this.#underWay--;
    deferred.reject(problem);
  }
}
