import { randomBytes } from "node:crypto";
import { Library } from "../../src/closure/library.ts";
import { failureOf } from "../../src/dask/client/failures.ts";
import { Fetching } from "../../src/dask/client/fetching.ts";
import type { KeyListener } from "../../src/dask/client/key-listener.ts";
import { SchedulerClient } from "../../src/dask/client/scheduler-client.ts";
import type { KeyId } from "../../src/dask/protocol/key.ts";
import type { GraphTask, TaskAnnotations } from "../../src/dask/protocol/task-graph.ts";
import { TaskWriter, type Wishes } from "../../src/dask/tasks/task-writer.ts";
import { DispatchGraph } from "../../src/graph/graph.ts";
import { lower } from "../../src/graph/lower.ts";
import type { DispatchNode } from "../../src/nodes/node.ts";

/** How a test wants its tasks. */
export interface Submission {
  readonly annotations?: TaskAnnotations;
  readonly wishes?: Wishes;
}

/** A client for tests of workers: nodes go in, one key each, and values come out. */
export class TestClient implements AsyncDisposable {
  readonly client: SchedulerClient;
  /** What was heard of keys: `lost x`, `erred x`. */
  readonly heard: string[] = [];
  readonly #library = new Library("test");
  readonly #writer = new TaskWriter(this.#library);
  readonly #fetching: Fetching;
  readonly #listener: KeyListener;

  constructor(address: string) {
    this.client = new SchedulerClient(address, {
      ...{ timeout: 20_000, noWorkerTimeout: 20_000 },
      errorOf: async (failure, key) => (await failureOf(failure, key, this.#library, () => undefined)).error,
    });
    this.#fetching = new Fetching(this.client, this.#library);
    const hear =
      (what: string) =>
      (key: unknown): void => {
        this.heard.push(`${what} ${key}`);
      };
    this.#listener = {
      ...{
        inMemory: hear("in-memory"),
        lost: hear("lost"),
        erred: hear("erred"),
        cancelled: hear("cancelled"),
      },
      ...{ retried: hear("retried"), noWorkers: hear("no-workers"), closed: hear("closed") },
    };
  }

  /** The keys of these nodes, whose graph is handed to the scheduler. They are held until they are released. */
  submit(nodes: readonly DispatchNode[], { annotations, wishes }: Submission = {}): KeyId[] {
    const graph = lower(DispatchGraph.from([...nodes]), new Map());
    const cargo = this.#writer.load(graph, wishes);
    const token = randomBytes(8).toString("hex");
    const keyOf = (task: number): KeyId => `${graph.info(task).label}-${token}-${task}`;
    const tasks = Array.from({ length: graph.size }, (_, task): GraphTask => {
      const dependencies = graph.dependencies.subarray(
        graph.dependencyStart[task],
        graph.dependencyStart[task + 1],
      );
      return {
        key: keyOf(task),
        payloads: [this.#writer.functionBytes(cargo, task), this.#writer.argumentBytes(cargo, task)],
        dependencies: Array.from(dependencies, keyOf),
        ...(annotations && { annotations }),
      };
    });
    const outputs = nodes.map((node) => keyOf(graph.taskOf(node)));
    this.client.updateGraph({ tasks, outputs, token }, this.#listener);
    return outputs;
  }

  /** The value of a key that was submitted; rejects with the task's own error. */
  value(key: KeyId): Promise<unknown> {
    return this.#fetching.fetch(key);
  }

  /** Submits nodes, and gives their values. */
  compute(...nodes: readonly DispatchNode[]): Promise<unknown[]> {
    return Promise.all(this.submit(nodes).map((key) => this.value(key)));
  }

  release(...keys: readonly KeyId[]): void {
    this.client.release(keys, this.#listener);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.client.close();
  }
}
