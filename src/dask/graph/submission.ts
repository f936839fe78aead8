import type { TaskGraph } from "../../graph/lower.ts";
import type { GraphTask, TaskAnnotations } from "../protocol/task-graph.ts";
import type { Cargo, TaskWriter } from "../tasks/task-writer.ts";
import type { TaskKeys } from "./task-keys.ts";

/** Function bytes and argument bytes of a task. */
export type Payloads = readonly Uint8Array[];

/** What a submission needs of its run. */
export interface SubmissionParts {
  readonly graph: TaskGraph;
  readonly keys: TaskKeys;
  readonly writer: TaskWriter;
  readonly cargo: Cargo;
  /** True of tasks that this process has to do something for before they can be submitted: held results, meta functions. */
  readonly isOurs: (task: number) => boolean;
  /** Addresses of the workers with these names. @throws ExecutorError if there is no such worker */
  readonly addressesOf: (names: readonly string[], label: string) => readonly string[];
  /** @throws ExecutorError if no worker has these resources */
  readonly checkResources: (resources: Readonly<Record<string, number>>, label: string) => void;
}

/**
 * Decides which tasks can be submitted, and writes them. A task can as soon as everything that it needs has a key;
 * without meta functions, and chunks of other executors, that is the whole graph at once.
 */
export class Submission {
  readonly #parts: SubmissionParts;
  /** Those that wait, ascending. */
  #blocked: number[] = [];
  /** Values that this process has come by, for tasks of its own. */
  readonly #given = new Map<number, Payloads>();
  readonly #submitted = new Map<number, readonly string[]>();
  /** One object for all tasks with the same annotations: they share a layer of the graph. */
  readonly #annotations = new Map<string, TaskAnnotations>();

  constructor(parts: SubmissionParts) {
    this.#parts = parts;
    this.#blocked = Array.from({ length: parts.graph.size }, (_, task) => task);
  }

  /** A task of this process has a value, which the cluster is given. */
  give(task: number, payloads: Payloads): void {
    this.#given.set(task, payloads);
  }

  /** Tasks are to be submitted once more, under other keys. */
  again(tasks: readonly number[]): void {
    const { keys, graph } = this.#parts;
    for (const task of tasks) keys.make(task, graph.info(task).label);
    this.#renewed.push(...tasks);
  }

  readonly #renewed: number[] = [];

  /** The tasks that can be submitted now, ascending; they have keys. */
  take(): number[] {
    const { graph, keys, isOurs } = this.#parts;
    const taken: number[] = this.#renewed.splice(0);
    const left: number[] = [];
    for (const task of this.#blocked) {
      if (isOurs(task) ? this.#given.has(task) : this.#hasAllInputs(task)) {
        keys.make(task, graph.info(task).label);
        taken.push(task);
      } else if (!isOurs(task) || keys.of(task) === undefined) left.push(task);
      // Else it stands for a key that the scheduler knows.
    }
    this.#blocked = left;
    return taken;
  }

  /** The tasks whose results those need that could not be submitted yet. */
  awaited(): Set<number> {
    const { dependencyStart, dependencies } = this.#parts.graph;
    const awaited = new Set<number>();
    for (const task of this.#blocked) {
      for (let e = dependencyStart[task]!; e < dependencyStart[task + 1]!; e++) awaited.add(dependencies[e]!);
    }
    return awaited;
  }

  /** Addresses of the workers that the task was restricted to when it was submitted. */
  addressesOf(task: number): readonly string[] | undefined {
    return this.#submitted.get(task);
  }

  /** @throws ClosureError for arguments that cannot travel, ExecutorError for a worker that there is not */
  write(task: number): GraphTask {
    const { graph, keys, writer, cargo } = this.#parts;
    const key = keys.of(task)!;
    const given = this.#given.get(task);
    if (given !== undefined) return { key, payloads: given, dependencies: [] };
    const { dependencyStart, dependencies } = graph;
    const needed = Array.from(
      dependencies.subarray(dependencyStart[task], dependencyStart[task + 1]),
      (dependency) => keys.of(dependency)!,
    );
    const payloads = [writer.functionBytes(cargo, task), writer.argumentBytes(cargo, task)];
    const annotations = this.#annotationsOf(task);
    if (annotations?.workers !== undefined) this.#submitted.set(task, annotations.workers);
    return {
      key,
      payloads,
      dependencies: needed,
      ...(annotations === undefined ? undefined : { annotations }),
    };
  }

  #hasAllInputs(task: number): boolean {
    const { graph, keys } = this.#parts;
    for (let e = graph.dependencyStart[task]!; e < graph.dependencyStart[task + 1]!; e++) {
      if (keys.of(graph.dependencies[e]!) === undefined) return false;
    }
    return true;
  }

  #annotationsOf(task: number): TaskAnnotations | undefined {
    const { graph, addressesOf, checkResources } = this.#parts;
    const { usedOptions } = graph;
    if (!usedOptions.has("priority") && !usedOptions.has("workers") && !usedOptions.has("resources")) {
      return undefined;
    }
    const { label, options } = graph.info(task);
    const { priority, workers, resources } = options ?? {};
    if (priority === undefined && workers === undefined && resources === undefined) return undefined;
    const text = JSON.stringify([priority, workers, resources]);
    let annotations = this.#annotations.get(text);
    if (annotations === undefined) {
      if (resources !== undefined) checkResources(resources, label);
      annotations = {
        ...(priority === undefined ? undefined : { priority }),
        ...(workers === undefined ? undefined : { workers: addressesOf(workers, label) }),
        ...(resources === undefined ? undefined : { resources }),
      };
      this.#annotations.set(text, annotations);
    }
    return annotations;
  }
}
