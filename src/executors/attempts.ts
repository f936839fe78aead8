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
    if (failed === undefined) {
      const report = await this.#untilSettled(task);
      if (run.ended) return;
      this.#release(dependencies);
      report();
    } else {
      this.#release(dependencies);
      this.#tell(task, "waiting", "erred", run.causeOf(failed));
      run.failThrough(task, failed);
    }
  }

  /** Attempts the task until it has a result or has failed for good; the report of that may end the run. */
  async #untilSettled(task: number): Promise<() => void> {
    const run = this.#run;
    while (!run.ended) {
      this.#tell(task, "waiting", "queued");
      this.#tell(task, "queued", "processing");
      // An observer may have ended the run.
      if (run.ended) break;
      try {
        const value = await run.inContext(() => run.perform(task));
        if (run.ended) break;
        this.#tell(task, "processing", "memory");
        return () => run.put(task, value);
      } catch (thrown) {
        if (run.ended) break;
        const { error, delay } = run.judge(task, thrown);
        this.#tell(task, "processing", delay < 0 ? "erred" : "waiting", error);
        if (delay < 0) return () => run.fail(task, error);
        await run.pause(delay);
      }
    }
    return () => {};
  }

  /** A task that needed these has finished: those it was the last to need go. */
  #release(dependencies: Int32Array): void {
    const run = this.#run;
    for (const dependency of dependencies) {
      if (--this.#uses[dependency]! > 0 || run.wanted[dependency] !== 0 || run.hasFailed(dependency))
        continue;
      run.drop(dependency);
      this.#tell(dependency, "memory", "released");
    }
  }

  #tell(task: number, from: StateName, to: StateName, error?: Error): void {
    this.#run.transition(task, from, to, error);
  }
}
