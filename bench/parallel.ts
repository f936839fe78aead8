import { fork } from "node:child_process";
import { once } from "node:events";
import { prepare, pythonOf, RELEASES } from "../scripts/dask/environments.ts";
import { type Goal, printGoals } from "./goals.ts";
import { compiledBenchmarks } from "./library.ts";
import type { Request } from "./parallel/main.ts";
import type { Build } from "./parallel/part.ts";

/** The parts that measure workers, in the order in which they run. */
export const PARALLEL_PARTS = [
  "trivial",
  "chains",
  "cpu",
  "arrays",
  "start",
  "closures",
  "release",
  "outofcore",
  "dask-tasks",
  "dask-arrays",
  "dask-first",
];

export interface ParallelSettings {
  readonly parts: readonly string[];
  readonly builds: readonly Build[];
  readonly rounds: number | undefined;
  readonly quick: boolean;
  /** Bytes. */
  readonly limit: number | undefined;
}

/** The Python of the tests, if a part needs it; it is installed if it is not there. */
async function pythonFor(parts: readonly string[]): Promise<string | undefined> {
  if (!parts.some((part) => part.startsWith("dask-"))) return undefined;
  await prepare(console.log);
  return pythonOf(RELEASES[0]);
}

/** Runs each part in a process of its own, which prints its tables, and prints what was aimed at when all have ended. */
export async function measureParallel(settings: ParallelSettings): Promise<void> {
  const { parts, builds, rounds, quick, limit } = settings;
  const file = compiledBenchmarks("parallel/main.js");
  const python = await pythonFor(parts);
  const goals: Goal[] = [];
  for (const part of parts) {
    const request: Request = {
      part,
      builds,
      quick,
      ...(rounds !== undefined && { rounds }),
      ...(limit !== undefined && { limit }),
      ...(python !== undefined && { python }),
    };
    // Without what this process was started with: workers would be started with it too.
    const child = fork(file, [JSON.stringify(request)], { execArgv: ["--expose-gc"] });
    child.on("message", (reached: Goal[]) => goals.push(...reached));
    const [code] = await once(child, "exit");
    if (code !== 0) throw new Error(`the part "${part}" ended with exit code ${code}`);
  }
  if (goals.length === 0) return;
  console.log("\nGoals on workers\n");
  printGoals(goals);
}
