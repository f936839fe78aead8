import { ReleasedError } from "../../errors.ts";
import { Deferred } from "../../nodes/result.ts";
import { ELSEWHERE, type Elsewhere } from "../elsewhere.ts";
import type { Answer } from "./requests.ts";

/** What the results of a run need of its executor. */
export interface RemoteAccess {
  /** Asks a holder; gives `undefined` if no worker has the value at present. */
  request(task: number): Promise<Answer>;
  bytesOf(task: number): number;
  release(task: number): void;
  labelOf(task: number): string;
  /** Somebody waits for a value that is being computed again. */
  waits(): void;
}

/** The results of one run that workers hold. */
export class RemoteResults implements Elsewhere {
  readonly [ELSEWHERE] = true;
  readonly #access: RemoteAccess;
  /** Those who wait for a value that was lost and is being computed again. */
  readonly #waiting = new Map<number, Deferred<void>>();
  /** Why there is none, by task. */
  readonly #failures = new Map<number, unknown>();
  #end: unknown;

  constructor(access: RemoteAccess) {
    this.#access = access;
  }

  /** True while somebody waits for a value that is being computed again. */
  get isAwaited(): boolean {
    return this.#waiting.size > 0;
  }

  async fetch(task: number): Promise<unknown> {
    while (true) {
      if (this.#failures.has(task)) throw this.#failures.get(task);
      if (this.#end !== undefined) throw this.#end;
      const answer = await this.#access.request(task);
      if (answer !== undefined) return answer.value;
      if (this.#end === undefined && !this.#failures.has(task)) await this.#nextNews(task);
    }
  }

  bytesOf(task: number): number {
    return this.#end === undefined ? this.#access.bytesOf(task) : 0;
  }

  release(task: number): void {
    this.#failures.set(task, this.#released(task));
    this.#access.release(task);
    this.news(task);
  }

  /** The value is there again, or will never be. */
  news(task: number): void {
    this.#waiting.get(task)?.resolve();
    this.#waiting.delete(task);
  }

  fail(task: number, error: unknown): void {
    this.#failures.set(task, error);
    this.news(task);
  }

  /** Nothing is held any more. */
  close(reason: unknown): void {
    this.#end = reason;
    for (const task of [...this.#waiting.keys()]) this.news(task);
  }

  #nextNews(task: number): Promise<void> {
    const known = this.#waiting.get(task) ?? new Deferred<void>();
    this.#waiting.set(task, known);
    this.#access.waits();
    return known.promise;
  }

  #released(task: number): ReleasedError {
    return new ReleasedError(
      `the result of "${this.#access.labelOf(task)}" was released; run its node again to have it again`,
    );
  }
}
