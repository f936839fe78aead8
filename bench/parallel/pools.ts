import { fileURLToPath } from "node:url";
import { FixedQueue, Piscina } from "piscina";
import { FixedThreadPool } from "poolifier";
import type { TaskName } from "./entries/tasks.ts";
import { RawPool, WORKERS } from "./raw-pool.ts";

/** Two workers that call one task of tasks.ts. They end with this process. */
export interface Pool {
  readonly name: string;
  call(argument: number): Promise<number>;
}

/** Everything that is measured against the library. All workers have been started and have answered. */
export async function startPools(task: TaskName): Promise<Pool[]> {
  const pools = [
    new RawPool(task, "threads"),
    new RawPool(task, "processes"),
    piscina(task),
    piscina(task, {
      taskQueue: new FixedQueue(),
      recordTiming: false,
      concurrentTasksPerWorker: IN_FLIGHT[task],
    }),
    poolifier(task),
  ];
  for (const pool of pools) await Promise.all(Array.from({ length: 20 }, () => pool.call(1)));
  return pools;
}

/** How many tasks a tuned piscina sends to a worker before it has heard of the first. */
const IN_FLIGHT: Readonly<Record<TaskName, number>> = { addOne: 100, spin: 4 };

type PiscinaOptions = NonNullable<ConstructorParameters<typeof Piscina>[0]>;

function piscina(task: TaskName, tuning?: PiscinaOptions): Pool {
  const pool = new Piscina<number, number>({
    filename: file("tasks.js"),
    name: task,
    minThreads: WORKERS,
    maxThreads: WORKERS,
    ...tuning,
  });
  return {
    name: tuning === undefined ? "piscina" : "piscina, tuned",
    call: (argument) => pool.run(argument),
  };
}

function poolifier(task: TaskName): Pool {
  const pool = new FixedThreadPool<number, number>(WORKERS, file("poolifier.js"), { enableEvents: false });
  return {
    name: "poolifier",
    call: (argument) => pool.execute(argument, task),
  };
}

function file(name: string): string {
  return fileURLToPath(new URL(`./entries/${name}`, import.meta.url));
}
