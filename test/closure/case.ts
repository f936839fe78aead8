/** A function that is called with arguments, and what comes of it. */
export interface Call {
  // biome-ignore lint/suspicious/noExplicitAny: functions of every kind; nothing here depends on their types.
  readonly run: (...args: any[]) => unknown;
  readonly args?: readonly unknown[];
  /** What it returns, or its promise resolves to; not looked at if it is not given. */
  readonly expected?: unknown;
  /** What it throws, or its promise rejects with. */
  readonly throws?: unknown;
}

/**
 * One shape of function. Its calls are done here, in a worker thread and in a child process, and have
 * the same results everywhere; or the function, an argument or the result is refused.
 */
export interface Case extends Call {
  /** Further calls: their functions are sent by themselves to where the first one ran. */
  readonly also?: readonly Call[];
  /** Called with the result of the call before, after it has come back. */
  readonly next?: readonly Call[];
  /** Parts of the message with which it is refused, in this order: the way to what is refused. */
  readonly refused?: readonly string[];
  /** The only line of Node on which it is not refused, and has no result that counts. */
  readonly unnoticedOn?: number;
  /** Changes what the function has captured, after it has been captured. */
  readonly change?: () => void;
  /** The result if it is captured after the change. */
  readonly expectedAfterChange?: unknown;
}
