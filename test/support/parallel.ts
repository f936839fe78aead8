import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { delayed, ParallelExecutor, type ParallelExecutorOptions, type WorkerInfo } from "dispatch-graph";
import { afterAll, afterEach, beforeAll, expect, vi } from "vitest";
import { dieOnce } from "../executors/parallel/fixtures/tasks.ts";

/** For tests of real worker threads and processes. */

export const KINDS = ["threads", "processes"] as const;
export type Kind = (typeof KINDS)[number];

const open: ParallelExecutor[] = [];
const directories: string[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((executor) => executor.close()));
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

/** An executor for one test, with two workers if nothing else is said. */
export function fresh(kind: Kind, options: ParallelExecutorOptions = {}): ParallelExecutor {
  const executor = new ParallelExecutor({ kind, workers: 2, ...options });
  open.push(executor);
  return executor;
}

/** An executor for all tests of a group, which leave it as it was: with two workers that do nothing and hold nothing. */
export function shared(kind: Kind): { readonly executor: ParallelExecutor } {
  let executor: ParallelExecutor;
  beforeAll(() => {
    executor = new ParallelExecutor({ kind, workers: 2 });
  });
  afterEach(async () => {
    await vi.waitFor(() => expect(executor.workers.map(({ running }) => running)).toEqual([0, 0]), WAIT);
    expect(executor.stats()).toMatchObject({ bytesHeld: 0, runs: 0 });
  });
  afterAll(() => executor.close());
  return {
    get executor() {
      return executor;
    },
  };
}

/** For something that happens outside of this thread; far longer than it takes. */
export const WAIT = { timeout: 20_000, interval: 5 };

/** Files by which tasks, wherever they run, tell the test how far they are. */
export class Marks {
  readonly directory: string = mkdtempSync(join(tmpdir(), "marks-"));

  constructor() {
    directories.push(this.directory);
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Resolves when a task has made the file. */
  async seen(name: string): Promise<string> {
    await vi.waitFor(() => expect(existsSync(this.path(name)), `mark "${name}"`).toBe(true), WAIT);
    return readFileSync(this.path(name), "utf8");
  }
}

/** The worker of this id. */
export function workerOf(executor: ParallelExecutor, id: string): WorkerInfo {
  return executor.workers.find((one) => one.id === id)!;
}

/** Ends an idle worker as by accident. */
export async function kill(executor: ParallelExecutor, { id, pid, threadId }: WorkerInfo): Promise<void> {
  if (threadId !== undefined) {
    await executor.collect(
      delayed(dieOnce, { label: "killer", workers: [id] })(new Marks().path("died"), undefined),
    );
    return;
  }
  process.kill(pid, "SIGKILL");
  await vi.waitFor(() => expect(workerOf(executor, id).pid).not.toBe(pid), WAIT);
}

/** True of processes that are there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** What a promise is rejected with, which must be of this class and say all of that. */
export async function failure<E extends Error>(
  running: Promise<unknown>,
  type: abstract new (...args: never[]) => E,
  ...said: readonly (string | RegExp)[]
): Promise<E> {
  const error: unknown = await running.then(
    (value) => new Error(`no error, but ${String(value)}`),
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(type);
  for (const one of said) expect((error as E).message).toMatch(one);
  expect((error as E).message.length).toBeLessThan(3000);
  return error as E;
}
