import { DependencyError, type Failure, ReleasedError } from "../errors.ts";
import type { DispatchNode } from "../nodes/node.ts";
import type { ResultSource } from "../nodes/result.ts";
import type { Run } from "./run.ts";

/**
 * What the nodes of a run point to as their latest result: the run while it goes on, and then only
 * why they have none. So a node that outlives its run does not hold the run's values and tasks.
 */
export class LatestResults implements ResultSource {
  #run: Run | undefined;
  #failures: ReadonlyMap<DispatchNode, Failure> = new Map();
  /** Why the run ended without results, if it did. */
  failure: unknown;

  constructor(run: Run) {
    this.#run = run;
  }

  /** The run is over. */
  close(failure: unknown, failures: ReadonlyMap<DispatchNode, Failure>): void {
    this.#run = undefined;
    this.failure = failure;
    this.#failures = failures;
  }

  isReady(node: DispatchNode): boolean {
    return this.#run?.isReady(node) ?? true;
  }

  fetch(node: DispatchNode): Promise<unknown> {
    return this.#run?.fetch(node) ?? Promise.reject(this.errorOf(node));
  }

  release(): void {}

  /** Why this node has no result. */
  errorOf(node: DispatchNode): unknown {
    const failure = this.#failures.get(node);
    if (failure !== undefined) return new DependencyError(failure);
    if (this.failure !== undefined) return this.failure;
    return new ReleasedError(
      `the result of "${node.label}" was not kept: it is released when its last dependent has finished. ` +
        'Keep it with the node option `persist: true`, or all results of a run with `keep: "all"`',
    );
  }
}
