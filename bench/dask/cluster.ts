import type { Internals } from "./internals.ts";

/** What every cluster of the benchmarks has: workers of one thread. */
const WORKERS = 2;

/** A scheduler without workers; it does not check itself, as those of tests do. */
export interface Scheduler {
  readonly address: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface Workers {
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

export interface SchedulerSettings {
  /** The interpreter. */
  readonly python: string;
  /** False: workers get tasks as soon as these can run, and not as soon as the worker can. */
  readonly queuing: boolean;
}

export async function startScheduler(
  internals: Internals,
  { python, queuing }: SchedulerSettings,
): Promise<Scheduler> {
  const config = queuing ? {} : { "distributed.scheduler.worker-saturation": "inf" };
  const running = await internals.startScheduler({ python, port: 0, dashboard: undefined, config });
  return {
    address: running.address,
    pid: running.process.pid,
    stop: () => internals.stopScheduler(running),
  };
}

/** Two workers, as a `LocalCluster` starts them. */
export async function startOwnWorkers(internals: Internals, address: string): Promise<Workers> {
  const processes = new internals.WorkerProcesses({
    scheduler: address,
    background: false,
    onTrouble: (line) => console.error(line),
  });
  const options = { quiet: true, workersOnMachine: WORKERS };
  const workers = await processes.add(
    Array.from({ length: WORKERS }, (_, n) => ({ ...options, name: `worker-${n + 1}` })),
  );
  return { pids: workers.map(({ pid }) => pid), stop: () => processes.close() };
}

/** What a program says as soon as it begins; it might take long to say anything else. */
const HELLO = `
import json
print(json.dumps(None), flush=True)
`;

/** The command `dask worker`. */
const WORKER = `${HELLO}
from distributed.cli.dask_worker import main
main()
`;

/** Two workers of Python without nannies; they register later. */
export async function startPythonWorkers(
  internals: Internals,
  python: string,
  address: string,
): Promise<Workers> {
  const children = Array.from({ length: WORKERS }, (_, n) =>
    internals.startPython({
      what: "a worker of Python",
      python,
      source: WORKER,
      args: [address, "--no-nanny", "--nthreads", "1", "--no-dashboard", "--name", `worker-${n + 1}`],
    }),
  );
  await Promise.all(children.map((child) => child.ready()));
  return {
    pids: children.map(({ pid }) => pid),
    stop: async () => {
      await Promise.all(children.map((child) => child.stop((it) => it.kill("SIGTERM"), 3000)));
    },
  };
}

/** Makes `client` when both workers are there, and no other. */
const CLIENT = `
import os, time
from distributed import Client, wait

options = json.loads(sys.argv[1])
client = Client(options["address"])
while len(client.scheduler_info(n_workers=-1)["workers"]) != ${WORKERS}:
    time.sleep(0.02)
`;

/**
 * Runs a client of Python to its end.
 * @param program has `client` and `options`, and prints a line of JSON
 * @throws Error with the end of what it wrote, if it fails
 */
export async function runPythonClient<T>(
  internals: Internals,
  python: string,
  program: string,
  options: Readonly<Record<string, unknown>> & { readonly address: string },
): Promise<T> {
  const child = internals.startPython<T>({
    what: "a client of Python",
    python,
    source: HELLO + CLIENT + program,
    args: [JSON.stringify(options)],
  });
  const { code, signal } = await child.exited;
  if (code !== 0) throw new Error(`a client of Python ended with ${code ?? signal}:\n${child.lastWords}`);
  return child.ready();
}
