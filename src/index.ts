/**
 * Graphs of dependent function calls: build them from ordinary calls with `op`, run them with an
 * executor.
 *
 * @packageDocumentation
 */

export { Explanation, type NodeExplanation } from "./cache/explanation.ts";
export { type FileCacheOptions, fileCache } from "./cache/file-cache.ts";
export { type Remote, remote } from "./closure/remote.ts";
export { delayedMap, type LendableListsOf, type ListsOf, treeReduce } from "./combine.ts";
export { type TaskContext, taskContext } from "./context.ts";
export type { Backoff } from "./core/scheduler/retry.ts";
export type { StateName } from "./core/scheduler/task-state.ts";
export { type Description, describe } from "./describe.ts";
export {
  ClosureError,
  DependencyError,
  DispatcherError,
  ExecutorError,
  ReleasedError,
  ThrownValueError,
  TimeoutError,
  ValueFileError,
  WorkerLostError,
} from "./errors.ts";
export { AsyncExecutor, type AsyncExecutorOptions } from "./executors/async.ts";
export { Attempts } from "./executors/attempts.ts";
export { Chunk } from "./executors/chunk.ts";
export type { Clock } from "./executors/clock.ts";
export type {
  CacheEvent,
  ExecutorEvents,
  MemoryEvent,
  RunEvent,
  SpillEvent,
  TaskEvent,
} from "./executors/events.ts";
export {
  Executor,
  type ExecutorOptions,
} from "./executors/executor.ts";
export type { ExecutorStats, WorkerInfo } from "./executors/figures.ts";
export { ParallelExecutor, type ParallelExecutorOptions } from "./executors/parallel.ts";
export type { ResultsOf, Runnable, RunOptions } from "./executors/request.ts";
export { DispatchResult } from "./executors/result.ts";
export type { Judgement } from "./executors/retries.ts";
export type { Run } from "./executors/run.ts";
export { SequentialExecutor } from "./executors/sequential.ts";
export { fileRef, load, save } from "./files.ts";
export { DispatchGraph } from "./graph/graph.ts";
export type { TaskGraph, TaskInfo } from "./graph/lower.ts";
export type { Nodes } from "./graph/nodes.ts";
export { CollectNode } from "./nodes/collect-node.ts";
export { DataNode } from "./nodes/data-node.ts";
export { FileNode } from "./nodes/file-node.ts";
export { IndexNode } from "./nodes/index-node.ts";
export {
  DispatchNode,
  type ElementNode,
  type ElementOf,
  type EntryOf,
  isNode,
  type KeyOf,
  type ResultOf,
  type TupleElements,
} from "./nodes/node.ts";
export { Op } from "./nodes/op-node.ts";
export type { ContentCache, NodeOptions, RetryPredicate } from "./nodes/options.ts";
export {
  delayed,
  type Lendable,
  type LendableArguments,
  type Liftable,
  type LiftableArguments,
  type MetaResult,
  type OpOf,
  op,
} from "./op.ts";
export { collect, compute, run } from "./run.ts";
export { WorkerStartError } from "./spawn/worker-start-error.ts";
export type { AnyFunction, Lease } from "./task.ts";
