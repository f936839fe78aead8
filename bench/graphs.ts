import { type Contender, loop, promiseAll } from "./contenders.ts";
import { interleave } from "./measure.ts";
import { SHAPES, type Shape } from "./shapes.ts";
import { printTable, short, whole } from "./table.ts";

/** What one contender needed for graphs of one shape and size, in microseconds per node. */
export interface Figure {
  readonly shape: string;
  readonly size: number;
  readonly contender: string;
  readonly median: number;
  readonly minimum: number;
  readonly rounds: number;
}

export interface GraphSettings {
  readonly shapes: readonly string[];
  readonly sizes: readonly number[];
  /** Instead of the number that suits the size. */
  readonly rounds: number | undefined;
  readonly contenders: readonly Contender[];
}

/** Graphs with more nodes than this leave so much garbage that everybody begins without that of others. */
const LARGE = 2e5;

/** Rounds that nobody looks at, until all code is compiled. */
const WARM_UP = [
  { size: 1000, rounds: 100 },
  { size: 10_000, rounds: 30 },
];

/** Measures building and running graphs of all shapes and sizes, and prints a table per shape. */
export async function measureGraphs({ shapes, sizes, rounds, contenders }: GraphSettings): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const name of shapes) {
    const make = SHAPES[name]!;
    for (const warmUp of WARM_UP) await timings(make(warmUp.size), contenders, warmUp.rounds);
    const groups: Figure[][] = [];
    for (const size of sizes) {
      groups.push(await timings(make(size), contenders, rounds ?? suitableRounds(size)));
    }
    printShape(name, groups, contenders);
    figures.push(...groups.flat());
  }
  return figures;
}

function suitableRounds(size: number): number {
  if (size <= 1e3) return 101;
  if (size <= 1e4) return 41;
  return size <= 1e5 ? 11 : 5;
}

async function timings(shape: Shape, contenders: readonly Contender[], rounds: number): Promise<Figure[]> {
  const timed = contenders
    .filter(({ largest }) => shape.size <= largest)
    .map((contender) => ({
      name: contender.name,
      rounds: Math.min(rounds, contender.rounds?.(shape.size) ?? rounds),
      run: () => contender.buildAndRun(shape),
    }));
  const perNode = 1000 / shape.size;
  return (await interleave(timed, rounds, shape.size > LARGE)).map((timing) => ({
    shape: shape.name,
    size: shape.size,
    contender: timing.name,
    median: timing.median * perNode,
    minimum: timing.minimum * perNode,
    rounds: timing.rounds,
  }));
}

function printShape(
  name: string,
  groups: readonly (readonly Figure[])[],
  contenders: readonly Contender[],
): void {
  console.log(`\n${name}: build and run, µs per node\n`);
  const ratio = (to: Contender) => (figure: Figure) => {
    const other = groups.flat().find((one) => one.contender === to.name && one.size === figure.size);
    return other === undefined ? "" : short(figure.median / other.median);
  };
  printTable<Figure>(
    [
      { heading: "nodes", cell: ({ size }) => whole(size), right: true },
      { heading: "contender", cell: ({ contender }) => contender },
      { heading: "median", cell: ({ median }) => median.toFixed(3), right: true },
      { heading: "minimum", cell: ({ minimum }) => minimum.toFixed(3), right: true },
      { heading: `× ${promiseAll.name}`, cell: ratio(promiseAll), right: true },
      { heading: `× ${loop.name}`, cell: ratio(loop), right: true },
      { heading: "rounds", cell: ({ rounds }) => String(rounds), right: true },
    ],
    groups,
  );
  for (const { name: left, largest } of contenders) {
    const sizes = groups.filter((group) => group.every(({ contender }) => contender !== left));
    if (sizes.length > 0)
      console.log(`${left} is left out above ${whole(largest)} nodes: it takes too long.`);
  }
}
