import type { NodeOptions } from "../nodes/options.ts";
import { Attempts } from "./attempts.ts";
import { Executor, type WorkerInfo } from "./executor.ts";
import type { Run } from "./run.ts";

/**
 * Runs one task after another in the static order, without a scheduler: the executor for
 * debugging, and the reference that others are compared with.
 */
export class SequentialExecutor extends Executor {
  #running = 0;

  override get workers(): readonly WorkerInfo[] {
    const { bytesHeld, bytesSpilled } = this.stats();
    return [{ id: this.worker, pid: process.pid, running: this.#running, bytesHeld, bytesSpilled }];
  }

  protected override get unsupported(): readonly (keyof NodeOptions)[] {
    return ["cache", "meta", "priority", "workers", "resources"];
  }

  protected override execute(run: Run): void {
    // Failures of tasks go another way: this would be a defect, and the run must not wait because of it.
    this.#runAll(run).catch((defect) => run.stop(defect));
  }

  async #runAll(run: Run): Promise<void> {
    const attempts = new Attempts(run);
    for (let task = 0; task < run.graph.size; task++) {
      // A turn of the event loop for each task: slow, and always cancellable.
      await new Promise(setImmediate);
      if (run.ended) return;
      this.#running++;
      await attempts.attempt(task);
      this.#running--;
    }
  }
}
