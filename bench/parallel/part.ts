import type { Goal } from "../goals.ts";
import type { Library } from "../library.ts";
import type { Timing } from "../measure.ts";
import { printTable, short } from "../table.ts";

/** A build of the library, as it is to be called in tables. */
export interface Build {
  readonly name: string;
  /** Its `index.js`. */
  readonly file: string;
}

export interface LoadedBuild extends Build {
  readonly library: Library;
}

/** What one part of the benchmarks is told. */
interface PartSettings {
  /** The library, and perhaps another build of it. */
  readonly builds: readonly LoadedBuild[];
  /** Instead of the number that suits the part. */
  readonly rounds: number | undefined;
  readonly quick: boolean;
  /** Bytes of memory for the values of a worker, where that is measured. */
  readonly limit?: number | undefined;
  /** An interpreter with dask.distributed, where that is measured. */
  readonly python?: string | undefined;
}

/** Measures, prints tables, and comes to what was aimed at. */
export type Part = (settings: PartSettings) => Promise<Goal[]>;

/** How to show what was measured of several contenders. */
export interface TimingTable {
  readonly title: string;
  /** What a time is divided by, and what that makes of the milliseconds of a turn. */
  readonly perTurn: number;
  readonly unit: string;
  /** Contenders to whose medians the others' are compared. */
  readonly references: readonly string[];
}

/** Prints a table of contenders. */
export function printTimings(
  { title, perTurn, unit, references }: TimingTable,
  timings: readonly Timing[],
): void {
  console.log(`\n${title}, ${unit}\n`);
  printTable<Timing>(
    [
      { heading: "contender", cell: ({ name }) => name },
      { heading: "median", cell: ({ median }) => short(median / perTurn), right: true },
      { heading: "minimum", cell: ({ minimum }) => short(minimum / perTurn), right: true },
      ...references.map((reference) => ({
        heading: `× ${reference}`,
        cell: ({ median }: Timing) => short(median / timingOf(timings, reference).median),
        right: true,
      })),
      { heading: "rounds", cell: ({ rounds }) => String(rounds), right: true },
    ],
    [timings],
  );
}

/** @throws Error when there is no contender of that name */
export function timingOf(timings: readonly Timing[], name: string): Timing {
  const timing = timings.find((one) => one.name === name);
  if (timing === undefined) throw new Error(`nothing was measured of ${name}`);
  return timing;
}
