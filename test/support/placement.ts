import { fewestBytesMoved } from "./exhaustive.ts";
import type { Random } from "./random.ts";
import { VirtualCluster } from "./virtual-cluster.ts";
import { randomly, SMALL_GRAPHS } from "./works.ts";

/**
 * How many bytes the scheduler moves, against the fewest that can be moved.
 *
 * On small random graphs every schedule is looked at that never lets a worker idle while a task is
 * ready: each choice of a ready task and a free worker. The one of these that moves fewest bytes
 * knows beforehand how long tasks take and what they will make, which the scheduler does not. A worker
 * that lacks an input moves all of its bytes, once, in no time. Compared are sums over many graphs: a
 * single one may need no bytes at all.
 */
export interface PlacementFigure {
  /** A kind of graphs, and how many workers. */
  readonly what: string;
  /** Bytes that the scheduler moved. */
  readonly moved: number;
  /** The fewest bytes with which the graphs are done as fast as the scheduler does them. */
  readonly asFast: number;
  /** The fewest bytes, however long it takes. */
  readonly fewest: number;
  /** By how many bytes the scheduler has moved more than the best as fast on a single graph, at most. */
  readonly worst: number;
}

/**
 * @param graphs how many of each kind, on two and on three workers
 * @throws Error when the search has missed a schedule
 */
export function measurePlacement(random: Random, graphs: number): PlacementFigure[] {
  return Object.entries(SMALL_GRAPHS).flatMap(([kind, make]) =>
    [2, 3].map((workers): PlacementFigure => {
      const figure = { what: `${kind}, ${workers} workers`, moved: 0, asFast: 0, fewest: 0, worst: 0 };
      for (let i = 0; i < graphs; i++) {
        const work = randomly(random, make(random));
        const cluster = new VirtualCluster(...new Array<number>(workers).fill(1));
        cluster.submit(work);
        cluster.run();
        const asFast = fewestBytesMoved(work, workers, cluster.now);
        const more = cluster.bytesMoved - asFast;
        if (more < 0) throw new Error("the search has missed a schedule");
        figure.moved += cluster.bytesMoved;
        figure.asFast += asFast;
        figure.fewest += fewestBytesMoved(work, workers);
        figure.worst = Math.max(figure.worst, more);
      }
      return figure;
    }),
  );
}

/** All of them together. */
export function total(figures: readonly PlacementFigure[]): PlacementFigure {
  const all = { what: "all", moved: 0, asFast: 0, fewest: 0, worst: 0 };
  for (const { moved, asFast, fewest, worst } of figures) {
    all.moved += moved;
    all.asFast += asFast;
    all.fewest += fewest;
    all.worst = Math.max(all.worst, worst);
  }
  return all;
}
