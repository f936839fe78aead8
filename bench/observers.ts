import { dispatchGraph } from "./contenders.ts";
import type { Library } from "./library.ts";
import { interleave } from "./measure.ts";
import { SHAPES } from "./shapes.ts";
import { printTable, short, whole } from "./table.ts";

interface ObserverFigure {
  readonly shape: string;
  readonly size: number;
  readonly plain: number;
  readonly observed: number;
}

/** Measures runs with and without somebody who listens to the transitions of tasks, and prints a table. */
export async function measureObservers(
  library: Library,
  shapes: readonly string[],
  size: number,
  rounds: number,
): Promise<void> {
  let events = 0;
  const observer = new library.AsyncExecutor().on("task", () => {
    events++;
  });
  const plain = dispatchGraph(library, "no listener");
  const observed = dispatchGraph(library, "listener", observer);
  const figures: ObserverFigure[] = [];
  for (const name of shapes) {
    const graph = SHAPES[name]!(size);
    const timed = [plain, observed].map((contender) => ({
      name: contender.name,
      run: () => contender.buildAndRun(graph),
    }));
    await interleave(timed, 3, false);
    const [without, with_] = await interleave(timed, rounds, false);
    const perNode = 1000 / graph.size;
    figures.push({
      shape: name,
      size: graph.size,
      plain: without!.median * perNode,
      observed: with_!.median * perNode,
    });
  }
  if (events === 0) throw new Error("the listener heard nothing");
  console.log('\nobservers: build and run, µs per node, without and with a listener to "task"\n');
  printTable<ObserverFigure>(
    [
      { heading: "shape", cell: ({ shape }) => shape },
      { heading: "nodes", cell: (row) => whole(row.size), right: true },
      { heading: "no listener", cell: (row) => row.plain.toFixed(3), right: true },
      { heading: "listener", cell: (row) => row.observed.toFixed(3), right: true },
      { heading: "×", cell: (row) => short(row.observed / row.plain), right: true },
    ],
    [figures],
  );
}
