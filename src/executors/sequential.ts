import type { StateName } from "../core/scheduler/task-state.ts";
import type { NodeOptions } from "../nodes/options.ts";
import { Executor, type WorkerInfo } from "./executor.ts";
import type { Run } from "./run.ts";

/**
 * Runs one task after another in the static order, without a scheduler: the executor for
 * debugging, and the reference that others are compared with.
 */
export class SequentialExecutor extends Executor {
  #running = 0;
  /** Timers of pauses before retries. */
  readonly #pauses = new Map<Run, unknown>();

  override get workers(): readonly WorkerInfo[] {
    const { bytesHeld, bytesSpilled } = this.stats();
    return [{ id: "main", pid: process.pid, running: this.#running, bytesHeld, bytesSpilled }];
  }

  protected override get unsupported(): readonly (keyof NodeOptions)[] {
    return ["cache", "meta", "priority", "workers", "resources"];
  }

  protected override execute(run: Run): void {
    void this.#runAll(run);
  }

  protected override forget(run: Run): void {
    this.clock.clearTimeout(this.#pauses.get(run));
    this.#pauses.delete(run);
  }

  async #runAll(run: Run): Promise<void> {
    const { graph, wanted } = run;
    const needed = new Int32Array(graph.size);
    for (const one of graph.dependencies) needed[one]!++;
    for (let task = 0; task < graph.size; task++) {
      // A turn of the event loop for each task: slow, and always cancellable.
      await new Promise(setImmediate);
      if (run.ended) return;
      const dependencies = graph.dependencies.subarray(
        graph.dependencyStart[task],
        graph.dependencyStart[task + 1],
      );
      const failed = dependencies.find((one) => run.hasFailed(one));
      this.#tell(run, task, "released", "waiting");
      if (failed === undefined) await this.#perform(run, task);
      else this.#failThrough(run, task, failed);
      if (run.ended) return;
      for (const one of dependencies) {
        if (--needed[one]! > 0 || wanted[one] !== 0 || run.hasFailed(one)) continue;
        run.drop(one);
        this.#tell(run, one, "memory", "released");
      }
    }
  }

  async #perform(run: Run, task: number): Promise<void> {
    while (!run.ended) {
      this.#tell(run, task, "waiting", "queued");
      this.#tell(run, task, "queued", "processing");
      try {
        this.#running = 1;
        const value = await run.perform(task);
        if (run.ended) return;
        this.#tell(run, task, "processing", "memory");
        run.put(task, value);
        return;
      } catch (thrown) {
        if (run.ended) return;
        const { error, delay } = run.judge(task, thrown);
        if (delay < 0) {
          this.#tell(run, task, "processing", "erred", error);
          run.fail(task, error);
          return;
        }
        this.#tell(run, task, "processing", "waiting", error);
        await new Promise<void>((resolve) => this.#pauses.set(run, this.clock.setTimeout(resolve, delay)));
      } finally {
        this.#running = 0;
      }
    }
  }

  #failThrough(run: Run, task: number, dependency: number): void {
    run.failThrough(task, dependency);
    this.#tell(run, task, "waiting", "erred");
  }

  #tell(run: Run, task: number, from: StateName, to: StateName, error?: Error): void {
    if (this.observed) run.transition(task, from, to, this.worker, error);
  }
}
