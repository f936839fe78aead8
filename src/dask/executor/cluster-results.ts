import type { Description } from "../../describe.ts";
import { ReleasedError } from "../../errors.ts";
import { ELSEWHERE, type Elsewhere } from "../../executors/elsewhere.ts";
import type { KeyListener } from "../client/key-listener.ts";
import type { SchedulerClient } from "../client/scheduler-client.ts";
import type { KeyId } from "../protocol/key.ts";

/** What results need of the executor: the same for all runs, so that results hold none of them. */
export interface ClusterAccess {
  readonly client: Pick<SchedulerClient, "release">;
  /** The value, brought from the workers that hold it. */
  readonly fetch: (key: KeyId) => Promise<unknown>;
  /** Nothing is held any more. */
  readonly onEmpty: (results: ClusterResults) => void;
}

/** Bytes of values that come to the client without being asked for. */
const SMALL = 64 * 1024;

/** The results of one run that workers of the cluster hold for this client. */
export class ClusterResults implements Elsewhere {
  readonly [ELSEWHERE] = true;
  readonly #access: ClusterAccess;
  readonly #listener: KeyListener;
  /** By task, as long as they are held. */
  readonly #held = new Map<number, { readonly key: KeyId; readonly label: string }>();
  readonly #descriptions = new Map<number, Description>();
  readonly #released = new Map<number, string>();
  /** By task, how often its value is being fetched. */
  readonly #fetching = new Map<number, number>();
  /** Keys to be released as soon as they have been fetched: the scheduler forgets a key at once. */
  readonly #due = new Map<number, KeyId>();
  #end: unknown;

  /** @param listener in whose name the keys are wanted */
  constructor(access: ClusterAccess, listener: KeyListener) {
    this.#access = access;
    this.#listener = listener;
  }

  /** A result is held from now on. */
  add(task: number, key: KeyId, label: string): void {
    this.#held.set(task, { key, label });
  }

  described(task: number, description: Description): void {
    this.#descriptions.set(task, description);
  }

  /** The key of a result that is held. */
  keyOf(task: number): KeyId | undefined {
    return this.#held.get(task)?.key;
  }

  async fetch(task: number): Promise<unknown> {
    const held = this.#held.get(task);
    if (held === undefined) throw this.#gone(task);
    this.#fetching.set(task, (this.#fetching.get(task) ?? 0) + 1);
    try {
      return await this.#access.fetch(held.key);
    } finally {
      this.#fetched(task);
    }
  }

  /** As the worker estimated it that made the value; 0 before it has said so. */
  bytesOf(task: number): number {
    return this.#held.has(task) ? (this.#descriptions.get(task)?.bytes ?? 0) : 0;
  }

  /** True if the value is known to be no more than what is brought without being asked for. */
  isSmall(task: number): boolean {
    const description = this.#descriptions.get(task);
    return description !== undefined && description.bytes <= SMALL;
  }

  describe(task: number): Description {
    return this.#descriptions.get(task) ?? { type: "unknown", bytes: 0 };
  }

  release(task: number): void {
    const held = this.#held.get(task);
    if (held === undefined) return;
    this.#held.delete(task);
    this.#descriptions.delete(task);
    this.#released.set(task, held.label);
    if (this.#fetching.has(task)) this.#due.set(task, held.key);
    else this.#giveBack([held.key]);
    if (this.#held.size === 0) this.#access.onEmpty(this);
  }

  get isEmpty(): boolean {
    return this.#held.size === 0;
  }

  /** Bytes of all that is held. */
  get bytes(): number {
    let bytes = 0;
    for (const task of this.#held.keys()) bytes += this.bytesOf(task);
    return bytes;
  }

  /** Nothing is held any more. */
  close(reason: unknown): void {
    this.#end = reason;
    const keys = [...this.#held.values()].map(({ key }) => key).concat(...this.#due.values());
    this.#held.clear();
    this.#due.clear();
    if (keys.length > 0) this.#giveBack(keys);
    this.#access.onEmpty(this);
  }

  #fetched(task: number): void {
    const left = this.#fetching.get(task)! - 1;
    if (left > 0) {
      this.#fetching.set(task, left);
      return;
    }
    this.#fetching.delete(task);
    const due = this.#due.get(task);
    this.#due.delete(task);
    if (due !== undefined && this.#end === undefined) this.#giveBack([due]);
  }

  #giveBack(keys: readonly KeyId[]): void {
    this.#access.client.release(keys, this.#listener);
  }

  #gone(task: number): unknown {
    if (this.#end !== undefined) return this.#end;
    const label = this.#released.get(task);
    return new ReleasedError(`the result of "${label}" was released; run its node again to have it again`);
  }
}
