import { DependencyError, type Failure, failureOf } from "../errors.ts";
import type { TaskGraph } from "../graph/lower.ts";

/** The failed tasks of a run: one small record each, an error only for who asks. */
export class Failures {
  readonly #graph: TaskGraph;
  readonly #failures = new Map<number, Failure>();

  constructor(graph: TaskGraph) {
    this.#graph = graph;
  }

  has(task: number): boolean {
    return this.#failures.has(task);
  }

  /** The task's own function has failed. */
  add(task: number, cause: Error): void {
    this.#record(task, cause);
  }

  /** The task cannot run because this dependency of it has failed. */
  addThrough(task: number, dependency: number): void {
    this.#record(task, this.#failures.get(dependency)!);
  }

  /** What the function threw that the task failed with or through. */
  causeOf(task: number): Error | undefined {
    return this.#failures.get(task)?.cause;
  }

  errorOf(task: number): DependencyError {
    return new DependencyError(this.#failures.get(task)!);
  }

  entries(): Iterable<[task: number, failure: Failure]> {
    return this.#failures;
  }

  /**
   * Follows a failure to the first output that it reaches, in the static order, in which
   * dependents come later. Tasks on the way count as failed.
   * @returns the output, or the task itself if there is none
   */
  reach(failed: number, isOutput: (task: number) => boolean): number {
    if (isOutput(failed)) return failed;
    for (let task = failed + 1; task < this.#graph.size; task++) {
      const dependency = this.#firstFailedDependency(task);
      if (dependency === undefined) continue;
      this.addThrough(task, dependency);
      if (isOutput(task)) return task;
    }
    return failed;
  }

  /**
   * Which dependency a task failed through is a matter of time while the run goes on; when all
   * have settled it is the first in the order of the arguments, on every executor.
   */
  settle(): void {
    const through = [...this.#failures]
      .filter(([, failure]) => failure.via !== undefined)
      .map(([task]) => task);
    for (const task of through.sort((a, b) => a - b))
      this.addThrough(task, this.#firstFailedDependency(task)!);
  }

  #firstFailedDependency(task: number): number | undefined {
    const { dependencyStart, dependencies } = this.#graph;
    for (let e = dependencyStart[task]!; e < dependencyStart[task + 1]!; e++) {
      if (this.#failures.has(dependencies[e]!)) return dependencies[e];
    }
    return undefined;
  }

  #record(task: number, origin: Error | Failure): void {
    this.#failures.set(task, failureOf(this.#graph.info(task).label, this.#graph.idOf(task), origin));
  }
}
