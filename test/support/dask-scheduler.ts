import { afterAll, beforeAll } from "vitest";
import type { Child } from "../../src/dask/local-cluster/child.ts";
import { startPython } from "../../src/dask/local-cluster/python-process.ts";
import {
  type DaskConfig,
  type RunningScheduler,
  startScheduler as startUnchecked,
  stopScheduler,
} from "../../src/dask/local-cluster/scheduler-process.ts";
import { NEWEST, pythonOf, type Release } from "./dask-environment.ts";

export interface SchedulerSettings {
  /** The newest if not given. */
  readonly release?: Release;
  /** Settings of dask by their names, in addition to those of all tests. */
  readonly config?: DaskConfig;
  /** True to have the pages about the cluster, at `dashboardAddress`. */
  readonly dashboard?: boolean;
  /** The loopback device if not given. */
  readonly host?: string;
  /** A free one if not given. */
  readonly port?: number;
  /** True if the log may have errors that otherwise fail the test. */
  readonly errorsExpected?: boolean;
}

/** The scheduler checks itself all the time, and takes tasks from busy workers often. */
const CONFIG: DaskConfig = {
  "distributed.scheduler.validate": true,
  "distributed.scheduler.work-stealing-interval": "100ms",
};

/** What a scheduler writes only if somebody has made a mistake. */
const MISTAKE = /^.*\b(?:AssertionError|TypeError|KeyError)\b.*$/gm;

/** How long the end of a worker of Python may take; without a scheduler it takes for ever. In milliseconds. */
const STOP_LIMIT = 2000;

/** A process of Python in a test, that goes with the test. */
class TestProcess<Ready> implements AsyncDisposable {
  readonly #process: Child<Ready>;
  readonly #output: readonly string[];

  constructor(process: Child<Ready>, output: readonly string[]) {
    this.#process = process;
    this.#output = output;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Resolves when it has ended, however. */
  get exited(): Promise<unknown> {
    return this.#process.exited;
  }

  /** All that it has written so far. */
  log(): string {
    return this.#output.join("");
  }

  /** Ends it, politely at first. */
  async stop(): Promise<void> {
    await this.#process.stop((it) => it.kill("SIGTERM"), STOP_LIMIT);
  }

  /** Ends it with SIGKILL. */
  async kill(): Promise<void> {
    await this.#process.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** A real scheduler; when it is disposed of, its log must be free of mistakes. */
export class TestScheduler extends TestProcess<unknown> {
  readonly release: Release;
  /** `tcp://127.0.0.1:port` */
  readonly address: string;
  /** `undefined` if it has none. */
  readonly dashboardAddress: string | undefined;
  readonly #running: RunningScheduler;
  readonly #errorsExpected: boolean;

  constructor(running: RunningScheduler, output: readonly string[], settings: SchedulerSettings) {
    super(running.process, output);
    this.#running = running;
    this.release = settings.release ?? NEWEST;
    this.address = running.address;
    this.dashboardAddress = running.dashboardAddress;
    this.#errorsExpected = settings.errorsExpected ?? false;
  }

  /** Lines of the log that are there only if somebody has made a mistake. */
  mistakes(): readonly string[] {
    return this.log().match(MISTAKE) ?? [];
  }

  /** @throws Error If there are mistakes in the log; with the log. */
  checkLog(): void {
    const mistakes = this.mistakes();
    if (mistakes.length > 0) {
      throw new Error(`the scheduler's log has ${mistakes.join("\n")}\n\n${this.log().slice(-20_000)}`);
    }
  }

  override async stop(): Promise<void> {
    await stopScheduler(this.#running);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    if (!this.#errorsExpected) this.checkLog();
  }
}

/** Starts a real scheduler on a free port, which validates its state. */
export async function startScheduler(settings: SchedulerSettings = {}): Promise<TestScheduler> {
  const output: string[] = [];
  const running = await startUnchecked({
    python: pythonOf(settings.release ?? NEWEST),
    port: settings.port ?? 0,
    ...(settings.host !== undefined && { host: settings.host }),
    dashboard: settings.dashboard ? 0 : undefined,
    config: { ...CONFIG, ...settings.config },
    onOutput: (text) => output.push(text),
  });
  return new TestScheduler(running, output, settings);
}

/** One scheduler for all tests of the file, or of the `describe` in which it is called; it is there when they run. */
export function sharedScheduler(settings: SchedulerSettings = {}): () => TestScheduler {
  let scheduler: TestScheduler | undefined;
  beforeAll(async () => {
    scheduler = await startScheduler(settings);
  });
  afterAll(async () => {
    await scheduler?.[Symbol.asyncDispose]();
  });
  return () => scheduler!;
}

export interface PythonWorkerSettings {
  /** That of the scheduler if not given. */
  readonly release?: Release;
  readonly name?: string;
  /** 1 if not given. */
  readonly threads?: number;
  readonly resources?: Readonly<Record<string, number>>;
}

/** A real worker of Python. */
export class PythonWorker extends TestProcess<unknown> {
  readonly address: string;

  constructor(process: Child<unknown>, output: readonly string[], address: string) {
    super(process, output);
    this.address = address;
  }
}

const WORKER = `
import asyncio, json
from distributed import Worker

async def main(scheduler, options):
    async with Worker(scheduler, host="127.0.0.1", dashboard=False, **json.loads(options)) as worker:
        print(json.dumps({"address": worker.address}), flush=True)
        await worker.finished()

asyncio.run(main(*sys.argv[1:]))
`;

/** Starts a worker of Python, and waits until it has registered. */
export async function startPythonWorker(
  scheduler: TestScheduler,
  { release = scheduler.release, name, threads = 1, resources = {} }: PythonWorkerSettings = {},
): Promise<PythonWorker> {
  const output: string[] = [];
  const child = startPython<{ address: string }>({
    what: `a worker of Python (${release})`,
    python: pythonOf(release),
    source: WORKER,
    args: [scheduler.address, JSON.stringify({ nthreads: threads, name, resources })],
    onOutput: (text) => output.push(text),
  });
  const { address } = await child.ready();
  return new PythonWorker(child, output, address);
}

/**
 * Runs a program of Python to its end: a client in most cases.
 * @param args In `sys.argv[1:]`, as JSON if they are not strings.
 * @returns what it printed, which must be one line of JSON: `print(json.dumps(…))`
 * @throws Error If it fails, or takes longer than 30 s; with what it wrote to stderr.
 */
export async function runPython<T = unknown>(
  release: Release,
  source: string,
  ...args: readonly unknown[]
): Promise<T> {
  const child = startPython<T>({
    what: "the Python program",
    python: pythonOf(release),
    source: `import json\n${source}`,
    args: args.map((one) => (typeof one === "string" ? one : JSON.stringify(one))),
  });
  try {
    const result = await child.ready();
    const { code, signal } = await child.exited;
    if (code !== 0) throw new Error(`the Python program ended with ${code ?? signal}:\n${child.lastWords}`);
    return result;
  } finally {
    await child.kill();
  }
}
