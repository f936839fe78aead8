import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { inheritedByProcesses } from "../../spawn/exec-argv.ts";
import type { WorkerOptions } from "../worker/settings.ts";
import { Child } from "./child.ts";

/** A worker of a cluster that runs in a process of its own. */
export interface ClusterWorker {
  /** Unique on the scheduler. */
  readonly name: string;
  /** `tcp://host:port` */
  readonly address: string;
  readonly pid: number;
}

/** The same relative path from the sources and from what is built of them: workers run what is built. */
const ENTRY = fileURLToPath(new URL("../../../dist/dask/worker/main.js", import.meta.url));

/** How long it may take to start, besides looking for the scheduler, in milliseconds. */
const START_LIMIT = 30_000;

/** Starts a worker process. It ends with this process, and is ready when the scheduler knows it. */
export function startWorkerProcess(
  scheduler: string,
  options: WorkerOptions & { readonly name: string },
): Child<{ readonly address: string }> {
  const process_ = fork(ENTRY, [JSON.stringify({ scheduler, ...options })], {
    stdio: ["ignore", "inherit", "pipe", "ipc"],
    execArgv: inheritedByProcesses(process.execArgv),
    // A group of its own: what is typed at the terminal is for this program to answer.
    detached: true,
  });
  let early: string | undefined = "";
  const child = new Child<{ readonly address: string }>(process_, {
    what: `worker "${options.name}"`,
    startLimit: START_LIMIT + (options.connectTimeout ?? 0),
    // What it says before it is ready is part of the error if it never is.
    onOutput: (text) => {
      if (early === undefined) process.stderr.write(text);
      else early += text;
    },
  });
  process_.once("message", (message) => {
    if (early) process.stderr.write(early);
    early = undefined;
    child.announced(message as { address: string });
  });
  return child;
}
