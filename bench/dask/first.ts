import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Goal } from "../goals.ts";
import { medianOf } from "../measure.ts";
import type { LoadedBuild, Part } from "../parallel/part.ts";
import { printTable } from "../table.ts";
import { startOwnWorkers, startScheduler } from "./cluster.ts";
import { internalsOf } from "./internals.ts";

/** What a new process with a new executor takes to the first value of a graph, in milliseconds. */
const LIMIT = 400;

/** In milliseconds. */
interface Start {
  readonly value: number;
  /** From when the executor was created. */
  readonly created: number;
  /** From the start of the process. */
  readonly process: number;
}

interface Figure {
  readonly name: string;
  readonly created: number;
  readonly process: number;
  readonly most: number;
  readonly rounds: number;
}

/** From a cluster that runs to the first value: of one that has not seen any task, and of one that has. */
export const measureDaskFirst: Part = async ({ builds, rounds, quick, python }) => {
  const count = quick ? 3 : (rounds ?? 9);
  const figures: Figure[] = [];
  for (const build of builds) {
    const [fresh, used]: [Start[], Start[]] = [[], []];
    for (let round = 0; round < count; round++) {
      const internals = await internalsOf(build.file);
      const scheduler = await startScheduler(internals, { python: python!, queuing: true });
      const workers = await startOwnWorkers(internals, scheduler.address);
      fresh.push(await startOf(build, scheduler.address));
      used.push(await startOf(build, scheduler.address));
      await workers.stop();
      await scheduler.stop();
    }
    figures.push(
      figureOf(`${build.name}, first graph of the cluster`, fresh),
      figureOf(`${build.name}, second`, used),
    );
  }
  console.log("\ndask, first: a new process, a graph of 128 tasks on a running cluster; median in ms\n");
  printTable<Figure>(
    [
      { heading: "contender", cell: ({ name }) => name },
      { heading: "from its creation", cell: ({ created }) => created.toFixed(0), right: true },
      { heading: "most", cell: ({ most }) => most.toFixed(0), right: true },
      { heading: "from the process's start", cell: (row) => row.process.toFixed(0), right: true },
      { heading: "rounds", cell: (row) => String(row.rounds), right: true },
    ],
    [figures],
  );
  return figures.map(
    ({ name, created }): Goal => ({
      what: `dask, first value, ${name}`,
      sense: "at most",
      limit: LIMIT,
      figure: created,
      unit: "ms",
    }),
  );
};

function figureOf(name: string, starts: readonly Start[]): Figure {
  const median = (of: (start: Start) => number) => medianOf(starts.map(of).sort((a, b) => a - b));
  return {
    name,
    created: median(({ created }) => created),
    process: median((start) => start.process),
    most: Math.max(...starts.map(({ created }) => created)),
    rounds: starts.length,
  };
}

async function startOf({ file }: LoadedBuild, address: string): Promise<Start> {
  const program = fileURLToPath(new URL("./entries/first-value.js", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program, file, address]);
  const start: Start = JSON.parse(stdout);
  if (start.value !== 2080) throw new Error(`the tasks came to ${start.value}`);
  return start;
}
