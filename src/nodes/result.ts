import type { DispatchNode } from "./node.ts";

/**
 * Where a node finds its latest result. A node points to one of these: the wait for a first run
 * (below), a run, or the chunk that a finished run kept. Results are never stored in the node.
 */
export interface ResultSource {
  /** True when `fetch` will settle without waiting for a task. */
  isReady(node: DispatchNode): boolean;
  fetch(node: DispatchNode): Promise<unknown>;
  release(node: DispatchNode): void;
}

/** A promise with its two ends; it may reject unheard without an unhandled rejection. */
export class Deferred<T> {
  resolve!: (value: T | PromiseLike<T>) => void;
  reject!: (reason: unknown) => void;
  readonly promise: Promise<T>;

  constructor() {
    this.promise = new Promise<T>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.promise.catch(() => {});
  }
}

/** The result of a node that no run has taken up yet; the next run that does settles it. */
export class AwaitedResult implements ResultSource {
  readonly deferred: Deferred<unknown> = new Deferred();

  isReady(): boolean {
    return false;
  }

  fetch(): Promise<unknown> {
    return this.deferred.promise;
  }

  release(): void {}
}
