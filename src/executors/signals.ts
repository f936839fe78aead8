import { TimeoutError } from "../errors.ts";
import type { Clock } from "./clock.ts";

/** The abort signals of a run's tasks, made for those that ask for theirs or have a timeout. */
export class TaskSignals {
  readonly #controllers = new Map<number, AbortController>();
  /** Why the run ended, once it has. */
  #end: { readonly reason: unknown } | undefined;

  of(task: number): AbortSignal {
    let controller = this.#controllers.get(task);
    if (controller === undefined) {
      controller = new AbortController();
      if (this.#end !== undefined) controller.abort(this.#end.reason);
      else this.#controllers.set(task, controller);
    }
    return controller.signal;
  }

  /** The task is over: its signal has nothing more to say. */
  forget(task: number): void {
    // Most runs have no signals at all.
    if (this.#controllers.size > 0) this.#controllers.delete(task);
  }

  abort(task: number, reason: unknown): void {
    const controller = this.#controllers.get(task);
    this.#controllers.delete(task);
    controller?.abort(reason);
  }

  abortAll(reason: unknown): void {
    this.#end = { reason };
    for (const task of [...this.#controllers.keys()]) this.abort(task, reason);
  }

  /** The outcome of a task, or a `TimeoutError` if it takes too long; then the task is told through its signal. */
  limited(
    task: number,
    label: string,
    outcome: PromiseLike<unknown>,
    limit: number,
    clock: Clock,
  ): Promise<unknown> {
    const signal = this.of(task);
    return new Promise((resolve, reject) => {
      const timer = clock.setTimeout(() => {
        const error = new TimeoutError(`"${label}"`, limit);
        reject(error);
        this.abort(task, error);
      }, limit);
      const settle = (): void => {
        clock.clearTimeout(timer);
        signal.removeEventListener("abort", settle);
      };
      signal.addEventListener("abort", settle, { once: true });
      Promise.resolve(outcome).finally(settle).then(resolve, reject);
    });
  }
}
