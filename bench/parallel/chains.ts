import { interleave } from "../measure.ts";
import { whole } from "../table.ts";
import { addOne, sumAll } from "./entries/tasks.ts";
import { closeExecutors, type StartedExecutor, startExecutors } from "./executors.ts";
import { type Part, printTimings } from "./part.ts";
import { type Pool, startPools } from "./pools.ts";

interface Chains {
  readonly chains: number;
  readonly length: number;
}

const SHAPES: readonly Chains[] = [
  { chains: 2, length: 10_000 },
  { chains: 200, length: 100 },
];

/** Tasks that cost nothing, each of which needs the result of the one before in its chain. */
export const measureChains: Part = async ({ builds, rounds, quick }) => {
  const pools = await startPools("addOne");
  const executors = await startExecutors(builds);
  for (const shape of SHAPES) {
    const timed = [
      ...pools.map((pool) => ({ name: pool.name, run: () => awaited(pool, shape) })),
      ...executors.map((started) => ({ name: started.name, run: () => buildAndRun(started, shape) })),
    ];
    await interleave(timed, 2, false);
    const timings = await interleave(timed, rounds ?? (quick ? 3 : 11), false);
    printTimings(
      {
        title: `chains: ${shape.chains} of ${whole(shape.length)} tasks that do nothing, on 2 workers`,
        perTurn: (shape.chains * shape.length) / 1000,
        unit: "µs per task",
        references: ["piscina", "raw threads"],
      },
      timings,
    );
  }
  await closeExecutors(executors);
  return [];
};

/** Each call waits for the result of the one before. */
async function awaited(pool: Pool, { chains, length }: Chains): Promise<number> {
  const ends = Array.from({ length: chains }, async (_, begin) => {
    let value = begin;
    for (let step = 0; step < length; step++) value = await pool.call(value);
    return value;
  });
  return sumAll(await Promise.all(ends));
}

async function buildAndRun(
  { library, executor }: StartedExecutor,
  { chains, length }: Chains,
): Promise<number> {
  const { op } = library;
  const ends = Array.from({ length: chains }, (_, begin) => {
    let node = op(addOne, begin);
    for (let step = 1; step < length; step++) node = op(addOne, node);
    return node;
  });
  const results = await executor.run(ends);
  return sumAll(await Promise.all(results.map((result) => result.fetch())));
}
