import type { TaskGraph } from "../../graph/lower.ts";

/** The edges of a graph the other way round; found when somebody asks, since most runs go well. */
export class Dependents {
  readonly #graph: TaskGraph;
  #byTask: readonly (readonly number[])[] | undefined;

  constructor(graph: TaskGraph) {
    this.#graph = graph;
  }

  /** The tasks that need this one, as often as they do. */
  of(task: number): readonly number[] {
    this.#byTask ??= this.#reversed();
    return this.#byTask[task]!;
  }

  /** The same, with all that need those, and so on; each once, ascending. */
  downstream(task: number): number[] {
    const found = new Set(this.of(task));
    for (const one of found) for (const next of this.of(one)) found.add(next);
    return [...found].sort((a, b) => a - b);
  }

  #reversed(): number[][] {
    const { size, dependencyStart, dependencies } = this.#graph;
    const dependents: number[][] = Array.from({ length: size }, () => []);
    for (let task = 0; task < size; task++) {
      for (let e = dependencyStart[task]!; e < dependencyStart[task + 1]!; e++) {
        dependents[dependencies[e]!]!.push(task);
      }
    }
    return dependents;
  }
}
