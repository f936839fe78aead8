import { AsyncExecutor } from "./executors/async.ts";
import type { Chunk } from "./executors/chunk.ts";
import { Executor } from "./executors/executor.ts";
import type { ResultsOf, Runnable, RunOptions } from "./executors/request.ts";
import type { DispatchResult } from "./executors/result.ts";
import type { DispatchNode } from "./nodes/node.ts";

let shared: AsyncExecutor | undefined;

/** The executor of those who name none: in this process, with default settings. */
function defaultExecutor(): Executor {
  shared ??= new AsyncExecutor();
  return shared;
}

/** `executor.run`, on a shared `AsyncExecutor` if none is given. */
export function run<T>(nodes: DispatchNode<T>, options?: RunOptions): Promise<[DispatchResult<T>]>;
export function run<const N extends readonly DispatchNode[]>(
  nodes: N,
  options?: RunOptions,
): Promise<ResultsOf<N>>;
export function run(nodes: Runnable, options?: RunOptions): Promise<DispatchResult[]>;
export function run<T>(
  executor: Executor,
  nodes: DispatchNode<T>,
  options?: RunOptions,
): Promise<[DispatchResult<T>]>;
export function run<const N extends readonly DispatchNode[]>(
  executor: Executor,
  nodes: N,
  options?: RunOptions,
): Promise<ResultsOf<N>>;
export function run(executor: Executor, nodes: Runnable, options?: RunOptions): Promise<DispatchResult[]>;
export function run(...args: unknown[]): Promise<DispatchResult[]> {
  const { executor, target, options } = split<Runnable>(args);
  return executor.run(target, options);
}

/** `executor.compute`, on a shared `AsyncExecutor` if none is given. */
export function compute<T>(node: DispatchNode<T>, options?: RunOptions): Promise<Chunk<T>>;
export function compute<T>(
  executor: Executor,
  node: DispatchNode<T>,
  options?: RunOptions,
): Promise<Chunk<T>>;
export function compute(...args: unknown[]): Promise<Chunk> {
  const { executor, target, options } = split<DispatchNode>(args);
  return executor.compute(target, options);
}

/** `executor.collect`, on a shared `AsyncExecutor` if none is given. */
export function collect<T>(target: DispatchNode<T>, options?: RunOptions): Promise<T>;
export function collect<T>(executor: Executor, target: DispatchNode<T>, options?: RunOptions): Promise<T>;
export function collect(...args: unknown[]): Promise<unknown> {
  const { executor, target, options } = split<DispatchNode>(args);
  return executor.collect(target, options);
}

/** The three arguments, of which the first may be left out. */
function split<T>(args: readonly unknown[]): {
  executor: Executor;
  target: T;
  options: RunOptions | undefined;
} {
  const [executor, target, options] = args[0] instanceof Executor ? args : [defaultExecutor(), ...args];
  return { executor: executor as Executor, target: target as T, options: options as RunOptions | undefined };
}
