import { DispatcherError } from "../errors.ts";

/** A worker has ended before it could take work; the message says why, as far as it is known. */
export class WorkerStartError extends DispatcherError {
  override readonly code = "ERR_WORKER_START";
}
