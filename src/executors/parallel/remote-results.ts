import type { Description } from "../../describe.ts";
import { ReleasedError } from "../../errors.ts";
import { Deferred } from "../../nodes/result.ts";
import type { Chunk } from "../chunk.ts";
import { ELSEWHERE, type Elsewhere } from "../elsewhere.ts";
import type { Answer } from "./requests.ts";

/** What the results of a run need of its executor. */
export interface RemoteAccess {
  /** The workers that have the value at present. */
  holdersOf(task: number): readonly number[];
  /** Asks a holder; gives `undefined` if no worker has the value at present. */
  request(task: number): Promise<Answer>;
  bytesOf(task: number): number;
  describe(task: number): Description;
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

  fetch(task: number): Promise<unknown> {
    return this.obtain(task, () => this.#access.request(task));
  }

  /** Asks until there is an answer; in between, until the value is there again. */
  async obtain(task: number, ask: () => Promise<Answer>): Promise<unknown> {
    while (true) {
      if (this.#failures.has(task)) throw this.#failures.get(task);
      if (this.#end !== undefined) throw this.#end;
      const answer = await ask();
      if (answer !== undefined) return answer.value;
      // It may be that only the worker that was asked is gone.
      if (this.#end === undefined && !this.#failures.has(task) && this.#access.holdersOf(task).length === 0)
        await this.#nextNews(task);
    }
  }

  isHeldBy(task: number, worker: number): boolean {
    return this.#access.holdersOf(task).includes(worker);
  }

  bytesOf(task: number): number {
    return this.#end === undefined ? this.#access.bytesOf(task) : 0;
  }

  describe(task: number): Description {
    return this.#access.describe(task);
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

/** True if the worker has the value of a chunk. */
export function isHeldBy({ source, place }: Chunk, worker: number): boolean {
  const found = source.whereIs(place);
  return found?.where instanceof RemoteResults && found.where.isHeldBy(found.task, worker);
}
