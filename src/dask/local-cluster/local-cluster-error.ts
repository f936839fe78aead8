import { DispatcherError } from "../../errors.ts";

/** A `LocalCluster` cannot be started: there is no Python with dask.distributed, or its scheduler fails. */
export class LocalClusterError extends DispatcherError {
  override readonly code = "ERR_LOCAL_CLUSTER";
}
