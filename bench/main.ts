/**
 * Measures the library against what one would write by hand and against a peer. See README.md.
 */

import { availableParallelism, loadavg } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { dispatchGraph, loop, pGraph, promiseAll } from "./contenders.ts";
import { printGraphGoals } from "./graph-goals.ts";
import { type Figure, measureGraphs } from "./graphs.ts";
import { compiledLibrary, loadedLibrary } from "./library.ts";
import { type MemoryFigure, measureMemory } from "./memory.ts";
import { measureObservers } from "./observers.ts";
import { measureParallel, PARALLEL_PARTS } from "./parallel.ts";
import { measureScheduling } from "./scheduling.ts";
import { SHAPES } from "./shapes.ts";

const OWN = "dispatch-graph";
const PARTS = ["memory", "graphs", "observers", "scheduling", ...PARALLEL_PARTS];
/** Shapes of the parts that need not look at all. */
const TWO_SHAPES = ["chain", "layered"];

const HELP = `npm run bench -- [options]

  --sizes 1e3,1e4    numbers of nodes; default 1e3,1e4,1e5,1e6
  --shapes chain     shapes of graphs; default ${Object.keys(SHAPES).join(",")}
  --rounds 5         rounds for every size; default by size
  --parts graphs     what to measure; dask means all that begin so; default ${PARTS.join(",")}
  --limit 128        MB of memory for each worker in the part outofcore, 16 times which is its data
  --quick            few rounds, up to 1e5 nodes
  --against file     index.js of another build of the library, measured side by side with this one`;

interface Settings {
  readonly sizes: readonly number[];
  readonly shapes: readonly string[];
  readonly rounds: number | undefined;
  readonly parts: readonly string[];
  readonly quick: boolean;
  readonly limit: number | undefined;
  readonly against: string | undefined;
}

/** @throws TypeError for what is no option or no value of one */
function settings(): Settings | undefined {
  const { values } = parseArgs({
    options: {
      sizes: { type: "string" },
      shapes: { type: "string" },
      rounds: { type: "string" },
      parts: { type: "string" },
      quick: { type: "boolean", default: false },
      limit: { type: "string" },
      against: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const { quick } = values;
  const chosen = (given: string | undefined, known: readonly string[]): readonly string[] =>
    given?.split(",").flatMap((name) => {
      const named = known.filter((one) => one === name || one.startsWith(`${name}-`));
      if (named.length === 0) throw new TypeError(`"${name}" is none of ${known.join(", ")}`);
      return named;
    }) ?? known;
  const count = (given: string, least: number): number => {
    const number = Number(given);
    if (!Number.isInteger(number) || number < least) {
      throw new TypeError(`"${given}" is not a whole number from ${least}`);
    }
    return number;
  };
  const sizes = (values.sizes ?? (quick ? "1e3,1e4,1e5" : "1e3,1e4,1e5,1e6")).split(",");
  return {
    sizes: sizes.map((size) => count(size, 100)),
    shapes: chosen(values.shapes, Object.keys(SHAPES)),
    rounds: values.rounds === undefined ? (quick ? 5 : undefined) : count(values.rounds, 1),
    parts: chosen(values.parts, PARTS),
    quick,
    limit: values.limit === undefined ? undefined : 1e6 * count(values.limit, 1),
    against: values.against,
  };
}

async function main({ sizes, shapes, rounds, parts, quick, limit, against }: Settings): Promise<void> {
  const file = compiledLibrary();
  const library = await loadedLibrary(file);
  const other = against === undefined ? [] : [dispatchGraph(await loadedLibrary(against), against)];
  const cores = availableParallelism();
  console.log(`Node ${process.version}, ${cores} cores, load ${loadavg()[0]!.toFixed(1)}`);

  const twoShapes = TWO_SHAPES.filter((shape) => shapes.includes(shape));
  // While the process holds nothing else.
  let memory: MemoryFigure[] = [];
  if (parts.includes("memory")) memory = await measureMemory(library, twoShapes, quick ? 1e5 : 1e6);
  let figures: Figure[] = [];
  if (parts.includes("graphs")) {
    const own = dispatchGraph(library, OWN);
    figures = await measureGraphs({
      sizes,
      shapes,
      rounds,
      contenders: [loop, promiseAll, pGraph, own, ...other],
    });
  }
  if (parts.includes("observers")) await measureObservers(library, twoShapes, 1e5, rounds ?? 11);
  printGraphGoals(OWN, figures, memory);
  if (parts.includes("scheduling")) await measureScheduling(rounds ?? 11);
  const builds = [
    { name: OWN, file },
    ...(against === undefined ? [] : [{ name: against, file: resolve(against) }]),
  ];
  await measureParallel({
    parts: PARALLEL_PARTS.filter((part) => parts.includes(part)),
    builds,
    rounds,
    quick,
    limit,
  });
  if (loadavg()[0]! > cores) {
    console.log(
      `\nThe machine was busy (load ${loadavg()[0]!.toFixed(1)}): trust the ratios, not the times.`,
    );
  }
}

let wanted: Settings | undefined;
try {
  wanted = settings();
} catch (error) {
  console.error(`${(error as Error).message}; npm run bench -- --help says what there is`);
  process.exit(2);
}
if (wanted === undefined) console.log(HELP);
else await main(wanted);
