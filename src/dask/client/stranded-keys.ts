import type { KeyId } from "../protocol/key.ts";

/**
 * Keys of tasks that no worker may run: the scheduler keeps them in its state `no-worker`, for ever if need be. A
 * worker that may run them can come, so they are given some time.
 */
export class StrandedKeys {
  /** Since when. */
  #since = new Map<KeyId, number>();

  /**
   * Takes what the scheduler says of the keys that somebody waits for.
   * @param now in milliseconds
   * @returns those that have been stranded for `timeout` milliseconds, once
   */
  take(states: ReadonlyMap<KeyId, unknown>, now: number, timeout: number): KeyId[] {
    const since = new Map<KeyId, number>();
    const late: KeyId[] = [];
    for (const [key, state] of states) {
      if (state !== "no-worker") continue;
      const begin = this.#since.get(key) ?? now;
      if (now - begin >= timeout) late.push(key);
      else since.set(key, begin);
    }
    this.#since = since;
    return late;
  }
}
