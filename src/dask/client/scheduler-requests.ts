import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { NoWorkerError, RemoteError } from "../../errors.ts";
import type { Bounds } from "../comm/within.ts";
import { type KeyId, keyId, keyOf, keyText } from "../protocol/key.ts";
import type { Profile } from "../protocol/profile.ts";
import { readIdentity, type SchedulerInfo } from "./worker-info.ts";

/** Workers are counted again after so many milliseconds. */
const COUNT_AGAIN = 100;
/** For requests that take as long as they take: the scheduler's being alive is their bound. */
export const AS_LONG_AS_ALIVE: Bounds = { timeout: Infinity };

/** What a client asks of its scheduler besides results. */
export abstract class SchedulerRequests {
  /** `tcp://host:port` of the scheduler. */
  abstract readonly address: string;
  /** As the scheduler knows this client. */
  abstract readonly id: string;
  /** Resolves when the scheduler has accepted this client. */
  abstract readonly ready: Promise<void>;
  /** What differs between releases; throws before `ready`. */
  abstract get profile(): Profile;
  protected abstract readonly noWorkerTimeout: number;

  /** Resolves when all keys are finished, see `SchedulerClient`. */
  abstract wait(keys: Iterable<KeyId>): Promise<void>;

  /** Any request: in the reply maps are `Map`s. `timeout` in milliseconds; default: that of the client. */
  abstract call(op: string, args?: Readonly<Record<string, unknown>>, bounds?: Bounds): Promise<unknown>;

  /** Addresses of the workers that hold each key. */
  async whoHas(keys?: Iterable<KeyId>, bounds: Bounds = {}): Promise<Map<KeyId, string[]>> {
    const args = keys === undefined ? {} : { keys: [...keys].map(keyOf) };
    return mapOf(await this.call("who_has", args, bounds), keyId, String);
  }

  /** Keys that each worker holds, by address. */
  async hasWhat(workers?: readonly string[]): Promise<Map<string, KeyId[]>> {
    return mapOf(await this.call("has_what", workers === undefined ? {} : { workers }), String, keyId);
  }

  /** The scheduler's own states of tasks: `processing`, `no-worker` …; `null` of those that it does not know. */
  async taskStates(keys: Iterable<KeyId>): Promise<Map<KeyId, string | null>> {
    const reply = await this.call("get_task_status", { keys: [...keys].map(keyOf) });
    const states = new Map<KeyId, string | null>();
    for (const [key, state] of reply instanceof Map ? reply : []) {
      states.set(keyId(key), typeof state === "string" ? state : null);
    }
    return states;
  }

  /** The scheduler, and its workers with their latest figures. */
  async schedulerInfo(): Promise<SchedulerInfo> {
    await this.ready;
    const { identityCount, release } = this.profile;
    return readIdentity(await this.call("identity", identityCount ? { n_workers: -1 } : {}), release);
  }

  /** `n` copies of each key, by default one at every worker (of `workers`). Waits for the keys first. */
  async replicate(
    keys: Iterable<KeyId>,
    { n, workers }: { readonly n?: number; readonly workers?: readonly string[] } = {},
  ): Promise<void> {
    const all = [...keys];
    await this.wait(all);
    const args = { n: n ?? null, workers: workers ?? null, branching_factor: 2, delete: true };
    this.#checkMoved(
      "replicate",
      await this.call("replicate", { keys: all.map(keyOf), ...args }, AS_LONG_AS_ALIVE),
    );
  }

  /** Spreads keys (or all there are) evenly over the workers, by bytes. Waits for the keys first. */
  async rebalance(keys?: Iterable<KeyId>, workers?: readonly string[]): Promise<void> {
    const all = keys === undefined ? undefined : [...keys];
    if (all !== undefined) await this.wait(all);
    const args = { keys: all?.map(keyOf) ?? null, workers: workers ?? null };
    this.#checkMoved("rebalance", await this.call("rebalance", args, AS_LONG_AS_ALIVE));
  }

  /**
   * Resolves when there are `n` workers at least.
   * @throws {NoWorkerError} after `timeout` milliseconds (default: `noWorkerTimeout`)
   */
  async waitForWorkers(
    n: number,
    {
      timeout = this.noWorkerTimeout,
      signal,
    }: { readonly timeout?: number; readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    const end = performance.now() + timeout;
    for (;;) {
      const workers = await this.call("ncores", {}, { signal });
      const count = workers instanceof Map ? workers.size : 0;
      if (count >= n) return;
      if (performance.now() >= end) {
        const found = `the scheduler at ${this.address} has ${count} workers`;
        throw new NoWorkerError(`${found}, ${n} were waited for, for ${timeout} ms`);
      }
      await sleep(COUNT_AGAIN, undefined, signal === undefined ? {} : { signal });
    }
  }

  /**
   * Forgets all tasks of all clients, whose keys are cancelled, and restarts the workers: those that nobody
   * starts again are gone for good. Waits for them for `timeout` milliseconds, default 30,000.
   */
  async restart({
    timeout = 30_000,
    waitForWorkers = true,
  }: {
    readonly timeout?: number;
    readonly waitForWorkers?: boolean;
  } = {}): Promise<void> {
    const args = { client: this.id, timeout: timeout / 1000, wait_for_workers: waitForWorkers };
    await this.call("restart", { ...args, stimulus_id: stimulus("restart") }, AS_LONG_AS_ALIVE);
  }

  /**
   * Moves what only these workers hold to others and lets them go; without `close` they stay connected to nobody.
   * Resolves with the addresses of those that are retired.
   */
  async retireWorkers(
    workers: readonly string[],
    { close = true, remove = true }: { readonly close?: boolean; readonly remove?: boolean } = {},
  ): Promise<string[]> {
    const args = { workers, close_workers: close, remove, stimulus_id: stimulus("retire-workers") };
    const retired = await this.call("retire_workers", args, AS_LONG_AS_ALIVE);
    return retired instanceof Map ? [...retired.keys()].map(String) : [];
  }

  #checkMoved(op: string, reply: unknown): void {
    if (!(reply instanceof Map) || reply.get("status") === "OK") return;
    const keys: unknown = reply.get("keys");
    const names = Array.isArray(keys) ? keys.slice(0, 5).map((key) => keyText(keyId(key))) : [];
    throw new RemoteError(
      `${op} at ${this.address} was not possible for all keys, such as ${names.join(", ")}: they may have been lost meanwhile`,
      "",
      "",
    );
  }
}

function stimulus(what: string): string {
  return `${what}-${randomUUID()}`;
}

function mapOf<K, V>(
  reply: unknown,
  asKey: (key: unknown) => K,
  asValue: (value: unknown) => V,
): Map<K, V[]> {
  const map = new Map<K, V[]>();
  for (const [key, values] of reply instanceof Map ? reply : []) {
    map.set(asKey(key), Array.isArray(values) ? values.map(asValue) : []);
  }
  return map;
}
