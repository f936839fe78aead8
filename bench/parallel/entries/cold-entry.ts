/** Started anew for each measurement: a worker of the library without an executor, until it can take work. */

import { pathToFileURL } from "node:url";
import type { Spawn } from "../../../src/spawn/spawn.ts";
import type { WorkerStart } from "../../../src/worker/protocol.ts";

type Threads = typeof import("../../../src/spawn/threads.ts");
type Processes = typeof import("../../../src/spawn/processes.ts");

const [, , directory, kind] = process.argv as [string, string, string, "threads" | "processes"];

const base = pathToFileURL(`${directory}/`);
const entry = new URL("worker/main.js", base);
let spawn: Spawn;
if (kind === "threads") {
  const { threadSpawner }: Threads = await import(new URL("spawn/threads.js", base).href);
  spawn = threadSpawner({ entry });
} else {
  const { processSpawner }: Processes = await import(new URL("spawn/processes.js", base).href);
  spawn = processSpawner({ entry });
}
const start: WorkerStart = {
  index: 0,
  name: "bare",
  concurrency: 1,
  sharesMemory: kind === "threads",
  memoryLimit: Infinity,
  spillDirectory: undefined,
};
const begin = performance.now();
const worker = spawn({ id: "bare", data: start });
await worker.ready;
const end = performance.now();
console.log(JSON.stringify({ value: 42, created: end - begin, process: end }));
await worker.terminate();
