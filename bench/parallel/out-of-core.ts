import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Goal } from "../goals.ts";
import { medianOf, turns } from "../measure.ts";
import { printTable, short, whole } from "../table.ts";
import type { OutOfCoreFigures, OutOfCoreRun, Traffic } from "./entries/out-of-core.ts";
import type { RawFiles } from "./entries/raw-files.ts";
import { KINDS, type Kind } from "./executors.ts";
import type { Part } from "./part.ts";
import { WORKERS } from "./raw-pool.ts";

/** The data is so many times the limits of all workers. */
const TIMES = 8;
/** Bytes. */
const BLOCK = 8e6;
/** What a worker may take beside its limit: a share of it, and what a worker is without values. */
const SHARE_MORE = 1.25;
const BESIDE = 150e6;
const DISK_SHARE = 0.6;

interface Contender {
  readonly name: string;
  readonly kind: Kind;
  readonly limit: number | undefined;
  readonly run: OutOfCoreRun;
  readonly figures: OutOfCoreFigures[];
}

type Disk = Pick<OutOfCoreFigures, "write" | "read">;

/** Data of many times the memory limit through map, combine and reduce; and the disk alone. */
export const measureOutOfCore: Part = async ({ builds, rounds, quick, limit = quick ? 32e6 : 128e6 }) => {
  const blocks = Math.ceil((TIMES * WORKERS * limit) / BLOCK);
  const directory = mkdtempSync(join(fileURLToPath(new URL("../..", import.meta.url)), "out-of-core-"));
  const contenders = builds.flatMap(({ name, file, library }) =>
    // Another build may be from before there was a limit.
    "treeReduce" in library
      ? KINDS.flatMap((kind) =>
          [undefined, limit].map((bytes): Contender => {
            const run = {
              file,
              kind,
              blocks,
              length: BLOCK / 8,
              directory,
              ...(bytes !== undefined && { limit: bytes }),
            };
            const which = bytes === undefined ? "no limit" : "limited";
            return { name: `${name} ${kind}, ${which}`, kind, limit: bytes, run, figures: [] };
          }),
        )
      : [],
  );
  const disk: Disk[] = [];
  try {
    for (let round = 0; round < (rounds ?? (quick ? 1 : 5)); round++) {
      disk.push(await rawDisk(directory, blocks));
      for (const which of turns(contenders.length, round)) {
        const { run, figures } = contenders[which]!;
        figures.push(await ended<OutOfCoreFigures>("out-of-core", run));
        const left = readdirSync(directory);
        if (left.length > 0) throw new Error(`${left.length} files were left in ${directory}`);
      }
      disk.push(await rawDisk(directory, blocks));
    }
  } finally {
    rmSync(directory, { recursive: true });
  }

  const data = blocks * BLOCK;
  console.log(
    `\noutofcore: ${whole(data / 1e6)} MB in blocks of 8 MB through map, combine and reduce, ${whole(limit / 1e6)} MB for each of ${WORKERS} workers\n`,
  );
  const unlimited = (contender: Contender): Contender =>
    contenders.find(({ run }) => run.file === contender.run.file && run.kind === contender.kind)!;
  printTable<Contender>(
    [
      { heading: "contender", cell: ({ name }) => name },
      { heading: "median s", cell: (one) => short(seconds(one)), right: true },
      { heading: "× no limit", cell: (one) => short(seconds(one) / seconds(unlimited(one))), right: true },
      { heading: "peak MB", cell: (one) => whole(peak(one) / 1e6), right: true },
      { heading: "written MB", cell: (one) => megabytes(one.figures, "write"), right: true },
      { heading: "read MB", cell: (one) => megabytes(one.figures, "read"), right: true },
      { heading: "write MB/s", cell: (one) => speed(one, "write"), right: true },
      { heading: "read MB/s", cell: (one) => speed(one, "read"), right: true },
      { heading: "rounds", cell: ({ figures }) => String(figures.length), right: true },
    ],
    [contenders],
  );
  console.log(
    `\nThe disk alone, ${WORKERS} processes at once: writes ${short(bandwidth(disk, "write"))} MB/s, reads ${short(bandwidth(disk, "read"))} MB/s each.`,
    "\nThe system's cache of files is in play, for all alike: nothing is forced to the disk, and it has memory for files.",
  );
  return contenders.filter((one) => one.limit !== undefined).flatMap((one) => goalsOf(one, disk));
};

function goalsOf({ name, kind, figures, limit }: Contender, disk: readonly Disk[]): Goal[] {
  const share = kind === "threads" ? WORKERS : 1;
  return [
    {
      what: `outofcore, ${name}: peak of ${kind === "threads" ? "all workers" : "a worker"}`,
      sense: "at most",
      limit: (share * (SHARE_MORE * limit! + BESIDE)) / 1e6,
      figure: peak({ figures }) / 1e6,
      unit: "MB",
    },
    ...(["write", "read"] as const).map(
      (way): Goal => ({
        what: `outofcore, ${name}: ${way} bandwidth`,
        sense: "at least",
        limit: DISK_SHARE,
        figure: bandwidth(figures, way) / bandwidth(disk, way),
        unit: "× the disk",
      }),
    ),
  ];
}

/** Two processes at once write and read as much as the workers do, in as large files. */
async function rawDisk(directory: string, blocks: number): Promise<Disk> {
  const files = Math.ceil(blocks / WORKERS);
  const all = await Promise.all(
    Array.from({ length: WORKERS }, (_, i) =>
      ended<Disk>("raw-files", { directory, prefix: `${i}-`, files, bytes: BLOCK } satisfies RawFiles),
    ),
  );
  return { write: together(all.map(({ write }) => write)), read: together(all.map(({ read }) => read)) };
}

/** Runs an entry in a process of its own. */
async function ended<T>(entry: string, argument: object): Promise<T> {
  const file = fileURLToPath(new URL(`entries/${entry}.js`, import.meta.url));
  const child = fork(file, [JSON.stringify(argument)], { execArgv: [] });
  let answer: T | undefined;
  child.on("message", (message) => {
    answer = message as T;
  });
  const [code] = await once(child, "exit");
  if (answer === undefined) throw new Error(`${entry} ended with exit code ${code}`);
  return answer;
}

function seconds({ figures }: Contender): number {
  return medianOf(figures.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b)) / 1000;
}

/** The highest of all workers and rounds. */
function peak({ figures }: Pick<Contender, "figures">): number {
  return Math.max(...figures.flatMap(({ peaks }) => peaks));
}

/** Of one worker while it writes or reads, in MB/s. */
function bandwidth(figures: readonly Disk[], way: keyof Disk): number {
  const { bytes, milliseconds } = together(figures.map((one) => one[way]));
  return bytes / 1e3 / milliseconds;
}

function speed({ figures, limit }: Contender, way: keyof Disk): string {
  return limit === undefined ? "–" : short(bandwidth(figures, way));
}

function megabytes(figures: readonly Disk[], way: keyof Disk): string {
  return whole(together(figures.map((one) => one[way])).bytes / figures.length / 1e6);
}

function together(parts: readonly Traffic[]): Traffic {
  return {
    bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
    milliseconds: parts.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
  };
}
