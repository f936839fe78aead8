import { availableParallelism, totalmem } from "node:os";
import { ExecutorError } from "../errors.ts";
import { shown } from "../shown.ts";
import { processSpawner } from "../spawn/processes.ts";
import { threadSpawner } from "../spawn/threads.ts";
import { AsyncExecutor } from "./async.ts";
import type { ExecutorEvents } from "./events.ts";
import type { ExecutorOptions } from "./executor.ts";
import type { ExecutorStats, WorkerInfo } from "./figures.ts";
import { strandedBy } from "./parallel/restrictions.ts";
import { RemoteExecutor, type WorkerSource } from "./remote.ts";

/** Settings of a `ParallelExecutor`. */
export interface ParallelExecutorOptions extends ExecutorOptions {
  /** How many workers; with 0 tasks run in this thread. Default: as many as the machine has cores for. */
  readonly workers?: number;
  /** Worker threads of this process (default), or child processes. */
  readonly kind?: "threads" | "processes";
  /** How many tasks a worker may have under way at once, for tasks that wait: 1 to 1,000. Default 1. */
  readonly concurrency?: number;
  /**
   * How many bytes of memory the values of a worker may take. What is more is put on disk, and comes back
   * when it is used. At least 1,000,000; `Infinity` for no limit. Default: an equal share, for each
   * of `workers`, of 60 % of the memory there is.
   */
  readonly memoryLimit?: number;
  /** Where workers put values that are too much for memory. Default: the directory for temporary files. */
  readonly spillDirectory?: string;
}

/** The same relative path from the sources and from what is built of them: workers run what is built. */
const ENTRY = new URL("../../dist/worker/main.js", import.meta.url);

/**
 * Runs tasks on all cores of this machine, in worker threads or child processes. Functions travel
 * by themselves; results stay with the worker that made them, and go from there to the workers
 * that use them.
 */
export class ParallelExecutor extends RemoteExecutor {
  /** Runs tasks as long as there are no workers. */
  readonly #here: AsyncExecutor;

  /** @throws TypeError for settings of the wrong kind */
  constructor(options: ParallelExecutorOptions = {}) {
    super(options, sourceOf(options));
    this.#here = new AsyncExecutor(options);
  }

  /** Without workers tasks run here. */
  protected override get substitute(): AsyncExecutor | undefined {
    return this.crew.size === 0 && !this.isClosed ? this.#here : undefined;
  }

  override on<K extends keyof ExecutorEvents>(name: K, listener: (event: ExecutorEvents[K]) => void): this {
    this.#here.on(name, listener);
    return super.on(name, listener);
  }

  override off<K extends keyof ExecutorEvents>(name: K, listener: (event: ExecutorEvents[K]) => void): this {
    this.#here.off(name, listener);
    return super.off(name, listener);
  }

  /** The workers, which are started if they were not yet. */
  override get workers(): readonly WorkerInfo[] {
    return this.substitute?.workers ?? super.workers;
  }

  /**
   * Adds workers, which take part at once.
   * @returns their ids
   */
  async addWorkers(count: number): Promise<readonly string[]> {
    checkCount("the number of workers", count, 1);
    if (this.isClosed) throw new ExecutorError("the executor is closed");
    const names = this.crew.add(count);
    if (this.runTable.all().length > 0) this.crew.fill();
    this.pump();
    return names;
  }

  /**
   * Removes a worker. What it has not begun goes to others; what it runs is begun again elsewhere,
   * and results that only it held are computed again, as far as they are needed.
   * @throws ExecutorError when there is no such worker
   */
  async removeWorker(id: string): Promise<void> {
    const place = this.crew.placeOf(id);
    if (place === undefined) {
      throw new ExecutorError(
        `there is no worker "${id}"; there are ${this.crew.names.join(", ") || "none"}`,
      );
    }
    const link = this.crew.named(id);
    this.crew.giveUp(place);
    for (const { run } of this.runTable.all()) {
      const reason = run.ended ? undefined : strandedBy(run.graph, this.crew);
      if (reason !== undefined) run.stop(reason);
    }
    if (link === undefined) return;
    link.isLeaving = true;
    await link.worker.terminate();
  }

  override stats(): ExecutorStats {
    const own = super.stats();
    const here = this.#here.stats();
    return { ...own, bytesHeld: own.bytesHeld + here.bytesHeld, runs: own.runs + here.runs };
  }

  override async close(): Promise<void> {
    await Promise.all([super.close(), this.#here.close()]);
  }
}

/** With as many again on their way, and some that are being taken back, there are tickets for all. */
const MOST_AT_ONCE = 1000;

/** @throws TypeError for settings of the wrong kind */
function sourceOf({
  workers = availableParallelism(),
  kind = "threads",
  concurrency = 1,
  memoryLimit: ownLimit,
  spillDirectory,
}: ParallelExecutorOptions): WorkerSource {
  checkCount("workers", workers, 0);
  checkCount("concurrency", concurrency, 1, MOST_AT_ONCE);
  if (kind !== "threads" && kind !== "processes")
    throw new TypeError(`kind must be "threads" or "processes", got ${shown(kind)}`);
  const memoryLimit = ownLimit ?? defaultMemoryLimit(workers);
  if (!(typeof memoryLimit === "number" && memoryLimit >= LEAST_MEMORY)) {
    throw new TypeError(
      `memoryLimit must be a number of bytes from ${LEAST_MEMORY}, or Infinity, got ${shown(memoryLimit)}`,
    );
  }
  if (spillDirectory !== undefined && typeof spillDirectory !== "string")
    throw new TypeError(`spillDirectory must be the path of a directory, got ${shown(spillDirectory)}`);
  const sharesMemory = kind === "threads";
  // Who names a limit means the memory of the process.
  const givesMemoryBack = ownLimit !== undefined && ownLimit < Infinity;
  const spawn = sharesMemory
    ? threadSpawner({ entry: ENTRY })
    : processSpawner({ entry: ENTRY, givesMemoryBack });
  const memory = { limit: memoryLimit, directory: spillDirectory };
  return { spawn, workers, concurrency, sharesMemory, memory };
}

/** With less a worker would do nothing but write and read. */
const LEAST_MEMORY = 1_000_000;
/** The share of the machine's memory that values may take: programs need some, and files are kept in it, too. */
const SHARE = 0.6;

function defaultMemoryLimit(workers: number): number {
  const constrained = process.constrainedMemory() ?? 0;
  const available = constrained > 0 ? Math.min(totalmem(), constrained) : totalmem();
  return Math.max(LEAST_MEMORY, Math.floor((available * SHARE) / Math.max(1, workers)));
}

function checkCount(name: string, value: unknown, least: number, most = Infinity): void {
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return;
  const range = most === Infinity ? `from ${least}` : `from ${least} to ${most}`;
  throw new TypeError(`${name} must be a whole number ${range}, got ${shown(value)}`);
}
