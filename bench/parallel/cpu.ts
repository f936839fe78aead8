import type { Goal } from "../goals.ts";
import { interleave, type Timing } from "../measure.ts";
import { printTable, short } from "../table.ts";
import { spin, sumAll } from "./entries/tasks.ts";
import { closeExecutors, type StartedExecutor, startExecutors } from "./executors.ts";
import { type Part, timingOf } from "./part.ts";
import { startPools } from "./pools.ts";
import { RawPool, WORKERS } from "./raw-pool.ts";

const TASKS = 200;
/** How long a task computes, in ms. */
const DURATION = 10;
const EFFICIENCY = 0.97;

const ONE_WORKER = "one raw thread";
const HALVES = "raw threads, halves";

/** Tasks that compute for some milliseconds: does any worker ever wait? */
export const measureCpu: Part = async ({ builds, rounds, quick }) => {
  const turns = turnsOf(DURATION);
  // No two calls are the same.
  const args = Array.from({ length: TASKS }, (_, i) => turns + i);
  const pools = await startPools("spin");
  const [threads, processes] = pools.filter((pool) => pool instanceof RawPool);
  const executors = await startExecutors(builds);
  const timed = [
    { name: ONE_WORKER, run: async () => sumAll(await Promise.all(args.map((n) => threads!.callOn(0, n)))) },
    // All requests of a worker are in one message: half of them for each.
    ...pools
      .filter((pool) => pool !== processes)
      .map((pool) => ({
        name: pool === threads ? HALVES : pool.name,
        run: async () => sumAll(await Promise.all(args.map((n) => pool.call(n)))),
      })),
    ...[threads!, processes!].map((pool) => ({
      name: `${pool.name}, one by one`,
      run: () => oneByOne(pool, args),
    })),
    ...executors.map((started) => ({ name: started.name, run: () => buildAndRun(started, args) })),
  ];
  await interleave(timed, 1, false);
  const timings = await interleave(timed, rounds ?? (quick ? 3 : 7), false);
  await closeExecutors(executors);

  const ideal = timingOf(timings, ONE_WORKER).median / WORKERS;
  const efficiency = ({ median }: Timing): number => ideal / median;
  console.log(
    `\ncpu: ${TASKS} tasks of ${short((ideal * WORKERS) / TASKS)} ms on 2 workers; efficiency: half of the time of one thread / time\n`,
  );
  printTable<Timing>(
    [
      { heading: "contender", cell: ({ name }) => name },
      { heading: "median ms", cell: ({ median }) => median.toFixed(0), right: true },
      { heading: "minimum", cell: ({ minimum }) => minimum.toFixed(0), right: true },
      { heading: "efficiency", cell: (timing) => efficiency(timing).toFixed(3), right: true },
      {
        heading: `× ${HALVES}`,
        cell: (timing) => (timing.median / timingOf(timings, HALVES).median).toFixed(3),
        right: true,
      },
      { heading: "rounds", cell: (timing) => String(timing.rounds), right: true },
    ],
    [timings],
  );
  return executors.map(
    ({ name }): Goal => ({
      what: `cpu, ${name}: efficiency`,
      sense: "at least",
      limit: EFFICIENCY,
      figure: efficiency(timingOf(timings, name)),
      unit: "",
    }),
  );
};

/** How many turns of `spin` take so many ms on this machine, when nothing disturbs them. */
function turnsOf(duration: number): number {
  const sample = 1e6;
  let least = Infinity;
  for (let attempt = 0; attempt < 50; attempt++) {
    const begin = performance.now();
    spin(sample);
    least = Math.min(least, performance.now() - begin);
  }
  return Math.round((sample * duration) / least);
}

/** Each worker gets its next task when it has finished one. */
async function oneByOne(pool: RawPool, args: readonly number[]): Promise<number> {
  const left = args.values();
  const sums = Array.from({ length: WORKERS }, async (_, worker) => {
    let sum = 0;
    for (const argument of left) sum += await pool.callOn(worker, argument);
    return sum;
  });
  return sumAll(await Promise.all(sums));
}

async function buildAndRun({ library, executor }: StartedExecutor, args: readonly number[]): Promise<number> {
  const { op } = library;
  const results = await executor.run(args.map((n) => op(spin, n)));
  return sumAll(await Promise.all(results.map((result) => result.fetch())));
}
