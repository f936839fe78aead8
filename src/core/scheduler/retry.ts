/** How long to wait before a failed task is tried again. */
export interface Backoff {
  /** Before the second attempt, in milliseconds. */
  readonly first: number;
  /** How much longer each further wait is. */
  readonly factor: number;
  /** Share by which a wait may be shorter or longer, by chance: 0.1 is ±10 %. */
  readonly jitter: number;
  /** No wait is longer, in milliseconds. */
  readonly max: number;
}

/** Dispatcher's own figures: 50 ms, then 5 times longer each, ±10 %, at most 10 s. */
export const DEFAULT_BACKOFF: Backoff = { first: 50, factor: 5, jitter: 0.1, max: 10_000 };

/**
 * The wait before the next attempt, in milliseconds.
 * @param failures how many attempts have failed, at least 1
 * @param chance a number from 0 to 1, drawn by the caller
 */
export function backoffDelay(backoff: Backoff, failures: number, chance: number): number {
  const spread = 1 + backoff.jitter * (2 * chance - 1);
  return Math.min(backoff.max, backoff.first * backoff.factor ** (failures - 1) * spread);
}
