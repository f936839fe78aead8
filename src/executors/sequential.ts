import type { NodeOptions } from "../nodes/options.ts";
import { Attempts } from "./attempts.ts";
import { Executor } from "./executor.ts";
import type { WorkerInfo } from "./figures.ts";
import type { Run } from "./run.ts";

/** After so much work without a pause the event loop gets its turn, in milliseconds. */
const TURN = 15;

/**
 * Runs one task after another in the static order, without a scheduler: the executor for
 * debugging, and the reference that others are compared with.
 */
export class SequentialExecutor extends Executor {
  /** Runs that have a task under way. */
  readonly #running = new Set<Run>();

  override get workers(): readonly WorkerInfo[] {
    const { bytesHeld, bytesSpilled } = this.stats();
    return [{ id: this.worker, pid: process.pid, running: this.#running.size, bytesHeld, bytesSpilled }];
  }

  protected override get unsupported(): readonly (keyof NodeOptions)[] {
    return ["priority", "workers", "resources"];
  }

  protected override execute(run: Run): void {
    // Failures of tasks go another way: this would be a defect, and the run must not wait because of it.
    this.#runAll(run).catch((defect) => run.stop(defect));
  }

  protected override forget(run: Run): void {
    this.#running.delete(run);
  }

  async #runAll(run: Run): Promise<void> {
    const attempts = new Attempts(run);
    let turnEnds = 0;
    for (let task = 0; task < run.graph.size; task++) {
      if (performance.now() >= turnEnds) {
        await new Promise(setImmediate);
        turnEnds = performance.now() + TURN;
      }
      if (run.ended) return;
      this.#running.add(run);
      await attempts.attempt(task);
      this.#running.delete(run);
    }
  }
}
