import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { WorkerOptions } from "../../src/dask/worker/worker.ts";

const ENTRY = fileURLToPath(new URL("../../dist/dask/worker/main.js", import.meta.url));

/** A worker of its own process, that goes with the test. */
export class WorkerProcess implements AsyncDisposable {
  readonly process: ChildProcess;
  /** All that it has written. */
  output = "";
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  address = "";

  constructor(scheduler: string, options: WorkerOptions) {
    this.process = fork(ENTRY, [JSON.stringify({ scheduler, ...options })], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      execArgv: [],
    });
    for (const stream of [this.process.stdout!, this.process.stderr!]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
      });
    }
    this.exited = once(this.process, "exit").then(([code, signal]) => ({ code, signal }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill("SIGKILL");
    await this.exited;
  }
}

/** Starts a worker in a process of its own, and waits until it has joined. */
export async function startWorkerProcess(
  scheduler: string,
  options: WorkerOptions = {},
): Promise<WorkerProcess> {
  const worker = new WorkerProcess(scheduler, options);
  const joined = once(worker.process, "message");
  const ended = worker.exited.then(({ code }) => {
    throw new Error(`the worker ended with code ${code}: ${worker.output}`);
  });
  const [message] = await Promise.race([joined, ended]);
  ended.catch(() => {});
  worker.address = (message as { address: string }).address;
  return worker;
}

/** Resolves when it holds, which is looked at often; rejects after a while. */
export async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const until = performance.now() + 20_000;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`it did not come true that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The same for all workers of a test. */
export const TESTED: WorkerOptions = { quiet: true, validate: true, memoryLimit: 0 };
