import type { Goal } from "../goals.ts";
import { interleave } from "../measure.ts";
import { whole } from "../table.ts";
import { memoryCopy, oneThread, piscina, rawProcesses, rawThreads } from "./array-contenders.ts";
import { makeArray, sumAll, sumArray } from "./entries/tasks.ts";
import { closeExecutors, type StartedExecutor, startExecutors } from "./executors.ts";
import { type Part, printTimings, timingOf } from "./part.ts";

const ARRAYS = 16;
const RAW = "raw threads";
/** At most so many times what threads take that hand over arrays without a library. */
const LIMIT = 1.3;

/** Arrays of 8 MB that are made on one worker and summed on another. */
export const measureArrays: Part = async ({ builds, rounds, quick }) => {
  const executors = await startExecutors(builds);
  const timed = [
    oneThread(ARRAYS),
    memoryCopy(ARRAYS),
    rawThreads(ARRAYS),
    await rawProcesses(ARRAYS),
    piscina(ARRAYS),
    ...executors.map((started) => ({ name: started.name, run: () => buildAndRun(started) })),
  ];
  await interleave(timed, 3, true);
  const before = executors.map(({ executor }) => executor.stats());
  const measured = rounds ?? (quick ? 5 : 21);
  const timings = await interleave(timed, measured, true);
  const perRun = executors.map(({ name, kind, executor }, which) => {
    const { bytesTransferred, bytesThroughController } = executor.stats();
    return {
      name,
      kind,
      transferred: (bytesTransferred - before[which]!.bytesTransferred) / measured,
      throughController: (bytesThroughController - before[which]!.bytesThroughController) / measured,
    };
  });
  await closeExecutors(executors);

  printTimings(
    {
      title: `arrays: ${ARRAYS} of 8 MB made on one worker and summed on another`,
      perTurn: 1,
      unit: "ms",
      references: [RAW, "raw processes", "memory copy"],
    },
    timings,
  );
  if (perRun.length > 0) console.log();
  for (const { name, transferred, throughController } of perRun) {
    console.log(
      `${name}: ${whole(transferred)} bytes a run went from worker to worker, ${whole(throughController)} through the controller`,
    );
  }
  return perRun.flatMap(({ name, kind, throughController }): Goal[] => [
    ...(kind === "threads"
      ? [
          {
            what: `arrays, ${name}`,
            sense: "at most" as const,
            limit: LIMIT,
            figure: timingOf(timings, name).median / timingOf(timings, RAW).median,
            unit: `× ${RAW}`,
          },
        ]
      : []),
    {
      what: `arrays, ${name}: through the controller`,
      sense: "at most",
      limit: 0,
      figure: throughController,
      unit: "bytes a run",
    },
  ]);
};

async function buildAndRun({ library, executor }: StartedExecutor): Promise<number> {
  const { op } = library;
  const [maker, summer] = executor.workers.map(({ id }) => ({ workers: [id] }));
  const sums = Array.from({ length: ARRAYS }, (_, n) =>
    op(sumArray, op(makeArray, n).with(maker!)).with(summer!),
  );
  return executor.collect(op(sumAll, sums).with(summer!));
}
