import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Goal } from "../goals.ts";
import { interleave } from "../measure.ts";
import { type Part, printTimings, timingOf } from "./part.ts";

type Closures = typeof import("../../src/closure/library.ts");
type Closure = (x: number) => number;

/** Functions that are captured in one turn. */
const COUNT = 100;
/** At most so many µs. */
const KNOWN = 60;
const AGAIN = 1;

/** What it takes to make a function ready for the journey to a worker. */
export const measureClosures: Part = async ({ builds, rounds, quick }) => {
  const measured = rounds ?? (quick ? 11 : 41);
  const goals: Goal[] = [];
  for (const { name, file } of builds) {
    const { Library }: Closures = await import(
      pathToFileURL(join(dirname(file), "closure", "library.js")).href
    );
    const library = new Library("bench");
    const warmUp = 5;
    const makers = await makersOf((warmUp + measured) * COUNT + 1);
    // Once: the inspector is opened and the script that has all these functions is read.
    library.capture(makers.pop()!(1, 2));
    const turn = (next: (n: number) => Closure) => (): number => {
      for (let n = 0; n < COUNT; n++) library.capture(next(n));
      return COUNT;
    };
    const unchanged = scaled(3, 4);
    const timed = [
      { name: "new closure of known text", run: turn((n) => scaled(n, ++made)) },
      { name: "text not seen before", run: turn((n) => makers.pop()!(n, ++made)) },
      { name: "unchanged function", run: turn(() => unchanged) },
    ];
    await interleave(timed, warmUp, false);
    const timings = await interleave(timed, measured, false);
    printTimings(
      {
        title: `closures: ${name} captures functions of two numbers each`,
        perTurn: COUNT / 1000,
        unit: "µs per function",
        references: [],
      },
      timings,
    );
    const perFunction = (which: string): number => (timingOf(timings, which).median * 1000) / COUNT;
    goals.push(
      {
        what: `closures, ${name}: new closure of known text`,
        sense: "at most",
        limit: KNOWN,
        figure: perFunction("new closure of known text"),
        unit: "µs",
      },
      {
        what: `closures, ${name}: unchanged function`,
        sense: "at most",
        limit: AGAIN,
        figure: perFunction("unchanged function"),
        unit: "µs",
      },
    );
  }
  return goals;
};

/** So that no two closures have the same numbers. */
let made = 0;

function scaled(factor: number, offset: number): Closure {
  return (x) => x * factor + offset;
}

/** Makers of functions no two of which have the same text, all from one file, as those of a program. */
async function makersOf(count: number): Promise<((factor: number, offset: number) => Closure)[]> {
  const folder = mkdtempSync(join(tmpdir(), "dispatch-graph-bench-"));
  const file = join(folder, "makers.mjs");
  // In one array, since every name at the top of a file makes reading a function of it dearer.
  const lines = Array.from(
    { length: count },
    (_, n) => `  (factor, offset) => (x) => x * factor + offset + ${n},`,
  );
  writeFileSync(file, `export const makers = [\n${lines.join("\n")}\n];\n`);
  const { makers } = await import(pathToFileURL(file).href);
  rmSync(folder, { recursive: true });
  return makers;
}
