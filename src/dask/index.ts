/**
 * Graphs on a dask.distributed cluster: an executor, a client, workers for an unmodified scheduler, and a cluster
 * of this machine.
 *
 * @packageDocumentation
 */

export {
  CancelledError,
  CommError,
  DaskProtocolError,
  DaskVersionError,
  NoWorkerError,
  RemoteError,
  SchedulerLostError,
  SchedulerUnreachableError,
} from "../errors.ts";
export { Client, type ClientOptions, type Gathered } from "./client/client.ts";
export { ScatteredNode } from "./client/scattered-node.ts";
export type { SchedulerAddress } from "./client/scheduler-address.ts";
export type { ClientStatus } from "./client/scheduler-client.ts";
export type { SchedulerInfo, WorkerInfo } from "./client/worker-info.ts";
export { DaskExecutor, type DaskExecutorOptions } from "./executor/dask-executor.ts";
export { LocalCluster, type LocalClusterOptions } from "./local-cluster/local-cluster.ts";
export { LocalClusterError } from "./local-cluster/local-cluster-error.ts";
export type { DaskConfig } from "./local-cluster/scheduler-process.ts";
export type { ClusterWorker } from "./local-cluster/worker-process.ts";
export { type CloseReason, Worker, type WorkerOptions, type WorkerStatus } from "./worker/worker.ts";
