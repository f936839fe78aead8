import type { Failure, StartStop, ValueInfo } from "./messages.ts";
import type { Outbox } from "./outbox.ts";
import type { Task } from "./task-state.ts";
import type { Tasks } from "./tasks.ts";

/**
 * What runs: from a slot to its end, which may be a value, an error, or neither. What nobody wants any more, or
 * wants from elsewhere, has an end too.
 */
export class Executions<Spec> {
  /** How many may run at once, those that are long-running apart. */
  slots: number;
  readonly #tasks: Tasks<Spec>;
  readonly #outbox: Outbox<Spec>;

  constructor(slots: number, tasks: Tasks<Spec>, outbox: Outbox<Spec>) {
    this.slots = slots;
    this.#tasks = tasks;
    this.#outbox = outbox;
  }

  /** Begins what there is room for. */
  begin(): void {
    const { executing, queue } = this.#tasks;
    while (executing.size < this.slots) {
      const task = queue.take();
      if (task === undefined) return;
      executing.add(task);
      for (const input of task.dependencies) input.waiters--;
      task.startedRunId = task.runId;
      task.isStopped = false;
      this.#tasks.move(task, "executing");
      const { key, runId, dependencies } = task;
      const inputs = dependencies.map((input) => input.key);
      this.#outbox.push({ op: "execute", key, runId, spec: task.spec!, inputs });
    }
  }

  finished(key: string, value: ValueInfo, startstops: readonly StartStop[], thread: number | null): void {
    const task = this.#end(key);
    const { state, startedRunId } = task;
    if (state === "cancelled") {
      this.#outbox.push({ op: "drop", key });
      this.#endUnwanted(task);
      return;
    }
    this.#tasks.remember(task, value);
    if (state === "resumed") this.#outbox.send({ op: "add-keys", keys: [key] });
    else this.#outbox.sendFinished(key, startedRunId, value, startstops, thread);
  }

  failed(key: string, failure: Failure, startstops: readonly StartStop[], thread: number | null): void {
    const task = this.#end(key);
    if (task.previous !== undefined) this.#endUnwanted(task);
    // It was stopped and is wanted again: it may have failed because of that.
    else if (task.isStopped) this.#tasks.await(task);
    else {
      const { startedRunId: run_id } = task;
      this.#tasks.move(task, "error");
      this.#tasks.unlink(task);
      this.#outbox.send({ op: "task-erred", status: "error", key, run_id, ...failure, thread, startstops });
      // The scheduler will know what to do about who waits for it.
      if (task.waiters > 0) this.#tasks.want(task);
    }
  }

  rescheduled(key: string): void {
    const task = this.#end(key);
    if (task.previous !== undefined) this.#endUnwanted(task);
    else {
      this.#outbox.send({ op: "reschedule", key });
      this.#tasks.leave(task);
      this.#tasks.settle(task);
    }
  }

  lost(key: string): void {
    const task = this.#end(key);
    if (task.previous !== undefined) this.#endUnwanted(task);
    else this.#tasks.await(task);
  }

  becomesLongRunning(key: string, computeDuration: number): void {
    const { byKey, executing, longRunning } = this.#tasks;
    const task = byKey.get(key);
    if (task === undefined || !executing.delete(task)) return;
    longRunning.add(task);
    // To the scheduler nothing runs here; it hears of it when it wants it again.
    if (task.previous !== undefined) this.#tasks.move(task, task.state, "long-running");
    else {
      this.#tasks.move(task, "long-running");
      this.#sendLongRunning(task, computeDuration);
    }
  }

  /** The scheduler wants what runs, after it did not. */
  resume(task: Task<Spec>, underWay: "executing" | "long-running"): void {
    this.#tasks.gathers.clearHolders(task);
    this.#tasks.move(task, underWay);
    if (underWay === "long-running") this.#sendLongRunning(task, null);
  }

  stopAll(): void {
    for (const running of [this.#tasks.executing, this.#tasks.longRunning]) {
      for (const task of running) this.#tasks.stop(task);
    }
  }

  #end(key: string): Task<Spec> {
    const { byKey, executing, longRunning, queue } = this.#tasks;
    const task = byKey.get(key);
    if (task === undefined || !(executing.delete(task) || longRunning.delete(task))) {
      throw new Error(`${key} is not running (story: ${this.#tasks.story(key).join(", ")})`);
    }
    queue.giveBack(task);
    return task;
  }

  /** What was cancelled or resumed has ended without a value. */
  #endUnwanted(task: Task<Spec>): void {
    const { state } = task;
    this.#tasks.move(task, "released");
    if (state === "resumed") this.#tasks.want(task);
    else this.#tasks.settle(task);
  }

  #sendLongRunning({ key, runId: run_id }: Task<Spec>, compute_duration: number | null): void {
    this.#outbox.send({ op: "long-running", key, run_id, compute_duration });
  }
}
