/**
 * One executor and one graph whose values are many times its memory limit, in a process of its own:
 * so its peak of resident memory is that of this run. Its only argument is an `OutOfCoreRun` as JSON.
 */

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { Library } from "../../library.ts";
import type { Kind } from "../executors.ts";
import { WORKERS } from "../raw-pool.ts";

export interface OutOfCoreRun {
  /** `index.js` of the library. */
  readonly file: string;
  readonly kind: Kind;
  /** Bytes per worker; no limit if not given. */
  readonly limit?: number;
  /** How many blocks the data has, and how many numbers each of them. */
  readonly blocks: number;
  readonly length: number;
  readonly directory: string;
}

export interface OutOfCoreFigures {
  readonly milliseconds: number;
  /** Bytes of resident memory: of each worker that is a process, or of the process that the workers are threads of. */
  readonly peaks: readonly number[];
  readonly write: Traffic;
  readonly read: Traffic;
}

/** Bytes of files, and milliseconds that it took to write or read them, each worker's added up. */
export interface Traffic {
  readonly bytes: number;
  readonly milliseconds: number;
}

const {
  file,
  kind,
  limit = Infinity,
  blocks,
  length,
  directory,
}: OutOfCoreRun = JSON.parse(process.argv[2]!);
const { op, treeReduce, ParallelExecutor }: Library = await import(pathToFileURL(file).href);
const executor = new ParallelExecutor({
  workers: WORKERS,
  kind,
  memoryLimit: limit,
  spillDirectory: directory,
});
const traffic = { write: { bytes: 0, milliseconds: 0 }, read: { bytes: 0, milliseconds: 0 } };
executor.on("spill", (event) => {
  traffic[event.kind].bytes += event.bytes;
  traffic[event.kind].milliseconds += event.milliseconds;
});
await executor.run(executor.workers.map(({ id }) => op(addOne, 0).with({ workers: [id] })));

const began = performance.now();
const sum = await executor.collect(weightedSum());
const milliseconds = performance.now() - began;
if (sum !== expectedSum()) throw new Error(`${kind} came to ${sum}, and not to ${expectedSum()}`);
const pids = kind === "threads" ? [process.pid] : executor.workers.map(({ pid }) => pid);
const figures: OutOfCoreFigures = { milliseconds, peaks: pids.map(peakOf), ...traffic };
await executor.close();
process.send!(figures, () => process.exit());

/**
 * Each block needs the mean of all: so all of them are there at once. Then each is mapped, combined
 * with its neighbours, and what these come to is reduced.
 */
function weightedSum() {
  const made = Array.from({ length: blocks }, (_, i) => op(make, i, length));
  const sums = treeReduce(
    add,
    made.map((block) => op(sumOf, block)),
  );
  const mapped = made.map((block) => op(subtract, block, op(divide, sums, blocks * length)));
  const combined = mapped.map((block, i) =>
    op(combine, mapped[Math.max(0, i - 1)]!, block, mapped[Math.min(blocks - 1, i + 1)]!),
  );
  return treeReduce(
    add,
    combined.map((block, i) => op(weigh, block, i + 1)),
  );
}

/** The same with one number in the place of each block: all of its numbers are `i`, or differ from it by what cancels. */
function expectedSum(): number {
  const mapped = Array.from({ length: blocks }, (_, i) => i - (blocks - 1) / 2);
  return mapped.reduce((sum, value, i) => {
    const around = mapped[Math.max(0, i - 1)]! + value + mapped[Math.min(blocks - 1, i + 1)]!;
    return sum + (i + 1) * length * around;
  }, 0);
}

function make(number: number, length: number): Float64Array {
  const block = new Float64Array(length);
  for (let i = 0; i < length; i++) block[i] = number + (i & 1 ? 1 : -1);
  return block;
}

function subtract(block: Float64Array, mean: number): Float64Array {
  return block.map((value) => value - mean);
}

function combine(before: Float64Array, block: Float64Array, after: Float64Array): Float64Array {
  return block.map((value, i) => before[i]! + value + after[i]!);
}

function sumOf(block: Float64Array): number {
  return weigh(block, 1);
}

function weigh(block: Float64Array, weight: number): number {
  let sum = 0;
  for (let i = 0; i < block.length; i++) sum += block[i]!;
  return weight * sum;
}

function add(a: number, b: number): number {
  return a + b;
}

function addOne(x: number): number {
  return x + 1;
}

function divide(a: number, b: number): number {
  return a / b;
}

/** Bytes of resident memory at most so far, of a process. */
function peakOf(pid: number): number {
  return 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]);
}
