/** A tree of tasks without nodes, a run or an executor: what the client, the scheduler and the workers take by themselves. */

import type { Library } from "../../src/closure/library.ts";
import type { SchedulerClient } from "../../src/dask/client/scheduler-client.ts";
import type { AnyFunction } from "../../src/task.ts";
import { addOne } from "../parallel/entries/tasks.ts";
import type { Internals } from "./internals.ts";

/** The sum of two numbers. */
export function add(a: number, b: number): number {
  return a + b;
}

interface GraphTask {
  readonly key: string;
  readonly payloads: readonly Uint8Array[];
  readonly dependencies: readonly string[];
}

/** Submits trees, and gathers their roots. */
export class KeyLevel {
  readonly #internals: Internals;
  readonly #client: SchedulerClient;
  readonly #library: Library;
  readonly #functions: { readonly leaf: Uint8Array; readonly add: Uint8Array };
  #runs = 0;

  constructor(internals: Internals, address: string) {
    this.#internals = internals;
    this.#client = new internals.SchedulerClient(address);
    this.#library = new internals.Library("key-level");
    this.#functions = { leaf: this.#captured(addOne), add: this.#captured(add) };
  }

  /** The sum of the numbers from 1, by pairs. */
  async sum(leaves: number): Promise<number> {
    const { argumentBytes, ALL_INPUTS, LISTED, readAny } = this.#internals;
    const [client, library] = [this.#client, this.#library];
    const run = ++this.#runs;
    const tasks: GraphTask[] = [];
    const priorities = new Map<string, number>();
    const notes = { topic: undefined, watched: false, described: false };
    const put = (
      name: "leaf" | "add",
      content: Parameters<typeof argumentBytes>[2],
      dependencies: string[],
    ): string => {
      const node = tasks.length;
      const key = `${name}-${client.id.slice(-8)}-${run}-${node}`;
      const bytes = argumentBytes({ ...notes, label: name, node }, 0, content, library);
      tasks.push({ key, payloads: [this.#functions[name], bytes], dependencies });
      // What is made first has the numbers that are needed first.
      priorities.set(key, node);
      return key;
    };
    const tree = (from: number, to: number): string => {
      if (to - from === 1) return put("leaf", { form: LISTED, args: [from] }, []);
      const middle = (from + to) >> 1;
      return put("add", { form: ALL_INPUTS }, [tree(from, middle), tree(middle, to)]);
    };
    const root = tree(0, leaves);
    client.updateGraph(
      { tasks, outputs: [root], token: `${client.id}-${run}`, internalPriority: priorities },
      SILENT,
    );
    const value = readAny((await client.gather([root])).get(root)!, library);
    client.release([root], SILENT);
    return value as number;
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  #captured(fn: AnyFunction): Uint8Array {
    const { id } = this.#library.capture(fn, fn.name);
    return this.#internals.functionBytes(id, this.#library);
  }
}

const SILENT = {
  inMemory() {},
  lost() {},
  erred() {},
  cancelled() {},
  retried() {},
  noWorkers() {},
  closed() {},
};
