import { type Executor, ParallelExecutor } from "../../src/index.ts";
import { oneOf, parsed, UsageError, wholeNumber } from "../arguments.ts";
import { LocalDaskExecutor } from "../local-dask-executor.ts";

export const HELP = `How long does a bad hour at an airport stay with its flights?
Three million flights of 33 columns, 0.8 GB, are put in the order of their delays in less memory than that.

npm run demo:wide -- [options]

  --executor <name>         parallel: workers of this program (default); dask: a dask cluster of this machine (needs Python)
  --memory-limit <size>     for the values of each worker, such as 64MB or 1GB (default 128MB), or none;
                            with dask for each worker process and all that it has (default 1GB)
  --workers <n>             how many, 1 to 64 (default 2)
  --kind <name>             workers of the parallel executor: threads (default) or processes
  --spill-directory <path>  where values go that are too much for memory (default: for temporary files)
  --days <n>                days to look at, from 1 January on: 1 to 181 (default 181)
  --help                    this text

Exit code: 0 all done, 1 a task failed, 2 wrong options.`;

export type Options = ReturnType<typeof readOptions>;

interface Workers {
  readonly kind: "threads" | "processes";
  readonly workers: number;
  /** Bytes. */
  readonly memoryLimit: number;
  readonly spillDirectory: string | undefined;
}

interface Choice {
  readonly create: (workers: Workers) => Executor | Promise<Executor>;
  /** Of memory, unless another is given. */
  readonly limit: string;
}

// That the data is larger than memory is no concern of the pipeline's: the executor is told the limit.
const EXECUTORS: Readonly<Record<string, Choice>> = {
  parallel: {
    create: ({ kind, workers, memoryLimit, spillDirectory }) =>
      new ParallelExecutor({ workers, kind, memoryLimit, ...(spillDirectory && { spillDirectory }) }),
    limit: "128MB",
  },
  dask: {
    // There 0 is no limit.
    create: ({ workers, memoryLimit, spillDirectory }) =>
      LocalDaskExecutor.start({
        workers,
        memoryLimit: memoryLimit === Infinity ? 0 : memoryLimit,
        ...(spillDirectory && { localDirectory: spillDirectory }),
      }),
    limit: "1GB",
  },
};

const KINDS = { threads: "threads", processes: "processes" } as const;
const UNITS = { KB: 1e3, MB: 1e6, GB: 1e9 } as const;

/** @throws UsageError for anything the help does not mention */
export function readOptions() {
  const values = parsed({
    executor: { type: "string", default: "parallel" },
    "memory-limit": { type: "string" },
    workers: { type: "string", default: "2" },
    kind: { type: "string", default: "threads" },
    "spill-directory": { type: "string" },
    days: { type: "string", default: "181" },
    help: { type: "boolean", default: false },
  });
  const { create, limit } = oneOf(EXECUTORS, "executor", values.executor);
  const workers: Workers = {
    kind: oneOf<Workers["kind"]>(KINDS, "kind", values.kind),
    workers: wholeNumber("workers", values.workers, 1, 64),
    memoryLimit: size("memory-limit", values["memory-limit"] ?? limit),
    spillDirectory: values["spill-directory"],
  };
  return {
    createExecutor: () => create(workers),
    spillDirectory: workers.spillDirectory,
    days: wholeNumber("days", values.days, 1, 181),
    help: values.help,
  };
}

/** Bytes. */
function size(option: string, text: string): number {
  if (text === "none") return Infinity;
  const [, number, unit] = /^(\d+)(KB|MB|GB)$/.exec(text) ?? [];
  const bytes = Number(number) * UNITS[unit as keyof typeof UNITS];
  if (bytes >= 1e6) return bytes;
  throw new UsageError(`--${option} takes a size from 1MB on, such as 128MB or 1GB, or none, not '${text}'`);
}
