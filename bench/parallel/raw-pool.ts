import { fork } from "node:child_process";
import { Worker } from "node:worker_threads";
import type { Replies, Requests } from "./entries/raw.ts";
import type { TaskName } from "./entries/tasks.ts";
import type { Pool } from "./pools.ts";

/** How many workers every contender has. */
export const WORKERS = 2;

const ENTRY = new URL("./entries/raw.js", import.meta.url);

/**
 * What one writes without a library: two workers that are asked by message, where all requests of
 * one turn of the event loop go in one message, and so do their results.
 */
export class RawPool implements Pool {
  readonly name: string;
  readonly #workers: readonly RawWorker[];
  #turn = 0;

  constructor(task: TaskName, kind: "threads" | "processes") {
    this.name = `raw ${kind}`;
    this.#workers = Array.from(
      { length: WORKERS },
      () => new RawWorker(task, kind === "threads" ? thread() : childProcess()),
    );
  }

  /** The workers take turns. */
  call(argument: number): Promise<number> {
    this.#turn = (this.#turn + 1) % WORKERS;
    return this.callOn(this.#turn, argument);
  }

  callOn(worker: number, argument: number): Promise<number> {
    return this.#workers[worker]!.call(argument);
  }
}

/** How to talk to a worker. */
interface Line {
  post(requests: Requests): void;
  listen(listener: (replies: Replies) => void): void;
}

class RawWorker {
  readonly #task: TaskName;
  readonly #line: Line;
  readonly #waiting = new Map<number, (value: number) => void>();
  #ids: number[] = [];
  #args: number[] = [];
  #next = 0;

  constructor(task: TaskName, line: Line) {
    this.#task = task;
    this.#line = line;
    line.listen(({ ids, values }) => {
      for (let i = 0; i < ids.length; i++) {
        const id = ids[i]!;
        this.#waiting.get(id)!(values[i]!);
        this.#waiting.delete(id);
      }
    });
  }

  call(argument: number): Promise<number> {
    if (this.#ids.length === 0) queueMicrotask(() => this.#flush());
    const id = this.#next++;
    this.#ids.push(id);
    this.#args.push(argument);
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  #flush(): void {
    this.#line.post({ task: this.#task, ids: this.#ids, args: this.#args });
    this.#ids = [];
    this.#args = [];
  }
}

function thread(): Line {
  const worker = new Worker(ENTRY);
  return {
    post: (requests) => worker.postMessage(requests),
    listen: (listener) => worker.on("message", listener),
  };
}

function childProcess(): Line {
  const child = fork(ENTRY, { serialization: "advanced" });
  return {
    post: (requests) => child.send(requests),
    listen: (listener) => child.on("message", listener),
  };
}
