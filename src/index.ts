/**
 * Graphs of dependent function calls: build them from ordinary calls with `op`, run them with an
 * executor.
 *
 * @packageDocumentation
 */

export { type Remote, remote } from "./closure/remote.ts";
export { type TaskContext, taskContext } from "./context.ts";
export type { Backoff } from "./core/scheduler/retry.ts";
export type { StateName } from "./core/scheduler/task-state.ts";
export {
  ClosureError,
  DependencyError,
  DispatcherError,
  ExecutorError,
  ReleasedError,
  ThrownValueError,
  TimeoutError,
  WorkerLostError,
} from "./errors.ts";
export { AsyncExecutor, type AsyncExecutorOptions } from "./executors/async.ts";
export { Attempts } from "./executors/attempts.ts";
export { Chunk } from "./executors/chunk.ts";
export type { Clock } from "./executors/clock.ts";
export type { ExecutorEvents, RunEvent, TaskEvent } from "./executors/events.ts";
export {
  Executor,
  type ExecutorOptions,
  type ExecutorStats,
  type ResultsOf,
  type Runnable,
  type RunOptions,
  type WorkerInfo,
} from "./executors/executor.ts";
export { ParallelExecutor, type ParallelExecutorOptions } from "./executors/parallel.ts";
export { DispatchResult } from "./executors/result.ts";
export type { Judgement } from "./executors/retries.ts";
export type { Run } from "./executors/run.ts";
export { SequentialExecutor } from "./executors/sequential.ts";
export { DispatchGraph } from "./graph/graph.ts";
export type { TaskGraph, TaskInfo } from "./graph/lower.ts";
export type { Nodes } from "./graph/nodes.ts";
export { CollectNode } from "./nodes/collect-node.ts";
export { DataNode } from "./nodes/data-node.ts";
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
export type { NodeOptions, RetryPredicate } from "./nodes/options.ts";
export { delayed, type Liftable, type LiftableArguments, type OpOf, op } from "./op.ts";
export { collect, compute, run } from "./run.ts";
export { WorkerStartError } from "./spawn/worker-start-error.ts";
export type { AnyFunction } from "./task.ts";
