/**
 * One part of the benchmarks on workers. It has a process of its own, for workers inherit what
 * this one was started with, and leave their memory to it. Sends what was aimed at to its parent.
 */

import { pathToFileURL } from "node:url";
import { measureDaskArrays } from "../dask/arrays.ts";
import { measureDaskFirst } from "../dask/first.ts";
import { measureDaskTasks } from "../dask/tasks.ts";
import type { Library } from "../library.ts";
import { measureArrays } from "./arrays.ts";
import { measureChains } from "./chains.ts";
import { measureClosures } from "./closures.ts";
import { measureCpu } from "./cpu.ts";
import { measureOutOfCore } from "./out-of-core.ts";
import type { Build, Part } from "./part.ts";
import { measureRelease } from "./release.ts";
import { measureStart } from "./start.ts";
import { measureTrivial } from "./trivial.ts";

const PARTS: Readonly<Record<string, Part>> = {
  trivial: measureTrivial,
  chains: measureChains,
  cpu: measureCpu,
  arrays: measureArrays,
  start: measureStart,
  closures: measureClosures,
  release: measureRelease,
  outofcore: measureOutOfCore,
  "dask-tasks": measureDaskTasks,
  "dask-arrays": measureDaskArrays,
  "dask-first": measureDaskFirst,
};

/** Its only argument, as JSON. */
export interface Request {
  readonly part: string;
  readonly builds: readonly Build[];
  readonly rounds?: number;
  readonly quick: boolean;
  readonly limit?: number;
  readonly python?: string;
}

const { part, builds, rounds, quick, limit, python }: Request = JSON.parse(process.argv[2]!);
const loaded = await Promise.all(
  builds.map(async (build) => ({
    ...build,
    library: (await import(pathToFileURL(build.file).href)) as Library,
  })),
);
const goals = await PARTS[part]!({
  // Another build may be from before there were workers.
  builds: loaded.filter(({ library }) => "ParallelExecutor" in library),
  rounds,
  quick,
  limit,
  python,
});
// The peers' workers are still there, and would keep this process alive.
if (process.send === undefined) process.exit();
process.send(goals, () => process.exit());
