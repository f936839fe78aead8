import { expect, it } from "vitest";
import { writeValue } from "../../../src/dask/protocol/values.ts";
import { Cells } from "../../../src/dask/worker/cells.ts";
import { metricsOf } from "../../../src/dask/worker/metrics.ts";
import { Monitor } from "../../../src/dask/worker/monitor.ts";
import { Transfers } from "../../../src/dask/worker/transfers.ts";
import { infoOf } from "../../../src/dask/worker/value-info.ts";
import { WorkerState } from "../../../src/dask/worker-state/state.ts";

it("has all that the scheduler and its pages read", async () => {
  const monitor = new Monitor();
  const cells = new Cells({ target: undefined, directory: "/nowhere", onLeave: () => {}, onStuck: () => {} });
  const state = new WorkerState({ address: "tcp://127.0.0.1:1", slots: 1 });
  const transfers = new Transfers();
  const value = writeValue(new Float64Array(100))!;
  cells.put("x", value);
  state.handle({ op: "update-data", values: new Map([["x", infoOf(value)]]), stimulusId: "s" });
  transfers.begin();
  transfers.received("tcp://127.0.0.1:2", 2e6, 1);
  try {
    expect(metricsOf({ monitor, state, cells, transfers })).toEqual({
      cpu: expect.any(Number),
      memory: expect.any(Number),
      time: expect.any(Number),
      event_loop_interval: expect.any(Number),
      host_net_io: { read_bps: expect.any(Number), write_bps: expect.any(Number) },
      ...(process.platform === "linux" && { num_fds: expect.any(Number) }),
      task_counts: expect.any(Map),
      bandwidth: {
        total: expect.any(Number),
        workers: new Map([["tcp://127.0.0.1:2", [2e6, 1]]]),
        types: {},
      },
      digests_total_since_heartbeat: {},
      managed_bytes: 800,
      spilled_bytes: { memory: 0, disk: 0 },
      transfer: {
        incoming_bytes: 0,
        incoming_count: 0,
        incoming_count_total: 0,
        outgoing_bytes: 0,
        outgoing_count: 1,
        outgoing_count_total: 1,
      },
      "dispatch-graph": {
        version: expect.stringMatching(/^dispatch-graph@/),
        pid: process.pid,
        bytesReceived: 2e6,
        bytesSpilled: 0,
        bytesWritten: 0,
        bytesReadBack: 0,
      },
    });
    expect(state.counts().get("memory")).toBe(1);
  } finally {
    monitor.close();
    await cells.close();
  }
});
