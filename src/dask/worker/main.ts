/**
 * The entry of a worker process. Its argument is JSON: the scheduler's address as `scheduler`, and `WorkerOptions`.
 * If it was forked, its parent gets a message `{ address, name }` when the worker has joined, and it ends
 * with its parent. SIGTERM ends it gracefully. Exit code 0: it was closed, or retired by the scheduler; 1: anything else.
 */

import { asError } from "../../errors.ts";
import { messageOf } from "../../shown.ts";
import { Worker, type WorkerOptions } from "./worker.ts";

const { scheduler, ...options } = JSON.parse(process.argv[2] ?? "{}") as WorkerOptions & {
  scheduler: string;
};
const worker = new Worker(scheduler, options);

process.on("SIGTERM", () => void worker.close());
// Of a terminal: who started this process decides.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(1));
// The event has been missed if the parent was gone before this was loaded; it is undefined without a parent.
if (process.connected === false) process.exit(1);

worker.start().then(
  async ({ address, name }) => {
    process.send?.({ address, name });
    const { reason } = await worker.closed;
    process.exit(reason === "closed" || reason === "retired" ? 0 : 1);
  },
  (error) => {
    process.stderr.write(`${messageOf(asError(error))}\n`, () => process.exit(1));
  },
);
