import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { AsyncExecutor, type Executor, ParallelExecutor, SequentialExecutor } from "../../src/index.ts";
import { oneOf, parsed, wholeNumber } from "../arguments.ts";
import { LocalDaskExecutor } from "../local-dask-executor.ts";

export const HELP = `When and where were flights in the USA at their worst in the first half of 2001?

npm run demo -- [options]

  --executor <name>   async: several tasks at a time (default); sequential: one after the other;
                      parallel: on all cores; dask: on a dask cluster of this machine (needs Python)
  --kind <name>       workers of the parallel executor: threads (default) or processes
  --workers <n>       how many of them, or of the cluster, up to 64 (default: one per core)
  --days <n>          days to look at, from 1 January on: 3 to 181 (default 100)
  --comparisons <n>   random pairs of three-day windows to compare (default 200)
  --seed <n>          seed of the random pairs (default 2001)
  --bad-file          put a damaged file among the input files
  --keep-going        when a task fails, do everything that does not depend on it
  --out <folder>      where to draw the graph (default examples/flights/out)
  --help              this text

Exit code: 0 all done, 1 a task failed, 2 wrong options.`;

interface Workers {
  readonly kind: "threads" | "processes";
  readonly workers: number;
}

const EXECUTORS: Readonly<Record<string, (workers: Workers) => Executor | Promise<Executor>>> = {
  // Files are read on the threads of Node's pool, of which there are four; more at a time would only queue.
  async: () => new AsyncExecutor({ concurrency: 4 }),
  sequential: () => new SequentialExecutor(),
  parallel: (workers) => new ParallelExecutor(workers),
  dask: ({ workers }) => LocalDaskExecutor.start({ workers }),
};

const KINDS = { threads: "threads", processes: "processes" } as const;

export type Options = ReturnType<typeof readOptions>;

/** @throws UsageError for anything the help does not mention */
export function readOptions() {
  const values = parse();
  const create = oneOf(EXECUTORS, "executor", values.executor);
  const workers: Workers = {
    kind: oneOf<Workers["kind"]>(KINDS, "kind", values.kind),
    workers: wholeNumber("workers", values.workers, 1, 64),
  };
  return {
    createExecutor: () => create(workers),
    days: wholeNumber("days", values.days, 3, 181),
    comparisons: wholeNumber("comparisons", values.comparisons, 1, 100_000),
    seed: wholeNumber("seed", values.seed, 0, 2 ** 32 - 1),
    badFile: values["bad-file"],
    keepGoing: values["keep-going"],
    out: values.out,
    help: values.help,
  };
}

function parse() {
  return parsed({
    executor: { type: "string", default: "async" },
    kind: { type: "string", default: "threads" },
    workers: { type: "string", default: String(availableParallelism()) },
    days: { type: "string", default: "100" },
    comparisons: { type: "string", default: "200" },
    seed: { type: "string", default: "2001" },
    "bad-file": { type: "boolean", default: false },
    "keep-going": { type: "boolean", default: false },
    out: { type: "string", default: fileURLToPath(new URL("out", import.meta.url)) },
    help: { type: "boolean", default: false },
  });
}
