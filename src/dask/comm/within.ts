/** Longest time that a timer can be set to. */
const LONGEST = 0x7fff_ffff;

export interface Bounds {
  /** In milliseconds; none if not given, or longer than 24 days. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What the work comes to, unless the time is up or the signal aborted before: then it rejects with
 * what `late` makes, or with the signal's reason, and the work is nobody's business any more. Its
 * owner stops it in `giveUp`.
 */
export function within<T>(
  work: Promise<T>,
  { timeout, signal }: Bounds,
  late: (milliseconds: number) => Error,
  giveUp: (error: Error) => void = () => {},
): Promise<T> {
  if (timeout === undefined && signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      clearTimeout(timer);
      clearImmediate(pending);
      signal?.removeEventListener("abort", onAbort);
    };
    const fail = (error: Error): void => {
      settle();
      reject(error);
      giveUp(error);
    };
    const onAbort = (): void => fail(signal!.reason);
    // After this thread was busy for long, what has come in time is looked at first.
    const onTime = (): void => {
      pending = setImmediate(() => fail(late(timeout!)));
    };
    let pending: NodeJS.Immediate | undefined;
    const timer = timeout === undefined || timeout > LONGEST ? undefined : setTimeout(onTime, timeout);
    work.finally(settle).then(resolve, reject);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
  });
}
