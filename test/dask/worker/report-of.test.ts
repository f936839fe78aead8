import { describe, expect, it } from "vitest";
import { writeFailure } from "../../../src/dask/protocol/exceptions.ts";
import { profileOf } from "../../../src/dask/protocol/profile.ts";
import { workerReport } from "../../../src/dask/protocol/worker-reports.ts";
import { canWait, reportOf } from "../../../src/dask/worker/report-of.ts";
import type { SchedulerMessage } from "../../../src/dask/worker-state/messages.ts";

const { exception, exceptionText, tracebackText } = writeFailure({ name: "Error", message: "no" });
const MESSAGES: readonly SchedulerMessage[] = [
  {
    ...{ op: "task-finished", status: "OK", key: "x", run_id: 5, nbytes: 8, thread: 1, stimulus_id: "s" },
    ...{ type: Uint8Array.of(1), typename: "int", metadata: {} },
    startstops: [{ action: "compute", start: 1, stop: 2 }],
  },
  {
    ...{
      op: "task-erred",
      status: "error",
      key: "x",
      run_id: 5,
      thread: null,
      startstops: [],
      stimulus_id: "s",
    },
    ...{ exception, traceback: null, exception_text: exceptionText, traceback_text: tracebackText },
  },
  { op: "add-keys", keys: ["x"], stimulus_id: "s" },
  { op: "release-worker-data", key: "x", stimulus_id: "s" },
  { op: "long-running", key: "x", run_id: 5, compute_duration: 1.5, stimulus_id: "s" },
  { op: "reschedule", key: "x", stimulus_id: "s" },
  { op: "steal-response", key: "x", state: null, stimulus_id: "s" },
  { op: "request-refresh-who-has", keys: ["x"], stimulus_id: "s" },
];

describe("what the state machine says", () => {
  it.each(MESSAGES.map((message): [string, SchedulerMessage] => [message.op, message]))(
    "reaches the scheduler with the same fields: %s",
    (_, message) => {
      expect(workerReport(profileOf("2026.8.0"), reportOf(message))).toEqual(message);
    },
  );

  it("can wait if nothing depends on when the scheduler hears of it", () => {
    const waiting = MESSAGES.filter((message) => canWait(reportOf(message))).map(({ op }) => op);
    expect(waiting).toEqual(["add-keys", "release-worker-data"]);
  });
});
