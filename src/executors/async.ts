import { totalmem } from "node:os";
import { CANCEL_TASK, FREE_KEYS, TASK_ERRED } from "../core/scheduler/messages.ts";
import { ExecutorError } from "../errors.ts";
import type { NodeOptions } from "../nodes/options.ts";
import { isThenable } from "../task.ts";
import type { ExecutorOptions } from "./executor.ts";
import type { WorkerInfo } from "./figures.ts";
import type { Run } from "./run.ts";
import type { Placed } from "./run-table.ts";
import { ScheduledExecutor } from "./scheduled.ts";

/** Settings of an `AsyncExecutor`. */
export interface AsyncExecutorOptions extends ExecutorOptions {
  /** How many tasks may be under way at once. Default: unlimited. */
  readonly concurrency?: number;
  /** After how much synchronous work the event loop gets its turn, in milliseconds. Default 15. */
  readonly yieldAfter?: number;
  /**
   * How many bytes the results may take that nobody but the node option `cache` keeps; above it, those not used for
   * the longest time are dropped. Default: a quarter of the machine's memory.
   */
  readonly memoryLimit?: number;
}

/**
 * Runs tasks in this process, on its event loop: synchronous functions one after another,
 * depth first, and any number of promises at once. Functions and values are used as they are.
 */
export class AsyncExecutor extends ScheduledExecutor {
  readonly #worker: number;
  readonly #yieldAfter: number;
  readonly #memoryLimit: number;
  /** Tasks whose promise is pending, by attempt. */
  readonly #pending = new Map<number, Placed>();
  /** Set while the event loop still owes us its turn: until then the work of this turn is limited. */
  #turn: NodeJS.Immediate | undefined;
  #turnEnds = 0;
  #pumping = false;

  /** @throws TypeError for settings of the wrong kind */
  constructor(options: AsyncExecutorOptions = {}) {
    super(options);
    const { concurrency = Infinity, yieldAfter = 15, memoryLimit = totalmem() / 4 } = options;
    if (typeof concurrency !== "number" || !(concurrency >= 1))
      throw new TypeError("concurrency must be a number from 1");
    if (typeof yieldAfter !== "number" || !(yieldAfter > 0))
      throw new TypeError("yieldAfter must be a number of milliseconds above 0");
    if (typeof memoryLimit !== "number" || !(memoryLimit >= 0))
      throw new TypeError("memoryLimit must be a number of bytes");
    this.#memoryLimit = memoryLimit;
    this.#worker = this.core.addWorker(concurrency);
    this.#yieldAfter = yieldAfter;
  }

