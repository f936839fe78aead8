/** A worker without a library, a thread or a process: answers a list of requests by a list of results. */

import { parentPort } from "node:worker_threads";
import { TASKS } from "./tasks.ts";

/** Calls of one task: which, with what arguments, and under what numbers to report the results. */
export interface Requests {
  readonly task: string;
  readonly ids: readonly number[];
  readonly args: readonly number[];
}

/** The results, in the order of the numbers. */
export interface Replies {
  readonly ids: readonly number[];
  readonly values: readonly number[];
}

function answer({ task, ids, args }: Requests): Replies {
  return { ids, values: args.map(TASKS[task]!) };
}

if (parentPort === null) {
  process.on("message", (requests: Requests) => process.send!(answer(requests)));
} else {
  const port = parentPort;
  port.on("message", (requests: Requests) => port.postMessage(answer(requests)));
}
