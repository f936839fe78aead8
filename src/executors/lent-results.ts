import { type Description, describe } from "../describe.ts";
import { ReleasedError } from "../errors.ts";
import { sizeOf } from "../size.ts";
import type { ChunkSource } from "./chunk.ts";
import { type Elsewhere, isElsewhere } from "./elsewhere.ts";
import type { Executor } from "./executor.ts";

/**
 * Results that a meta function sees as chunks while it runs: of its inputs, found by their tasks.
 * Afterwards they belong to the run again, which may have released them.
 */
export class LentResults implements ChunkSource {
  readonly executor: Executor;
  readonly #borrower: string;
  readonly #resultOf: (task: number) => unknown;
  readonly #released = new Set<number>();
  #isOver = false;

  /**
   * @param borrower label of the task whose function gets the chunks
   * @param resultOf the value of a task, or who has it
   */
  constructor(executor: Executor, borrower: string, resultOf: (task: number) => unknown) {
    this.executor = executor;
    this.#borrower = borrower;
    this.#resultOf = resultOf;
  }

  /** The function has ended. */
  end(): void {
    this.#isOver = true;
  }

  has(task: number): boolean {
    return !this.#isOver && !this.#released.has(task);
  }

  isWorthReleasing(): boolean {
    return false;
  }

  get(task: number): unknown {
    const value = this.#resultOf(task);
    return isElsewhere(value) ? value.fetch(task) : value;
  }

  whereIs(task: number): { readonly where: Elsewhere; readonly task: number } | undefined {
    const value = this.#resultOf(task);
    return isElsewhere(value) ? { where: value, task } : undefined;
  }

  bytesOf(task: number): number {
    const value = this.#resultOf(task);
    return isElsewhere(value) ? value.bytesOf(task) : sizeOf(value);
  }

  describe(task: number): Description {
    const value = this.#resultOf(task);
    return isElsewhere(value) ? value.describe(task) : describe(value);
  }

  /** The run releases it when nothing needs it any more, and not before. */
  release(task: number): void {
    this.#released.add(task);
  }

  keep(): () => void {
    return () => {};
  }

  gone(label: string): ReleasedError {
    return new ReleasedError(
      this.#isOver
        ? `the chunk of "${label}" was lent to "${this.#borrower}" while that ran; return it from there, or keep the result of "${label}" with the option persist`
        : `the chunk of "${label}" was released`,
    );
  }
}
