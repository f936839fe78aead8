import { availableParallelism, hostname } from "node:os";
import { Command, Option } from "commander";
import { normalAddress } from "../dask/comm/address.ts";
import { type NamedWorker, WorkerProcesses } from "../dask/local-cluster/worker-processes.ts";
import { machineMemory, memoryLimitOf } from "../dask/worker/memory-limit.ts";
import { closeOnSignals } from "./signals.ts";
import { amounts, checked, seconds, wholeNumber } from "./values.ts";

/** Flags of the command, by their names in commander. */
interface WorkerFlags {
  readonly nworkers: number | "auto";
  readonly nthreads: number;
  readonly memoryLimit: number | string;
  readonly name?: string;
  readonly host?: string;
  readonly port: number;
  readonly localDirectory?: string;
  readonly deathTimeout: number;
  readonly resources?: Readonly<Record<string, number>>;
}

const EXAMPLES = `
Examples:
  $ dispatch-graph worker tcp://10.0.0.7:8786                     one worker for that scheduler
  $ dispatch-graph worker 10.0.0.7:8786 --nworkers auto           one for each core of this machine
  $ dispatch-graph worker 10.0.0.7:8786 --nthreads 4 --memory-limit 8GB

The scheduler is that of dask.distributed, 2024.12.1 or newer; Python starts it:
  $ pip install distributed
  $ dask scheduler --host 10.0.0.7

Whoever can reach a scheduler or a worker can run code there: keep them in a network you trust.
Ctrl-C lets running tasks end and hands over results; a second Ctrl-C ends at once.`;

/** `dispatch-graph worker`: workers on this machine for a scheduler anywhere. */
export function workerCommand(exit: (code: number) => void): Command {
  return new Command("worker")
    .summary("starts workers for a dask scheduler")
    .description("Starts workers on this machine that run the tasks a dask scheduler gives them.")
    .argument("<scheduler>", "where the scheduler listens, as in tcp://10.0.0.7:8786", checked(normalAddress))
    .addOption(
      new Option("--nworkers <n>", "workers to start, each a process of its own; auto: enough for all cores")
        .argParser((text) => (text === "auto" ? text : wholeNumber(1, 1000)(text)))
        .default(1),
    )
    .option("--nthreads <n>", "tasks that a worker runs at once", wholeNumber(1, 1024), 1)
    .option(
      "--memory-limit <amount>",
      "memory for each worker: 4GB, a part of the machine's such as 0.5, 0 for no limit; auto: its share of the machine",
      checked(memoryLimit),
      "auto",
    )
    .option("--name <name>", "of the worker; several get a number each (default: made of the host's name)")
    .option("--host <host>", "where to listen (default: the interface that leads to the scheduler)")
    .option(
      "--port <port>",
      "where to listen, several on this port and the next; 0: any free port",
      wholeNumber(0, 65_535),
      0,
    )
    .option(
      "--local-directory <path>",
      "for results that memory has no room for (default: for temporary files)",
    )
    .addOption(
      new Option("--death-timeout <seconds>", "how long the scheduler may be unreachable")
        .argParser(seconds)
        .default(10_000, "10"),
    )
    .option("--resources <amounts>", "that tasks can claim, as in GPU=2,LICENCE=1", amounts)
    .addHelpText("after", EXAMPLES)
    .action(async (scheduler: string, flags: WorkerFlags) => exit(await runWorkers(scheduler, flags)));
}

async function runWorkers(scheduler: string, flags: WorkerFlags): Promise<number> {
  const workers = new WorkerProcesses({
    scheduler,
    background: false,
    onTrouble: (line) => process.stderr.write(`dispatch-graph: ${line}\n`),
  });
  using signals = closeOnSignals(
    () => workers.leave(),
    () => workers.close(),
  );
  try {
    await workers.add(workersOf(flags));
  } catch (error) {
    if (signals.received === 0) throw error;
  }
  return (await workers.ended) && signals.received < 2 ? 0 : 1;
}

function workersOf(flags: WorkerFlags): readonly NamedWorker[] {
  const { nthreads, host, localDirectory, resources } = flags;
  const count =
    flags.nworkers === "auto" ? Math.max(1, Math.floor(availableParallelism() / nthreads)) : flags.nworkers;
  const name = flags.name ?? `${hostname()}-${process.pid}`;
  const common = {
    threads: nthreads,
    memoryLimit: flags.memoryLimit,
    connectTimeout: flags.deathTimeout,
    ...(count > 1 && { workersOnMachine: count }),
    ...(host !== undefined && { host }),
    ...(localDirectory !== undefined && { localDirectory }),
    ...(resources !== undefined && { resources }),
  };
  return Array.from({ length: count }, (_, index) => ({
    ...common,
    name: count === 1 ? name : `${name}-${index + 1}`,
    port: flags.port === 0 ? 0 : flags.port + index,
  }));
}

/** As dask has it: below 1 it is a part of the machine's. */
function memoryLimit(text: string): number | string {
  const fraction = Number(text);
  if (fraction > 0 && fraction < 1) return Math.floor(fraction * machineMemory());
  memoryLimitOf(text, { threads: 1 });
  return text;
}
