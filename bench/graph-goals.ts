import { promiseAll } from "./contenders.ts";
import { type Goal, meanOfRatios, printGoals } from "./goals.ts";
import type { Figure } from "./graphs.ts";
import type { MemoryFigure } from "./memory.ts";
import { short, whole } from "./table.ts";

/** The size for which times per node are given. */
const SIZE = 1e5;

/**
 * At most so many µs per node, on a machine on which `Promise.all` takes so many: on another
 * machine the limits are as many times higher or lower as `Promise.all` is slower or faster there.
 */
const TIMES: Readonly<Record<string, { readonly limit: number; readonly promiseAll: number }>> = {
  chain: { limit: 1.0, promiseAll: 0.7 },
  fan: { limit: 1.0, promiseAll: 2.1 },
  tree: { limit: 1.0, promiseAll: 1.0 },
  layered: { limit: 1.5, promiseAll: 5.3 },
};

/** A node of a graph of 10⁶ may cost this many times what one of a graph of 10⁴ does. */
const GROWTH = 2;

const BYTES = 400;

/** Prints what was aimed at with graphs in this process, and whether it was met. */
export function printGraphGoals(
  contender: string,
  figures: readonly Figure[],
  memory: readonly MemoryFigure[],
): void {
  const factor = machineFactor(figures);
  const goals = [
    ...timeGoals(contender, figures, factor ?? 1),
    ...growthGoals(contender, figures),
    ...memory.map(
      ({ shape, size, added }): Goal => ({
        what: `${shape}, ${whole(size)} waiting nodes: memory of each`,
        sense: "at most",
        limit: BYTES,
        figure: added,
        unit: "bytes",
      }),
    ),
  ];
  if (goals.length === 0) return;
  console.log(`\nGoals of ${contender}\n`);
  if (factor !== undefined) {
    console.log(
      `On this machine ${promiseAll.name} takes ${short(factor)} times as long as on the one for which the times\n` +
        `were set; their limits are multiplied by that.\n`,
    );
  }
  printGoals(goals);
}

/** How many times slower than on the machine of the goals `Promise.all` is here, over the shapes measured. */
function machineFactor(figures: readonly Figure[]): number | undefined {
  const ratios = Object.entries(TIMES).flatMap(([shape, reference]) => {
    const figure = find(figures, shape, promiseAll.name, SIZE);
    return figure === undefined ? [] : [figure.median / reference.promiseAll];
  });
  return ratios.length === 0 ? undefined : meanOfRatios(ratios);
}

function timeGoals(contender: string, figures: readonly Figure[], factor: number): Goal[] {
  return Object.entries(TIMES).flatMap(([shape, { limit }]): Goal[] => {
    const own = find(figures, shape, contender, SIZE);
    const hand = find(figures, shape, promiseAll.name, SIZE);
    if (own === undefined || hand === undefined) return [];
    const what = `${shape}, ${whole(SIZE)} nodes`;
    return [
      { what, sense: "at most", limit: limit * factor, figure: own.median, unit: "µs per node" },
      {
        what: `${what}: below ${promiseAll.name}`,
        sense: "at most",
        limit: 1,
        figure: own.median / hand.median,
        unit: `× ${promiseAll.name}`,
      },
    ];
  });
}

function growthGoals(contender: string, figures: readonly Figure[]): Goal[] {
  return Object.keys(TIMES).flatMap((shape): Goal[] => {
    const small = find(figures, shape, contender, 1e4);
    const large = find(figures, shape, contender, 1e6);
    if (small === undefined || large === undefined) return [];
    return [
      {
        what: `${shape}, a node of ${whole(1e6)} against one of ${whole(1e4)}`,
        sense: "at most",
        limit: GROWTH,
        // The two were not measured side by side: the minima suffer least from what went on meanwhile.
        figure: large.minimum / small.minimum,
        unit: "×",
      },
    ];
  });
}

/** Shapes have about the size that was asked for, to within their symmetry. */
function find(
  figures: readonly Figure[],
  shape: string,
  contender: string,
  size: number,
): Figure | undefined {
  return figures.find(
    (figure) =>
      figure.shape === shape && figure.contender === contender && Math.abs(figure.size / size - 1) < 0.05,
  );
}
