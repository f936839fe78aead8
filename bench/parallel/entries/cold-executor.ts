/** Started anew for each measurement: the first value of an executor. */

import { pathToFileURL } from "node:url";
import type { Library } from "../../library.ts";
import { addOne } from "./tasks.ts";

const [, , file, kind] = process.argv as [string, string, string, "threads" | "processes"];

const { op, ParallelExecutor }: Library = await import(pathToFileURL(file).href);
const begin = performance.now();
await using executor = new ParallelExecutor({ workers: 2, kind });
const value = await executor.collect(op(addOne, 41));
const end = performance.now();
console.log(JSON.stringify({ value, created: end - begin, process: end }));
