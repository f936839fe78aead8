import type { Goal } from "../goals.ts";
import { printTable, short } from "../table.ts";
import { closeExecutors, type StartedExecutor, startExecutors } from "./executors.ts";
import type { Part } from "./part.ts";
import { WORKERS } from "./raw-pool.ts";

const LEAVES = 512;
const OUTPUTS = 8;
/** Bytes of a result. */
const SIZE = 1e6;
const LENGTH = SIZE / 8;

/** What an executor held after each task that finished, in bytes, from the first task to the last. */
interface Course {
  readonly name: string;
  readonly held: readonly number[];
  /** After the run, and after the release of its outputs. */
  readonly end: number;
  readonly released: number;
}

/** How much is held while a wide graph runs: many leaves, a node for each two neighbours, a few sums of all of these. */
export const measureRelease: Part = async ({ builds }) => {
  const executors = await startExecutors(builds);
  const courses: Course[] = [];
  for (const started of executors) courses.push(await courseOf(started));
  await closeExecutors(executors);

  console.log(
    `\nrelease: MB held in the course of a graph of ${LEAVES} leaves and ${OUTPUTS} outputs, results of 1 MB\n`,
  );
  const after = [0.1, 0.25, 0.5, 0.75, 0.9];
  printTable<Course>(
    [
      { heading: "contender", cell: ({ name }) => name },
      ...after.map((share) => ({
        heading: `${100 * share} %`,
        cell: ({ held }: Course) => short(held[Math.floor(share * held.length)]! / 1e6),
        right: true,
      })),
      { heading: "peak", cell: (course) => short(peak(course) / 1e6), right: true },
      { heading: "end", cell: ({ end }) => short(end / 1e6), right: true },
      { heading: "released", cell: ({ released }) => short(released / 1e6), right: true },
    ],
    [courses],
  );
  // A worker holds what a depth-first walk through its part of the tree does.
  const most = OUTPUTS + WORKERS * (Math.log2(LEAVES) + 2);
  return courses.flatMap(({ name, end, released, ...course }): Goal[] => [
    {
      what: `release, ${name}: peak`,
      sense: "at most",
      limit: most,
      figure: peak(course) / SIZE,
      unit: "results",
    },
    {
      what: `release, ${name}: held at the end`,
      sense: "at most",
      limit: 1.01 * OUTPUTS,
      figure: end / SIZE,
      unit: "results",
    },
    {
      what: `release, ${name}: held after release`,
      sense: "at most",
      limit: 0,
      figure: released,
      unit: "bytes",
    },
  ]);
};

async function courseOf({ name, library, executor }: StartedExecutor): Promise<Course> {
  const { op, treeReduce } = library;
  const leaves = Array.from({ length: LEAVES }, (_, i) => op(make, i, LENGTH));
  const pairs = leaves.map((leaf, i) => op(addArrays, leaf, leaves[(i + 1) % LEAVES]!));
  const share = LEAVES / OUTPUTS;
  const outputs = Array.from({ length: OUTPUTS }, (_, i) =>
    treeReduce(addArrays, pairs.slice(i * share, (i + 1) * share)),
  );

  // Of what was run before there may be something that waits to be collected.
  const before = executor.stats().bytesHeld;
  const held: number[] = [];
  const look = ({ to }: { readonly to: string }): void => {
    if (to === "memory") held.push(executor.stats().bytesHeld - before);
  };
  executor.on("task", look);
  const results = await executor.run(outputs);
  executor.off("task", look);
  const end = executor.stats().bytesHeld - before;
  for (const result of results) result.chunk.release();
  return { name, held, end, released: executor.stats().bytesHeld - before };
}

function peak({ held }: Pick<Course, "held">): number {
  return Math.max(...held);
}

function make(number: number, length: number): Float64Array {
  return new Float64Array(length).fill(number);
}

function addArrays(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value + b[i]!);
}
