import { Attempts, Executor, type NodeOptions, type Run, type WorkerInfo } from "dispatch-graph";

/**
 * An executor of one's own: it runs a graph in waves. All tasks that can start do so at once, and
 * the next wave waits for the slowest of them.
 */
export class WaveExecutor extends Executor {
  override get workers(): readonly WorkerInfo[] {
    return [{ id: this.worker, pid: process.pid, running: 0, bytesHeld: 0, bytesSpilled: 0 }];
  }

  /** What the executor can do nothing with is refused before anything runs. */
  protected override get unsupported(): readonly (keyof NodeOptions)[] {
    return ["priority", "workers", "resources"];
  }

  /** Begins, and returns; the run ends by itself when its outputs have results or have failed. */
  protected override execute(run: Run): void {
    void this.#waves(run);
  }

  async #waves(run: Run): Promise<void> {
    const attempts = new Attempts(run);
    const done = new Uint8Array(run.graph.size);
    let waiting = Array.from({ length: run.graph.size }, (_, task) => task);

    // Not at once: `run` returns before the first task starts.
    await Promise.resolve();
    while (waiting.length > 0 && !run.ended) {
      const canStart = (task: number) => attempts.dependenciesOf(task).every((one) => done[one] === 1);
      const wave = waiting.filter(canStart);
      waiting = waiting.filter((task) => !canStart(task));
      await Promise.all(wave.map((task) => attempts.attempt(task)));
      for (const task of wave) done[task] = 1;
    }
  }
}
