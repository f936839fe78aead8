import type { Goal } from "../goals.ts";
import { medianOf, turns as order } from "../measure.ts";
import { makeArray, sumArray } from "../parallel/entries/tasks.ts";
import type { LoadedBuild, Part } from "../parallel/part.ts";
import { printTable, short } from "../table.ts";
import {
  runPythonClient,
  type Scheduler,
  startOwnWorkers,
  startPythonWorkers,
  startScheduler,
} from "./cluster.ts";
import { type Internals, internalsOf } from "./internals.ts";

const ARRAYS = 16;
/** Numbers of each array, of 8 bytes. */
const LENGTH = 2 ** 20;
const MEGABYTES = (ARRAYS * LENGTH * 8) / 1e6;
const SUM = (LENGTH * ARRAYS * (ARRAYS - 1)) / 2;
const WARM_UPS = 3;

const PYTHON = "Python";

/** Milliseconds until all results of arrays that are there are known. */
interface Turn {
  /** Their sums, on the worker that made the arrays. */
  readonly together: number;
  /** The same on the other one. */
  readonly apart: number;
  /** Their lengths on the other one: nothing to do but to move them. */
  readonly moved: number;
}

interface Figure extends Turn {
  readonly name: string;
  readonly turns: number;
}

/** Arrays of 8 MB that one worker has made and another sums, with workers of both kinds by turns on one scheduler. */
export const measureDaskArrays: Part = async ({ builds, rounds = 3, quick, python }) => {
  const internals = await Promise.all(builds.map(({ file }) => internalsOf(file)));
  const scheduler = await startScheduler(internals[0]!, { python: python!, queuing: true });
  const turns = quick ? 3 : 7;
  const measured = new Map<string, Turn[]>();
  const take = (name: string, some: readonly Turn[]) =>
    measured.set(name, [...(measured.get(name) ?? []), ...some]);
  const contenders = [
    async () => take(PYTHON, await turnsOfPython(internals[0]!, python!, scheduler, turns)),
    ...builds.map(
      (build, which) => async () =>
        take(build.name, await turnsOfOwn(build, internals[which]!, scheduler, turns)),
    ),
  ];
  for (let round = 0; round < (quick ? 1 : rounds); round++) {
    for (const which of order(contenders.length, round)) await contenders[which]!();
  }
  await scheduler.stop();
  const figures = Array.from(measured, ([name, some]): Figure => {
    const median = (of: (turn: Turn) => number) => medianOf(some.map(of).sort((a, b) => a - b));
    return {
      name,
      together: median(({ together }) => together),
      apart: median(({ apart }) => apart),
      moved: median(({ moved }) => moved),
      turns: some.length,
    };
  });
  print(figures);
  const reference = figures.find(({ name }) => name === PYTHON)!;
  return figures
    .filter((figure) => figure !== reference)
    .map(
      (figure): Goal => ({
        what: `dask, arrays, ${figure.name}`,
        sense: "at least",
        limit: 1,
        figure: bandwidth(figure) / bandwidth(reference),
        unit: "× Python, bytes per second",
      }),
    );
};

/** MB per second. */
function bandwidth({ moved }: Figure): number {
  return (1000 * MEGABYTES) / moved;
}

/** How many numbers an array has. */
function lengthOf(array: Float64Array): number {
  return array.length;
}

async function turnsOfOwn(
  { library }: LoadedBuild,
  internals: Internals,
  { address }: Scheduler,
  turns: number,
): Promise<Turn[]> {
  const workers = await startOwnWorkers(internals, address);
  const executor = new internals.DaskExecutor(address);
  const { op } = library;
  const measured: Turn[] = [];
  for (let turn = -WARM_UPS; turn < turns; turn++) {
    const made = Array.from({ length: ARRAYS }, (_, n) => op(makeArray, n).with({ workers: ["worker-1"] }));
    await executor.run(made);
    const timed = async (fn: (array: Float64Array) => number, worker: string, expected: number) => {
      const begin = performance.now();
      const nodes = made.map((array) => op(fn, array).with({ workers: [worker] }));
      const results = await executor.run(nodes, { inputs: made });
      const values = await Promise.all(results.map((result) => result.fetch()));
      const end = performance.now();
      const sum = values.reduce((a, b) => a + b);
      if (sum !== expected) throw new Error(`the arrays came to ${sum}, and not to ${expected}`);
      for (const node of nodes) node.release();
      return end - begin;
    };
    const together = await timed(sumArray, "worker-1", SUM);
    const apart = await timed(sumArray, "worker-2", SUM);
    // What the other worker has been given it keeps.
    for (const array of made) array.release();
    await executor.run(made);
    const moved = await timed(lengthOf, "worker-2", ARRAYS * LENGTH);
    if (turn >= 0) measured.push({ together, apart, moved });
    for (const array of made) array.release();
  }
  await executor.close();
  await workers.stop();
  return measured;
}

const PROGRAM = `
import functools, numpy

first, second = sorted(client.scheduler_info(n_workers=-1)["workers"])
turns = []
def make():
    made = client.map(
        functools.partial(numpy.full, options["length"]),
        [float(n) for n in range(options["arrays"])],
        workers=[first],
        pure=False,
    )
    wait(made)
    return made

def timed(function, made, worker, expected):
    begin = time.perf_counter()
    values = client.gather(client.map(function, made, workers=[worker], pure=False))
    end = time.perf_counter()
    assert sum(values) == expected
    return 1000 * (end - begin)

for turn in range(-options["warmUps"], options["turns"]):
    made = make()
    together = timed(numpy.sum, made, first, options["sum"])
    apart = timed(numpy.sum, made, second, options["sum"])
    made = make()
    moved = timed(len, made, second, options["length"] * options["arrays"])
    if turn >= 0:
        turns.append(dict(together=together, apart=apart, moved=moved))
client.close()
print(json.dumps(turns))
`;

async function turnsOfPython(
  internals: Internals,
  python: string,
  { address }: Scheduler,
  turns: number,
): Promise<Turn[]> {
  const workers = await startPythonWorkers(internals, python, address);
  const settings = { warmUps: WARM_UPS, turns, arrays: ARRAYS, length: LENGTH, sum: SUM };
  const measured = await runPythonClient<Turn[]>(internals, python, PROGRAM, { address, ...settings });
  await workers.stop();
  return measured;
}

function print(figures: readonly Figure[]): void {
  console.log(`\ndask, arrays: ${ARRAYS} of 8 MB that one worker has, in ms\n`);
  printTable<Figure>(
    [
      { heading: "contender", cell: ({ name }) => name },
      { heading: "summed there", cell: ({ together }) => short(together), right: true },
      { heading: "summed on the other", cell: ({ apart }) => short(apart), right: true },
      { heading: "only moved there", cell: ({ moved }) => short(moved), right: true },
      { heading: "MB/s", cell: (figure) => short(bandwidth(figure)), right: true },
      { heading: "turns", cell: ({ turns }) => String(turns), right: true },
    ],
    [figures],
  );
}
