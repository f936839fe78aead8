import type { DependencyError } from "../errors.ts";
import type { DispatchNode } from "../nodes/node.ts";
import type { Chunk } from "./chunk.ts";

/** What became of one requested node: its result, or the error in its place. */
export class DispatchResult<out T = unknown> {
  /** The requested node. */
  readonly node: DispatchNode<T>;
  /** Why there is no result, if there is none. */
  readonly error: DependencyError | undefined;
  readonly #chunk: Chunk<T> | undefined;

  /** @internal */
  constructor(node: DispatchNode<T>, outcome: Chunk<T> | DependencyError) {
    this.node = node;
    const isError = outcome instanceof Error;
    this.error = isError ? outcome : undefined;
    this.#chunk = isError ? undefined : outcome;
  }

  /** True when there is a result. */
  get ok(): boolean {
    return this.error === undefined;
  }

  /**
   * The node.
   * @throws DependencyError when it failed
   */
  unwrap(): DispatchNode<T> {
    if (this.error !== undefined) throw this.error;
    return this.node;
  }

  /**
   * The error.
   * @throws TypeError when there is none
   */
  unwrapError(): DependencyError {
    if (this.error === undefined) throw new TypeError(`"${this.node.label}" has a result and no error`);
    return this.error;
  }

  /**
   * The value that this very run computed, also when the node has been run again since.
   * @throws DependencyError when it failed
   * @throws ReleasedError when it was released
   */
  fetch(): Promise<T> {
    return this.#chunk?.fetch() ?? Promise.reject(this.error);
  }

  /**
   * The handle of the result.
   * @throws DependencyError when it failed
   */
  get chunk(): Chunk<T> {
    if (this.#chunk === undefined) throw this.error;
    return this.#chunk;
  }

  toString(): string {
    return this.ok ? `DispatchResult(${this.node.summary()})` : `DispatchResult(${String(this.error)})`;
  }
}
