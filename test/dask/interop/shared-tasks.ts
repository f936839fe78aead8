import { graphTask } from "../../../scripts/dask/graph-task.ts";
import { Library } from "../../../src/closure/library.ts";
import type { KeyListener } from "../../../src/dask/client/key-listener.ts";
import { SchedulerClient } from "../../../src/dask/client/scheduler-client.ts";
import type { GraphTask } from "../../../src/dask/protocol/task-graph.ts";
import type { AnyFunction } from "../../../src/task.ts";

const nothing = (): void => {};
const LISTENER: KeyListener = {
  ...{ inMemory: nothing, lost: nothing, erred: nothing, cancelled: nothing },
  ...{ retried: nothing, noWorkers: nothing, closed: nothing },
};

/** TypeScript tasks whose keys a Python client knows as well; they are wanted until this is disposed of. */
export class SharedTasks implements AsyncDisposable {
  readonly client: SchedulerClient;
  readonly #library = new Library("shared");
  #count = 0;

  constructor(address: string) {
    this.client = new SchedulerClient(address);
  }

  /** The functions are called with the results of the keys, and other arguments, that are given for them. */
  submit(tasks: Readonly<Record<string, readonly [AnyFunction, ...unknown[]]>>): void {
    const graph = Object.entries(tasks).map(
      ([key, [fn, ...args]]): GraphTask => graphTask(this.#library, key, fn, args),
    );
    const outputs = Object.keys(tasks);
    this.client.updateGraph({ tasks: graph, outputs, token: `shared-${++this.#count}` }, LISTENER);
  }

  /** Resolves when all of them have an outcome. */
  async settled(keys: Iterable<string>): Promise<void> {
    await Promise.allSettled([...keys].map((key) => this.client.wait([key])));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.client.close();
  }
}
