import { ExecutorError } from "../../errors.ts";
import type { WorkerInfo } from "../../executors/figures.ts";
import type { NodeOptions } from "../../nodes/options.ts";
import type { SchedulerClient } from "../client/scheduler-client.ts";
import type { WorkerInfo as ClusterWorker } from "../client/worker-info.ts";

/** How often the scheduler is asked, in milliseconds. */
const INTERVAL = 1000;

/** Figures of the workers since they began. */
export interface WorkerFigures {
  readonly bytesSpilled: number;
  readonly bytesWritten: number;
  readonly bytesReadBack: number;
  readonly bytesReceived: number;
}

/** The workers of a cluster, as the scheduler last spoke of them. */
export class ClusterWorkers {
  readonly #client: SchedulerClient;
  readonly #onChange: () => void;
  #workers: readonly ClusterWorker[] = [];
  #reading: Promise<void> | undefined;
  #isStale = false;

  #timer: NodeJS.Timeout | undefined;

  /** @param onChange called when workers may have come or left */
  constructor(client: SchedulerClient, onChange: () => void) {
    this.#client = client;
    this.#onChange = onChange;
  }

  /**
   * Asks the scheduler from time to time, while there is something to run. It does not tell by itself: the topic on which it has
   * workers come and go carries other events as well, some of which it fails to send, and then drops who listens.
   */
  follow(): void {
    this.#timer ??= setInterval(() => void this.refresh().catch(() => {}), INTERVAL).unref();
  }

  rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Asks the scheduler again. */
  async refresh(): Promise<void> {
    // What is being answered may be from before what happened just now.
    this.#isStale = true;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
  }

  get infos(): readonly WorkerInfo[] {
    return this.#workers.map(({ name, address, metrics }) => ({
      id: `${name}`,
      pid: own(metrics, "pid"),
      address,
      running: number(mapIn(metrics, "task_counts")?.get("executing")),
      bytesHeld: number(metrics.get("managed_bytes")),
      bytesSpilled: own(metrics, "bytesSpilled"),
    }));
  }

  get figures(): WorkerFigures {
    const sum = (name: string): number =>
      this.#workers.reduce((total, { metrics }) => total + own(metrics, name), 0);
    return {
      bytesSpilled: sum("bytesSpilled"),
      bytesWritten: sum("bytesWritten"),
      bytesReadBack: sum("bytesReadBack"),
      bytesReceived: sum("bytesReceived"),
    };
  }

  /**
   * True if some worker is one that a task with these options may run on.
   * @param addresses of the workers that it may run on, if it has been submitted; another one of the same name is none of them
   */
  canRun(
    { workers, resources }: NodeOptions = {},
    addresses: readonly string[] | undefined = undefined,
  ): boolean {
    return this.#workers.some((worker) => {
      const isNamed =
        addresses?.includes(worker.address) ?? workers?.some((name) => isCalled(worker, name)) ?? true;
      return isNamed && (resources === undefined || hasAll(worker, resources));
    });
  }

  /** @throws ExecutorError if there is no worker of one of the names, or addresses */
  addressesOf(names: readonly string[], label: string): readonly string[] {
    return names.map((name) => {
      const worker = this.#named(name);
      if (worker !== undefined) return worker.address;
      const known = this.#workers.map((one) => one.name).join(", ") || "none";
      throw new ExecutorError(
        `"${label}" asks with its option "workers" for "${name}", but the workers are: ${known}`,
      );
    });
  }

  /** @throws ExecutorError if no worker has these resources */
  checkResources(resources: Readonly<Record<string, number>>, label: string): void {
    if (this.#workers.some((worker) => hasAll(worker, resources))) return;
    const wanted = Object.entries(resources).map(([name, amount]) => `${amount} ${name}`);
    throw new ExecutorError(
      `"${label}" asks with its option "resources" for ${wanted.join(" and ")}, which no worker has`,
    );
  }

  #named(name: string): ClusterWorker | undefined {
    return this.#workers.find((worker) => isCalled(worker, name));
  }

  async #read(): Promise<void> {
    while (this.#isStale) {
      this.#isStale = false;
      const { workers } = await this.#client.schedulerInfo();
      this.#workers = workers;
    }
    this.#onChange();
  }
}

function isCalled(worker: ClusterWorker, name: string): boolean {
  return `${worker.name}` === name || worker.address === name;
}

function hasAll(worker: ClusterWorker, resources: Readonly<Record<string, number>>): boolean {
  return Object.entries(resources).every(([name, amount]) => (worker.resources.get(name) ?? -1) >= amount);
}

type Metrics = ReadonlyMap<string, unknown>;

/** What our own workers say beside what all workers do; of others it is 0. */
function own(metrics: Metrics, name: string): number {
  return number(mapIn(metrics, "dispatch-graph")?.get(name));
}

function mapIn(metrics: Metrics, name: string): Metrics | undefined {
  const value = metrics.get(name);
  return value instanceof Map ? value : undefined;
}

function number(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
