import { type Goal, meanOfRatios } from "../goals.ts";
import { interleave, type Timing } from "../measure.ts";
import { whole } from "../table.ts";
import { addOne, sumAll } from "./entries/tasks.ts";
import { closeExecutors, type StartedExecutor, startExecutors } from "./executors.ts";
import { type Part, printTimings, timingOf } from "./part.ts";
import { startPools } from "./pools.ts";

const TASKS = 20_000;

/** What the contenders took per task on the machine for which the limits were set, in µs. */
const THERE: Readonly<Record<string, number>> = { piscina: 25, "raw threads": 0.3 };
/** At most so many µs per task there. */
const LIMITS = { threads: 2.5, processes: 8 };
/** At least so many times as many tasks per second as piscina. */
const RATE = 8;

/** Tasks that cost nothing, all of which can run at once. */
export const measureTrivial: Part = async ({ builds, rounds, quick }) => {
  const args = Array.from({ length: TASKS }, (_, i) => i);
  const pools = await startPools("addOne");
  const executors = await startExecutors(builds);
  const timed = [
    ...pools.map((pool) => ({
      name: pool.name,
      run: async () => sumAll(await Promise.all(args.map((x) => pool.call(x)))),
    })),
    ...executors.map((started) => ({ name: started.name, run: () => buildAndRun(started, args) })),
  ];
  await interleave(timed, 8, false);
  const timings = await interleave(timed, rounds ?? (quick ? 5 : 21), false);
  printTimings(
    {
      title: `trivial: ${whole(TASKS)} tasks that do nothing, on 2 workers`,
      perTurn: TASKS / 1000,
      unit: "µs per task",
      references: ["piscina", "raw threads"],
    },
    timings,
  );
  await closeExecutors(executors);
  return goals(executors, timings);
};

/** A node per task; the run; all values. */
async function buildAndRun({ library, executor }: StartedExecutor, args: readonly number[]): Promise<number> {
  const { op } = library;
  const results = await executor.run(args.map((x) => op(addOne, x)));
  return sumAll(await Promise.all(results.map((result) => result.fetch())));
}

function goals(executors: readonly StartedExecutor[], timings: readonly Timing[]): Goal[] {
  const perTask = (name: string): number => (timingOf(timings, name).median * 1000) / TASKS;
  const factor = meanOfRatios(Object.entries(THERE).map(([name, there]) => perTask(name) / there));
  return executors.flatMap(({ name, kind }): Goal[] => [
    {
      what: `trivial tasks, ${name}`,
      sense: "at most",
      limit: LIMITS[kind] * factor,
      figure: perTask(name),
      unit: "µs per task",
    },
    ...(kind === "threads"
      ? [
          {
            what: `trivial tasks, ${name}: rate`,
            sense: "at least" as const,
            limit: RATE,
            figure: perTask("piscina") / perTask(name),
            unit: "× piscina",
          },
        ]
      : []),
  ]);
}
