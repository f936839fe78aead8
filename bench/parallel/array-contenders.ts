import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MessageChannel, Worker } from "node:worker_threads";
import { Piscina } from "piscina";
import type { Timed } from "../measure.ts";
import { makeArray, sumAll, sumArray } from "./entries/tasks.ts";

/** Two threads with a port between them; each array is handed over and not copied. */
export function rawThreads(arrays: number): Timed {
  const { port1, port2 } = new MessageChannel();
  const entry = new URL("./entries/array-thread.js", import.meta.url);
  const worker = (role: string, port: typeof port1): Worker =>
    new Worker(entry, { workerData: { role, port, arrays }, transferList: [port] });
  const maker = worker("make", port1);
  const summer = worker("sum", port2);
  return {
    name: "raw threads",
    async run() {
      maker.postMessage("go");
      return (await once(summer, "message"))[0];
    },
  };
}

/** Two processes with a Unix socket between them. */
export async function rawProcesses(arrays: number): Promise<Timed> {
  const folder = mkdtempSync(join(tmpdir(), "dispatch-graph-bench-"));
  const entry = new URL("./entries/array-process.js", import.meta.url);
  const start = async (role: string): Promise<ChildProcess> => {
    const child = fork(entry, [role, join(folder, "socket"), String(arrays)]);
    await once(child, "message");
    return child;
  };
  const maker = await start("make");
  const summer = await start("sum");
  rmSync(folder, { recursive: true });
  return {
    name: "raw processes",
    async run() {
      maker.send("go");
      return (await once(summer, "message"))[0];
    },
  };
}

/** Two pools of one worker each, so that one makes and the other sums; every array passes through this thread. */
export function piscina(arrays: number): Timed {
  const filename = fileURLToPath(new URL("./entries/array-piscina.js", import.meta.url));
  const maker = new Piscina<number, Float64Array<ArrayBuffer>>({
    filename,
    name: "make",
    minThreads: 1,
    maxThreads: 1,
  });
  const summer = new Piscina<Float64Array, number>({ filename, name: "sum", minThreads: 1, maxThreads: 1 });
  return {
    name: "piscina, move",
    async run() {
      const sums = Array.from({ length: arrays }, async (_, n) => {
        const array = await maker.run(n);
        return summer.run(array, { transferList: [array.buffer] });
      });
      return sumAll(await Promise.all(sums));
    },
  };
}

/** Everything in this thread: what making and summing take. */
export function oneThread(arrays: number): Timed {
  return {
    name: "one thread",
    run() {
      let sum = 0;
      for (let n = 0; n < arrays; n++) sum += sumArray(makeArray(n));
      return sum;
    },
  };
}

/** As many bytes copied from arrays that are there to memory that is: nothing is made or summed. */
export function memoryCopy(arrays: number): Timed {
  const sources = Array.from({ length: arrays }, (_, n) => makeArray(n));
  const targets = sources.map((source) => source.slice());
  return {
    name: "memory copy",
    run() {
      let sum = 0;
      for (const [n, target] of targets.entries()) {
        target.set(sources[n]!);
        // All numbers of an array are the same.
        sum += target[0]! * target.length;
      }
      return sum;
    },
  };
}
