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

/** No timer can wait longer, in milliseconds. */
const LONGEST = 2 ** 31 - 1;
const LIMITS: Readonly<Record<keyof Backoff, number>> = {
  first: LONGEST,
  factor: LONGEST,
  jitter: 1,
  max: LONGEST,
};

/**
 * The given settings, and the default ones for what is not given.
 * @throws TypeError for what is no number from 0 to its limit, and for unknown names
 */
export function backoffOf(given: Partial<Backoff> = {}): Backoff {
  if (typeof given !== "object" || given === null)
    throw new TypeError('executor option "backoff" must be an object');
  const backoff: Record<string, number> = { ...DEFAULT_BACKOFF };
  for (const [name, value] of Object.entries(given)) {
    const limit = Object.hasOwn(LIMITS, name) ? LIMITS[name as keyof Backoff] : undefined;
    if (limit === undefined)
      throw new TypeError(`unknown setting "${name}" of the executor option "backoff"`);
    if (value === undefined) continue;
    if (typeof value !== "number" || !(value >= 0 && value <= limit)) {
      throw new TypeError(`"${name}" of the executor option "backoff" must be a number from 0 to ${limit}`);
    }
    backoff[name] = value;
  }
  return backoff as unknown as Backoff;
}

/**
 * The wait before the next attempt, in milliseconds.
 * @param failures how many attempts have failed, at least 1
 * @param chance a number from 0 to 1, drawn by the caller
 */
export function backoffDelay(backoff: Backoff, failures: number, chance: number): number {
  const spread = 1 + backoff.jitter * (2 * chance - 1);
  return Math.min(backoff.max, backoff.first * backoff.factor ** (failures - 1) * spread);
}
