/** Started anew for each measurement: the first message of a worker without anything around it. */

import { fork } from "node:child_process";
import { once } from "node:events";
import { Worker } from "node:worker_threads";

const [, , file, kind] = process.argv as [string, string, string, "threads" | "processes"];

const begin = performance.now();
const worker = kind === "threads" ? new Worker(file) : fork(file, { serialization: "advanced" });
await once(worker, "message");
const end = performance.now();
console.log(JSON.stringify({ value: 42, created: end - begin, process: end }));
process.exit();
