/** Named as dask names them. */
export type WorkerStatus = "starting" | "running" | "paused" | "closing_gracefully" | "closing" | "closed";

/** Why a worker has ended. */
export interface CloseReason {
  /**
   * `closed`: by `close`, or asked to by another program; `retired`: the scheduler has moved its results elsewhere and let it go;
   * `removed`: the scheduler does not want it any more (it was restarted, or heard nothing of the worker for too long);
   * `scheduler-lost`: the connection to the scheduler has ended; `failed`: something is wrong with the worker itself.
   */
  readonly reason: "closed" | "retired" | "removed" | "scheduler-lost" | "failed";
  readonly message: string;
}
