import type { StateName } from "../core/scheduler/task-state.ts";
import type { Run } from "./run.ts";

/**
 * The tasks of a run, one by one, for executors that do without the scheduler: retries, failures,
 * release of results and events of a single task. Such an executor only decides when to call
 * `attempt`.
 */
export class Attempts {
  readonly #run: Run;
  /** How many dependents of a task have not finished. */
  readonly #uses: Int32Array;

  constructor(run: Run) {
    this.#run = run;
    this.#uses = new Int32Array(run.graph.size);
    for (const dependency of run.graph.dependencies) this.#uses[dependency]!++;
  }

  /** The tasks whose results this one needs, as often as it needs them. */
  dependenciesOf(task: number): Int32Array {
    const { dependencyStart, dependencies } = this.#run.graph;
    return dependencies.subarray(dependencyStart[task], dependencyStart[task + 1]);
  }

  /**
   * Runs a task until it has a result or has failed for good, or the run is over; then lets go of
   * results that it was the last to need. Its dependencies must have been attempted before.
   */
  async attempt(task: number): Promise<void> {
    const run = this.#run;
    const dependencies = this.dependenciesOf(task);
    const failed = dependencies.find((dependency) => run.hasFailed(dependency));
    this.#tell(task, "released", "waiting");
    if (failed === undefined) await this.#untilSettled(task);
    else {
      run.failThrough(task, failed);
      this.#tell(task, "waiting", "erred");
    }
    if (run.ended) return;
    for (const dependency of dependencies) {
      if (--this.#uses[dependency]! > 0 || run.wanted[dependency] !== 0 || run.hasFailed(dependency))
        continue;
      run.drop(dependency);
      this.#tell(dependency, "memory", "released");
    }
  }

  async #untilSettled(task: number): Promise<void> {
    const run = this.#run;
    while (!run.ended) {
      this.#tell(task, "waiting", "queued");
      this.#tell(task, "queued", "processing");
      try {
        const value = await run.perform(task);
        if (run.ended) return;
        this.#tell(task, "processing", "memory");
        run.put(task, value);
        return;
      } catch (thrown) {
        if (run.ended) return;
        const { error, delay } = run.judge(task, thrown);
        this.#tell(task, "processing", delay < 0 ? "erred" : "waiting", error);
        if (delay < 0) {
          run.fail(task, error);
          return;
        }
        await run.pause(delay);
      }
    }
  }

  #tell(task: number, from: StateName, to: StateName, error?: Error): void {
    this.#run.transition(task, from, to, error);
  }
}
