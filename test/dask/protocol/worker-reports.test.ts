import { describe, expect, it } from "vitest";
import { keyId } from "../../../src/dask/protocol/key.ts";
import { decodeMessage, encodeMessage } from "../../../src/dask/protocol/message.ts";
import { profileOf } from "../../../src/dask/protocol/profile.ts";
import { typeOfValue, writeValue } from "../../../src/dask/protocol/values.ts";
import { type WorkerReport, workerReport } from "../../../src/dask/protocol/worker-reports.ts";
import { describeDask, NEWEST, OLDEST, RELEASES } from "../../support/dask-environment.ts";
import { runPython } from "../../support/dask-scheduler.ts";

const KEY = keyId(["x", 0]);
const startstops = [{ action: "compute", start: 1, stop: 2 }] as const;
const REPORTS: readonly WorkerReport[] = [
  {
    op: "task-finished",
    ...{ key: KEY, runId: 3, nbytes: 5e9, type: typeOfValue(1), thread: 1, startstops, stimulusId: "s" },
  },
  {
    op: "task-erred",
    ...{
      key: KEY,
      runId: 3,
      exception: writeValue(1)!,
      traceback: null,
      exceptionText: "e",
      tracebackText: "t",
    },
    ...{ thread: null, startstops, stimulusId: "s" },
  },
  { op: "add-keys", keys: [KEY], stimulusId: "s" },
  { op: "release-worker-data", key: KEY, stimulusId: "s" },
  { op: "long-running", key: KEY, runId: 3, computeDuration: null, stimulusId: "s" },
  { op: "reschedule", key: KEY, stimulusId: "s" },
  { op: "steal-response", key: KEY, state: null, stimulusId: "s" },
  { op: "request-refresh-who-has", keys: [KEY], stimulusId: "s" },
  { op: "worker-status-change", status: "paused", stimulusId: "s" },
  { op: "log-event", topic: "t", msg: 1 },
  { op: "keep-alive" },
];

describe("workerReport", () => {
  it("has all fields, with keys as on the wire", () => {
    const [finished, erred] = REPORTS.map((report) => workerReport(profileOf(NEWEST), report));
    expect(finished).toEqual({
      ...{
        op: "task-finished",
        status: "OK",
        key: ["x", 0],
        run_id: 3,
        nbytes: 5e9,
        type: typeOfValue(1).pickle,
      },
      ...{ typename: "int", metadata: {}, thread: 1, startstops, stimulus_id: "s" },
    });
    expect(erred).toMatchObject({
      status: "error",
      exception_text: "e",
      traceback_text: "t",
      traceback: null,
    });
  });

  it("leaves out what a release does not take", () => {
    const names = (release: string) => {
      const message = workerReport(profileOf(release), REPORTS[4]!);
      return [...(decodeMessage(encodeMessage(message)) as Map<string, unknown>).keys()];
    };
    expect(names(OLDEST)).toEqual(["op", "key", "compute_duration", "stimulus_id"]);
    expect(names(NEWEST)).toEqual(["op", "key", "run_id", "compute_duration", "stimulus_id"]);
  });
});

describeDask.each(RELEASES)("the handlers of the scheduler %s", (release) => {
  it("take the fields of all reports", async () => {
    const messages = REPORTS.map((report) => workerReport(profileOf(release), report));
    const wrong = await runPython<string[]>(
      release,
      `
import inspect
from distributed.protocol import loads
from distributed.scheduler import Scheduler
from distributed.stealing import WorkStealing
handlers = {
    "task-finished": Scheduler.handle_task_finished, "task-erred": Scheduler.handle_task_erred,
    "release-worker-data": Scheduler.release_worker_data, "add-keys": Scheduler.add_keys,
    "long-running": Scheduler.handle_long_running, "reschedule": Scheduler._reschedule,
    "log-event": Scheduler.log_worker_event, "worker-status-change": Scheduler.handle_worker_status_change,
    "request-refresh-who-has": Scheduler.handle_request_refresh_who_has,
    "steal-response": WorkStealing.move_task_confirm, "keep-alive": lambda self, **kwargs: None,
}
wrong = []
for message in loads([bytes.fromhex(frame) for frame in json.loads(sys.argv[1])], deserialize=False):
    op = message.pop("op")
    try:
        inspect.signature(handlers[op]).bind(None, worker="tcp://x", **message)
    except TypeError as error:
        wrong.append(f"{op}: {error}")
print(json.dumps(wrong))
`,
      encodeMessage(messages).map((frame) => Buffer.from(frame).toString("hex")),
    );
    expect(wrong).toEqual([]);
  });
});