  override get workers(): readonly WorkerInfo[] {
    const { bytesHeld, bytesSpilled } = this.stats();
    return [{ id: this.worker, pid: process.pid, running: this.#pending.size, bytesHeld, bytesSpilled }];
  }

  protected override get unsupported(): readonly (keyof NodeOptions)[] {
    return ["workers", "resources"];
  }

  protected override get cacheLimit(): number {
    return this.#memoryLimit;
  }

  protected override nameOf(): string {
    return this.worker;
  }

  protected override execute(run: Run): void {
    this.takeUp(run);
    // Not at once: `run` returns before the first task starts.
    queueMicrotask(() => this.pump());
  }

  protected override forget(run: Run): void {
    const placed = this.runTable.of(run);
    if (placed === undefined) return;
    this.drop(placed);
    if (this.#pumping) return;
    this.#obey();
    this.setTimer();
  }

  /** Starts what can start, until nothing can or this turn of the event loop has lasted long enough. */
  protected override pump(): void {
    if (this.#pumping) return;
    // A turn always gets one task done, however little time it is given.
    const isFirst = this.#turn === undefined;
    if (isFirst) {
      this.#turnEnds = performance.now() + this.#yieldAfter;
      this.#turn = setImmediate(() => {
        this.#turn = undefined;
        if (this.core.queued > 0) this.pump();
      });
    }
    this.#pumping = true;
    this.guarded(() => {
      let task = isFirst || performance.now() < this.#turnEnds ? this.core.nextTask(this.#worker) : -1;
      while (task >= 0) {
        const placed = this.runTable.at(task)!;
        const first = task;
        // Once for all tasks of one run that follow each other.
        task = placed.run.inContext(() => this.#performFrom(first, placed));
      }
    });
    this.#pumping = false;
    this.setTimer();
  }

  /**
   * Performs a task of a run, and the next ones as long as they are of the same run and the turn lasts.
   * @returns the task of another run that is next, or -1
   */
  #performFrom(first: number, placed: Placed): number {
    let task = first;
    do {
      this.#perform(task, placed);
      this.#obey();
      if (performance.now() >= this.#turnEnds) return -1;
      task = this.core.nextTask(this.#worker);
      // When the run is over, another may have its rows.
    } while (task >= placed.base && task < placed.end && !placed.run.ended);
    return task;
  }

  #perform(task: number, placed: Placed): void {
    const { run, base } = placed;
    const attempt = this.core.attemptOf(task);
    this.publish();
    if (run.ended) {
      // An observer has ended it.
      this.core.taskReleased(this.#worker, task, attempt);
      return;
    }
    let outcome: unknown;
    try {
      outcome = run.perform(task - base);
      if (isThenable(outcome)) {
        this.#await(placed, task, attempt, outcome);
        return;
      }
    } catch (thrown) {
      this.#failed(placed, task, attempt, thrown);
      return;
    }
    this.#finished(placed, task, attempt, outcome);
  }

  #await(placed: Placed, task: number, attempt: number, outcome: PromiseLike<unknown>): void {
    this.#pending.set(attempt, placed);
    const settle = (report: () => void): void => {
      // A cancelled attempt has been reported already.
      if (!this.#pending.delete(attempt)) return;
      this.guarded(() => {
        report();
        this.#obey();
      });
      this.pump();
    };
    Promise.resolve(outcome).then(
      (value) => settle(() => this.#finished(placed, task, attempt, value)),
      (reason) => settle(() => this.#failed(placed, task, attempt, reason)),
    );
  }

  #finished({ run, base }: Placed, task: number, attempt: number, value: unknown): void {
    this.core.taskFinished(this.#worker, task, attempt, 0);
    // Observers hear of it first: with its last result a run is over and forgotten.
    this.publish();
    if (!run.ended) run.put(task - base, value);
  }

  #failed({ run, base }: Placed, task: number, attempt: number, thrown: unknown): void {
    if (run.ended) {
      this.core.taskErred(this.#worker, task, attempt, -1);
      return;
    }
    const { error, delay } = run.judge(task - base, thrown);
    this.core.taskErred(this.#worker, task, attempt, delay < 0 ? -1 : this.clock.now() + delay);
    this.publish(error);
    if (delay < 0) run.fail(task - base, error);
  }

  /** Does what the core says, and tells observers. */
  #obey(): void {
    const { instructions } = this.core;
    while (instructions.next()) {
      const { op, task, detail } = instructions;
      const placed = this.runTable.at(task);
      switch (op) {
        case FREE_KEYS:
          // Of a late report the value was never taken.
          if (placed !== undefined && this.core.attemptOf(task) === detail)
            placed.run.drop(task - placed.base);
          break;
        case CANCEL_TASK:
          this.#cancel(task, detail);
          break;
        case TASK_ERRED:
          if (placed !== undefined && detail !== task)
            placed.run.failThrough(task - placed.base, detail - placed.base);
          break;
      }
    }
    this.publish();
  }

  /** A promise cannot be stopped, only told; its slot is free for others. */
  #cancel(task: number, attempt: number): void {
    const placed = this.#pending.get(attempt);
    if (placed === undefined) return;
    this.#pending.delete(attempt);
    placed.run.abort(task - placed.base, new ExecutorError("the result of the task is no longer needed"));
    this.core.taskReleased(this.#worker, task, attempt);
  }
}
