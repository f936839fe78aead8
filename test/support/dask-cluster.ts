import { afterAll, beforeAll } from "vitest";
import { Worker, type WorkerOptions } from "../../src/dask/worker/worker.ts";
import { type SchedulerSettings, startScheduler, type TestScheduler } from "./dask-scheduler.ts";

export interface ClusterSettings extends SchedulerSettings {
  /** How many workers; 2 if not given. */
  readonly workers?: number;
  readonly workerOptions?: WorkerOptions;
}

/** A real scheduler, and TypeScript workers in this process, which run tasks in threads. */
export class TestCluster implements AsyncDisposable {
  readonly scheduler: TestScheduler;
  readonly workers: readonly Worker[];

  constructor(scheduler: TestScheduler, workers: readonly Worker[]) {
    this.scheduler = scheduler;
    this.workers = workers;
  }

  get address(): string {
    return this.scheduler.address;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The scheduler first: the last worker would have nobody to leave its results with.
    await this.scheduler[Symbol.asyncDispose]();
    await Promise.all(this.workers.map(({ closed }) => closed));
  }
}

export async function startCluster(settings: ClusterSettings = {}): Promise<TestCluster> {
  const { workers = 2, workerOptions, ...rest } = settings;
  const scheduler = await startScheduler(rest);
  try {
    const started = Array.from({ length: workers }, (_, i) =>
      Worker.start(scheduler.address, { name: `worker-${i}`, quiet: true, validate: true, ...workerOptions }),
    );
    return new TestCluster(scheduler, await Promise.all(started));
  } catch (problem) {
    await scheduler[Symbol.asyncDispose]();
    throw problem;
  }
}

/** One cluster for all tests of the `describe` in which it is called; it is there when they run. */
export function sharedCluster(settings: ClusterSettings = {}): () => TestCluster {
  let cluster: TestCluster | undefined;
  beforeAll(async () => {
    cluster = await startCluster(settings);
  });
  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });
  return () => cluster!;
}
