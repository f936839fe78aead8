/** What a terminal, a supervisor or a container sends to end a program. */
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** How often the program has been told to end. */
export interface Signals extends Disposable {
  readonly received: number;
}

/**
 * At the first signal to end, the program begins to close; at the second it ends at once. Disposing ends that.
 * @param close Not to reject.
 * @param kill The same.
 */
export function closeOnSignals(close: () => Promise<void>, kill: () => Promise<void>): Signals {
  let received = 0;
  const onSignal = (signal: NodeJS.Signals): void => {
    received++;
    if (received === 1) {
      process.stderr.write(`dispatch-graph: ${signal}: closing (once more to end at once)\n`);
      void close();
    } else if (received === 2) void kill();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    get received() {
      return received;
    },
    [Symbol.dispose]: () => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
