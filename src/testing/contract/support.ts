import assert from "node:assert/strict";
import { inspect } from "node:util";
import type {
  DispatchNode,
  DispatchResult,
  Executor,
  ExecutorOptions,
  RunEvent,
  Runnable,
  RunOptions,
  StateName,
  TaskEvent,
} from "../../index.ts";
import type { ManualClock } from "../manual-clock.ts";

/** What a test of the contract gets. */
interface Setting {
  /** Makes an executor, which is closed after the test. */
  readonly create: (options?: ExecutorOptions) => Promise<Executor>;
  /** For tests of pauses and limits; none of its timers may be left at the end of a test. */
  readonly clock: ManualClock;
}

export type Test = (setting: Setting) => Promise<void>;

export interface Group {
  readonly name: string;
  readonly tests: Readonly<Record<string, Test>>;
}

/** A test that waits for what does not come is to fail and not to hang, whatever its runner's limits. */
const LONGEST_TEST = 20_000;

export async function limited(title: string, test: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`"${title}" waits for something that never comes`)),
      LONGEST_TEST,
    );
  });
  try {
    await Promise.race([test, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** A promise and its two ends. */
export interface Gate<T = void> {
  readonly promise: Promise<T>;
  readonly open: (value: T) => void;
  readonly fail: (reason: unknown) => void;
}

export function gate<T = void>(): Gate<T> {
  let open!: (value: T) => void;
  let fail!: (reason: unknown) => void;
  const promise = new Promise<T>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { promise, open, fail };
}

/** A task that never ends. */
export function never(): Promise<number> {
  return new Promise(() => {});
}

/** Some turns of the event loop: in this process, whatever was about to happen has happened then. */
export async function turns(count = 10): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** True when the promise has not settled within some turns of the event loop. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let pending = true;
  const settle = (): void => {
    pending = false;
  };
  promise.then(settle, settle);
  await turns();
  return pending;
}

/** What the promise is rejected with, whatever that is. */
export async function reasonOf(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (reason) {
    return reason;
  }
  assert.fail(`expected a rejection, got ${inspect(value)}`);
}

/** What the promise is rejected with, which must be of this class. */
export async function rejection<E>(
  promise: Promise<unknown>,
  type: abstract new (...args: never[]) => E,
): Promise<E> {
  const reason = await reasonOf(promise);
  assert.ok(reason instanceof type, `expected a ${type.name}, got ${inspect(reason)}`);
  return reason;
}

/** Runs the nodes and fetches all results. */
export async function valuesOf(
  executor: Executor,
  nodes: Runnable,
  options?: RunOptions,
): Promise<unknown[]> {
  const results = await executor.run(nodes, options);
  return Promise.all(results.map((result) => result.fetch()));
}

/** Takes down the events of an executor: how tests see what ran without sharing variables with tasks. */
export class Watch {
  readonly tasks: TaskEvent[] = [];
  readonly runs: RunEvent[] = [];
  /** Both kinds, in the order in which they came. */
  readonly all: (TaskEvent | RunEvent)[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(executor: Executor) {
    executor.on("task", (event) => {
      this.tasks.push(event);
      this.#note(event);
    });
    executor.on("run", (event) => {
      this.runs.push(event);
      this.#note(event);
    });
  }

  /** How many attempts of tasks with this label have begun; of all tasks without one. */
  started(label?: string): number {
    return this.count("processing", label);
  }

  /** Labels of the attempts begun, in their order. */
  get order(): string[] {
    return this.tasks.filter((event) => event.to === "processing").map((event) => event.label);
  }

  count(state: StateName, label?: string): number {
    return this.tasks.filter((event) => event.to === state && (label ?? event.label) === event.label).length;
  }

  /** The states that the task with this label went through. */
  states(label: string): StateName[] {
    const events = this.tasks.filter((event) => event.label === label);
    return events.length === 0 ? [] : [events[0]!.from, ...events.map((event) => event.to)];
  }

  /** Resolves once this many tasks with this label have reached the state. */
  async reached(label: string, state: StateName = "processing", times = 1): Promise<void> {
    await this.until(() => this.count(state, label) >= times);
  }

  /** Resolves once the condition holds, which is asked after each event. */
  async until(condition: () => boolean): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve) => {
      const ask = (): void => {
        if (!condition()) return;
        this.#waiting.delete(ask);
        resolve();
      };
      this.#waiting.add(ask);
    });
  }

  #note(event: TaskEvent | RunEvent): void {
    this.all.push(event);
    for (const ask of [...this.#waiting]) ask();
  }
}

/** Nobody but the test hears of uncaught exceptions and unhandled rejections meanwhile; it gets them all. */
export async function uncaughtDuring(body: () => Promise<void>): Promise<unknown[]> {
  const caught: unknown[] = [];
  const note = (error: unknown): void => {
    caught.push(error);
  };
  const kinds = ["uncaughtException", "unhandledRejection"] as const;
  const others = kinds.map((kind) => process.rawListeners(kind as "exit"));
  for (const kind of kinds) process.removeAllListeners(kind).on(kind as "exit", note);
  try {
    await body();
    await turns();
  } finally {
    for (const [i, kind] of kinds.entries()) {
      process.removeListener(kind, note);
      for (const listener of others[i]!) process.on(kind as "exit", listener as () => void);
    }
  }
  return caught;
}

/** Functions that need nothing but their arguments. */
export const add = (a: number, b: number): number => a + b;
export const increment = (n: number): number => n + 1;

/** The results are those of these very nodes, in this order. */
export function assertOf(results: readonly DispatchResult[], nodes: readonly DispatchNode[]): void {
  assert.equal(results.length, nodes.length, "one result for each node");
  for (const [i, { node }] of results.entries()) {
    assert.ok(node === nodes[i], `result ${i} is that of ${node}, not of ${nodes[i]}`);
  }
}
