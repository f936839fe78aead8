import { oneOf, parsed, UsageError, wholeNumber } from "../arguments.ts";

export const HELP = `How long does a bad hour at an airport stay with its flights?
Three million flights of 33 columns, 0.8 GB, are put in the order of their delays in less memory than that.

npm run demo:wide -- [options]

  --memory-limit <size>     for the values of each worker, such as 64MB or 1GB (default 128MB), or none
  --workers <n>             how many, 1 to 64 (default 2)
  --kind <name>             threads (default) or processes
  --spill-directory <path>  where values go that are too much for memory (default: for temporary files)
  --days <n>                days to look at, from 1 January on: 1 to 181 (default 181)
  --help                    this text

Exit code: 0 all done, 1 a task failed, 2 wrong options.`;

export type Options = ReturnType<typeof readOptions>;

const KINDS = { threads: "threads", processes: "processes" } as const;
const UNITS = { KB: 1e3, MB: 1e6, GB: 1e9 } as const;

/** @throws UsageError for anything the help does not mention */
export function readOptions() {
  const values = parsed({
    "memory-limit": { type: "string", default: "128MB" },
    workers: { type: "string", default: "2" },
    kind: { type: "string", default: "threads" },
    "spill-directory": { type: "string" },
    days: { type: "string", default: "181" },
    help: { type: "boolean", default: false },
  });
  return {
    memoryLimit: size("memory-limit", values["memory-limit"]),
    workers: wholeNumber("workers", values.workers, 1, 64),
    kind: oneOf<"threads" | "processes">(KINDS, "kind", values.kind),
    spillDirectory: values["spill-directory"],
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
