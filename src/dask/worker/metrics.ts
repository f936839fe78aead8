import { libraryVersion } from "../../cache/library-version.ts";
import type { WorkerState } from "../worker-state/state.ts";
import type { Cells } from "./cells.ts";
import type { Monitor } from "./monitor.ts";
import type { Transfers } from "./transfers.ts";

/** What is measured of a worker. */
export interface Measured<Spec> {
  readonly monitor: Monitor;
  readonly state: WorkerState<Spec>;
  readonly cells: Cells;
  readonly transfers: Transfers;
}

/** As heartbeats and the registration say it: all that the scheduler and its pages read. */
export function metricsOf<Spec>({
  monitor,
  state,
  cells,
  transfers,
}: Measured<Spec>): Record<string, unknown> {
  const { spilled, traffic } = cells;
  return {
    ...monitor.sample(),
    task_counts: state.counts(),
    bandwidth: transfers.bandwidth,
    digests_total_since_heartbeat: {},
    managed_bytes: state.nbytes,
    spilled_bytes: spilled,
    transfer: {
      incoming_bytes: state.incomingBytes,
      incoming_count: state.incomingCount,
      incoming_count_total: state.incomingCountTotal,
      outgoing_bytes: transfers.outgoingBytes,
      outgoing_count: transfers.outgoing,
      outgoing_count_total: transfers.outgoingTotal,
    },
    // For clients of this library.
    "dispatch-graph": {
      version: libraryVersion(),
      pid: process.pid,
      bytesReceived: transfers.receivedBytes,
      bytesSpilled: spilled.disk,
      bytesWritten: traffic.written,
      bytesReadBack: traffic.read,
    },
  };
}
