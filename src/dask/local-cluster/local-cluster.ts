import { availableParallelism } from "node:os";
import { shown } from "../../shown.ts";
import { describeExit } from "../../spawn/exit-reason.ts";
import { settingsOf, type WorkerOptions } from "../worker/settings.ts";
import { LocalClusterError } from "./local-cluster-error.ts";
import { findPython } from "./python.ts";
import {
  type DaskConfig,
  type RunningScheduler,
  type SchedulerOptions,
  startScheduler,
  stopScheduler,
} from "./scheduler-process.ts";
import type { ClusterWorker } from "./worker-process.ts";
import { WorkerProcesses } from "./worker-processes.ts";

/** Settings of a `LocalCluster`. */
export interface LocalClusterOptions
  extends Pick<WorkerOptions, "memoryLimit" | "localDirectory" | "resources" | "validate"> {
  /** How many workers to start. Default: as many as the machine has cores for. */
  readonly workers?: number;
  /** How many tasks a worker runs at once. Default: 1. */
  readonly threadsPerWorker?: number;
  /**
   * The Python that runs the scheduler; it must have the package `distributed`, 2024.12.1 or newer. Default:
   * what the environment variable `DISPATCH_GRAPH_PYTHON` names; or else the first that has it of those of the
   * active virtual environment, of `.venv` in the current directory, and of `python3` on the path.
   */
  readonly python?: string;
  /** Where the scheduler listens. Default: a free port. */
  readonly port?: number;
  /** Whether there are pages about the cluster, or on which port; on another one if that is taken. Default: 8787. */
  readonly dashboard?: boolean | number;
  /** Settings of the scheduler by the names that dask has for them: `{ "distributed.scheduler.worker-saturation": "inf" }`. */
  readonly config?: DaskConfig;
  /** True: the address of the dashboard is not printed. */
  readonly quiet?: boolean;
}

/** As with a scheduler that is started by hand. */
const DASHBOARD_PORT = 8787;

/**
 * A dask cluster on this machine: a real scheduler, and workers that run TypeScript, each in a
 * process of its own. Only this machine can reach it. A worker that dies is replaced. It all ends when the
 * cluster is closed, and when this process ends, however that comes about.
 *
 * ```ts
 * await using cluster = await LocalCluster.start({ workers: 4 });
 * const executor = new DaskExecutor(cluster.address);
 * ```
 *
 * A cluster does not keep a program running that has nothing else to do.
 */
export class LocalCluster implements AsyncDisposable {
  /** Of the scheduler: `tcp://127.0.0.1:port`. */
  readonly address: string;
  /** Where a browser finds the pages about the cluster; `undefined` if there are none. Charts need the Python package `bokeh`. */
  readonly dashboardAddress: string | undefined;
  readonly #scheduler: RunningScheduler;
  readonly #workers: WorkerProcesses;
  readonly #worker: WorkerOptions;
  #named = 0;
  #closing: Promise<void> | undefined;

  private constructor(scheduler: RunningScheduler, worker: WorkerOptions) {
    this.address = scheduler.address;
    this.dashboardAddress = scheduler.dashboardAddress;
    this.#scheduler = scheduler;
    this.#worker = worker;
    this.#workers = new WorkerProcesses({ scheduler: this.address, background: true, onTrouble: say });
  }

  /**
   * Starts a scheduler and workers, and resolves when the scheduler knows all of them. If something
   * fails nothing is left of it.
   * @throws LocalClusterError If no Python has the scheduler, or it cannot start: the port is in use …
   * @throws WorkerStartError If a worker cannot start.
   * @throws TypeError, RangeError for settings that cannot be meant
   */
  static async start(options: LocalClusterOptions = {}): Promise<LocalCluster> {
    const { workers = availableParallelism(), quiet = false } = options;
    checkCount("workers", workers);
    const worker = workerOptionsOf(options, workers);
    const scheduler = await startScheduler(await schedulerOptionsOf(options));
    const cluster = new LocalCluster(scheduler, worker);
    try {
      await cluster.addWorkers(workers);
    } catch (error) {
      await cluster.close();
      throw error;
    }
    scheduler.process.unref();
    void cluster.#watch();
    if (!quiet && cluster.dashboardAddress !== undefined) say(`dashboard: ${cluster.dashboardAddress}`);
    return cluster;
  }

  /** The workers that the scheduler knows. */
  get workers(): readonly ClusterWorker[] {
    return this.#workers.workers;
  }

  /**
   * Starts more workers, and resolves with them when the scheduler knows them.
   * @throws WorkerStartError If one of them cannot start; none of them is left then.
   * @throws LocalClusterError If the cluster is closed.
   */
  async addWorkers(count = 1): Promise<readonly ClusterWorker[]> {
    checkCount("count", count);
    if (this.#closing !== undefined) throw new LocalClusterError("the cluster is closed");
    const name = () => `worker-${++this.#named}`;
    return this.#workers.add(Array.from({ length: count }, () => ({ ...this.#worker, name: name() })));
  }

  /**
   * Ends a worker when it has finished what it runs, and others have what it holds. Resolves when it has ended.
   * @param name As in `workers`.
   * @throws LocalClusterError If there is no such worker.
   */
  async removeWorker(name: string): Promise<void> {
    if (await this.#workers.remove(name)) return;
    const names = this.workers.map((worker) => worker.name).join(", ");
    throw new LocalClusterError(`the cluster has no worker ${shown(name)}, only ${names || "none at all"}`);
  }

  /** Ends all workers and the scheduler, whatever they are doing. Resolves when they have ended. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#workers.close();
    await stopScheduler(this.#scheduler);
  }

  async #watch(): Promise<void> {
    const reason = await this.#scheduler.process.exited;
    if (this.#closing !== undefined) return;
    // Somebody who kills it knows; of what it has died otherwise it says itself.
    const lastWords = reason.signal === null ? `\n${this.#scheduler.process.lastWords.trim()}` : "";
    say(`the scheduler ${describeExit(reason)}${lastWords}`);
    await this.close();
  }
}

function say(line: string): void {
  process.stderr.write(`LocalCluster: ${line}\n`);
}

async function schedulerOptionsOf(options: LocalClusterOptions): Promise<SchedulerOptions> {
  const { port = 0, dashboard = true, config } = options;
  checkPort("port", port);
  if (typeof dashboard !== "boolean") checkPort("dashboard", dashboard);
  return {
    python: await findPython(options.python),
    port,
    dashboard: dashboard === true ? DASHBOARD_PORT : dashboard === false ? undefined : dashboard,
    ...(config && { config }),
  };
}

function workerOptionsOf(options: LocalClusterOptions, workers: number): WorkerOptions {
  const { memoryLimit, localDirectory, resources, validate, threadsPerWorker } = options;
  const worker: WorkerOptions = {
    threads: threadsPerWorker ?? 1,
    quiet: true,
    ...(workers > 0 && { workersOnMachine: workers }),
    ...(memoryLimit !== undefined && { memoryLimit }),
    ...(localDirectory !== undefined && { localDirectory }),
    ...(resources !== undefined && { resources }),
    ...(validate !== undefined && { validate }),
  };
  // For the errors.
  settingsOf("tcp://127.0.0.1:1", worker);
  return worker;
}

function checkCount(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= 1000) return;
  throw new RangeError(`${name} must be a whole number from 0 to 1000, got ${shown(value)}`);
}

function checkPort(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return;
  throw new RangeError(`${name} must be a port from 0 to 65535, got ${shown(value)}`);
}
