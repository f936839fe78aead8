/** Started anew for each measurement: the first value of a graph of 128 tasks, on a cluster that runs. */

import { pathToFileURL } from "node:url";
import type { Library } from "../../library.ts";
import { addOne, sumAll } from "../../parallel/entries/tasks.ts";

const [, , file, address] = process.argv as [string, string, string, string];

const { op, treeReduce }: Library = await import(pathToFileURL(file).href);
const { DaskExecutor }: typeof import("../../../src/dask/index.ts") = await import(
  new URL("dask/index.js", pathToFileURL(file)).href
);
const add = (a: number, b: number): number => a + b;

const begin = performance.now();
await using executor = new DaskExecutor(address);
// 64 leaves, 63 sums, and one more.
const leaves = Array.from({ length: 64 }, (_, n) => op(addOne, n));
const value = await executor.collect(op(sumAll, [treeReduce(add, leaves)]));
const end = performance.now();
console.log(JSON.stringify({ value, created: end - begin, process: end }));
