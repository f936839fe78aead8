import { getEventListeners } from "node:events";
import { inspect } from "node:util";
import {
  AsyncExecutor,
  type Clock,
  type Executor,
  type ExecutorOptions,
  SequentialExecutor,
} from "dispatch-graph";
import { afterEach, beforeEach, expect, vi } from "vitest";

/** For tests of input that no executor should have to deal with. */

/**
 * The machine's clock, and which of its timers are set. Those of the whole process would not do: the test
 * runner sets timers of its own whenever it likes.
 */
const set = new Set<unknown>();
const clock: Clock = {
  now: () => performance.now(),
  setTimeout: (callback, milliseconds) => {
    const timer = setTimeout(() => {
      set.delete(timer);
      callback();
    }, milliseconds);
    set.add(timer);
    return timer;
  },
  clearTimeout: (timer) => {
    set.delete(timer);
    clearTimeout(timer as NodeJS.Timeout);
  },
};

export const executors: readonly (readonly [string, (options?: ExecutorOptions) => Executor])[] = [
  ["AsyncExecutor", (options) => new AsyncExecutor({ clock, ...options })],
  ["SequentialExecutor", (options) => new SequentialExecutor({ clock, ...options })],
];

/** Time for a single test; far more than it takes. */
const LIMIT = 25_000;

/** For runs: at the end of each test nobody may listen to it. */
export const { signal } = new AbortController();

async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Each test of the file must leave no timer, no listener and no unhandled rejection. */
export function leavesNothing(): void {
  vi.setConfig({ testTimeout: LIMIT });
  let listeners = 0;
  let uncaught: unknown[] = [];
  const note = (error: unknown): void => void uncaught.push(error);

  beforeEach(async () => {
    await turns();
    listeners = getEventListeners(signal, "abort").length;
    uncaught = [];
    process.on("unhandledRejection", note);
  });

  afterEach(async () => {
    await turns();
    process.off("unhandledRejection", note);
    expect(uncaught).toEqual([]);
    expect(set.size).toBe(0);
    expect(getEventListeners(signal, "abort").length).toBeLessThanOrEqual(listeners);
  });
}

/** What a run is rejected with, which must be of this class, name this label and be readable. */
export async function failure<E extends Error>(
  running: Promise<unknown>,
  type: abstract new (...args: never[]) => E,
  label?: string,
): Promise<E> {
  const error = await running.then(
    (value) => new Error(`no error, but ${inspect(value)}`),
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(type);
  if (label !== undefined) expect(error.message).toContain(`"${label}"`);
  expect(error.message.length).toBeLessThan(3000);
  return error;
}
