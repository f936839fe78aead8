import { execFile } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Goal } from "../goals.ts";
import { medianOf, turns } from "../measure.ts";
import { printTable } from "../table.ts";
import { KINDS, type Kind } from "./executors.ts";
import type { LoadedBuild, Part } from "./part.ts";

/** At most so many times what a worker without an executor takes. */
const LIMIT = 2;

/** A program that starts something, and what it is told. */
interface Contender {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
}

/** What a program measured, in ms, from just before it began to when it had its first value. */
interface Start {
  readonly value: number;
  /** From when the executor or worker was created. */
  readonly created: number;
  /** From the start of the process. */
  readonly process: number;
}

interface Figure {
  readonly name: string;
  readonly created: number;
  readonly process: number;
  readonly rounds: number;
}

/** From nothing to the first value, each time in a new process. */
export const measureStart: Part = async ({ builds, rounds, quick }) => {
  const contenders = [
    ...KINDS.map(bareWorker),
    ...builds.flatMap((build) => KINDS.flatMap((kind) => [entryOf(build, kind), executorOf(build, kind)])),
    { name: "piscina", program: "cold-piscina", args: [] },
  ];
  const figures = await figuresOf(contenders, rounds ?? (quick ? 5 : 15));
  console.log("\nstart: a new process, 2 workers, the first value of the simplest task; median in ms\n");
  printTable<Figure>(
    [
      { heading: "contender", cell: ({ name }) => name },
      { heading: "from its creation", cell: ({ created }) => created.toFixed(1), right: true },
      { heading: "from the process's start", cell: (row) => row.process.toFixed(1), right: true },
      { heading: "rounds", cell: (row) => String(row.rounds), right: true },
    ],
    [figures],
  );
  const created = (name: string): number => figures.find((figure) => figure.name === name)!.created;
  return builds.flatMap((build) =>
    KINDS.map((kind): Goal => {
      const { name } = executorOf(build, kind);
      return {
        what: `start, ${name}`,
        sense: "at most",
        limit: LIMIT,
        figure: created(name) / created(entryOf(build, kind).name),
        unit: "× its entry alone",
      };
    }),
  );
};

function bareWorker(kind: Kind): Contender {
  const hello = fileURLToPath(new URL("./entries/hello.js", import.meta.url));
  return { name: `bare ${kind}`, program: "cold-worker", args: [hello, kind] };
}

/** A worker of the library without an executor. */
function entryOf({ name, file }: LoadedBuild, kind: Kind): Contender {
  return { name: `${name} ${kind}, entry alone`, program: "cold-entry", args: [dirname(file), kind] };
}

function executorOf({ name, file }: LoadedBuild, kind: Kind): Contender {
  return { name: `${name} ${kind}`, program: "cold-executor", args: [file, kind] };
}

async function figuresOf(contenders: readonly Contender[], rounds: number): Promise<Figure[]> {
  const starts = contenders.map((): Start[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const which of turns(contenders.length, round)) {
      const { name, program, args } = contenders[which]!;
      const start = await startOf(program, args);
      if (start.value !== 42) throw new Error(`${name} came to ${start.value}`);
      starts[which]!.push(start);
    }
  }
  const median = (of: readonly number[]): number => medianOf([...of].sort((a, b) => a - b));
  return contenders.map(({ name }, which) => ({
    name,
    created: median(starts[which]!.map(({ created }) => created)),
    process: median(starts[which]!.map((start) => start.process)),
    rounds,
  }));
}

async function startOf(program: string, args: readonly string[]): Promise<Start> {
  const file = fileURLToPath(new URL(`./entries/${program}.js`, import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [file, ...args]);
  return JSON.parse(stdout);
}
