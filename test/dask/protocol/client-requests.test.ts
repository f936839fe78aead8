import { describe, expect, it } from "vitest";
import { byKey, type ClientReport, clientReport } from "../../../src/dask/protocol/client-requests.ts";
import { keyId } from "../../../src/dask/protocol/key.ts";
import { decodeMessage, encodeMessage } from "../../../src/dask/protocol/message.ts";
import { profileOf } from "../../../src/dask/protocol/profile.ts";
import { updateGraph } from "../../../src/dask/protocol/task-graph.ts";
import { describeDask, NEWEST, OLDEST, RELEASES } from "../../support/dask-environment.ts";
import { runPython } from "../../support/dask-scheduler.ts";

const KEY = keyId(["x", 0]);
const REPORTS: readonly ClientReport[] = [
  { op: "client-desires-keys", keys: [KEY], client: "c" },
  { op: "client-releases-keys", keys: [KEY], client: "c" },
  { op: "heartbeat-client" },
  { op: "cancel-keys", keys: [KEY], force: true, reason: "r", message: "m" },
  { op: "report-key", key: KEY },
  { op: "update-data", whoHas: new Map([[KEY, ["tcp://x"]]]), nbytes: new Map([[KEY, 1]]) },
  { op: "subscribe-topic", topic: "t" },
  { op: "unsubscribe-topic", topic: "t" },
  { op: "close-client" },
];

describe("clientReport", () => {
  it("has keys as on the wire", () => {
    const profile = profileOf(NEWEST);
    expect(clientReport(profile, REPORTS[0]!)).toEqual({
      op: "client-desires-keys",
      keys: [["x", 0]],
      client: "c",
    });
    expect(clientReport(profile, REPORTS[5]!)).toEqual({
      op: "update-data",
      who_has: new Map([[["x", 0], ["tcp://x"]]]),
      nbytes: new Map([[["x", 0], 1]]),
    });
    expect(clientReport(profile, { op: "close-stream" })).toEqual({ op: "close-stream" });
  });

  it("leaves out what a release does not take", () => {
    const names = (release: string) => {
      const message = clientReport(profileOf(release), REPORTS[3]!);
      return [...(decodeMessage(encodeMessage(message)) as Map<string, unknown>).keys()];
    };
    expect(names(OLDEST)).toEqual(["op", "keys", "force"]);
    expect(names(NEWEST)).toEqual(["op", "keys", "force", "reason", "msg"]);
  });
});

it("byKey gives a map the keys of the wire", () => {
  expect(
    byKey(
      new Map([
        [KEY, 1],
        ["a", 2],
      ]),
    ),
  ).toEqual(
    new Map<unknown, number>([
      [["x", 0], 1],
      ["a", 2],
    ]),
  );
});

describeDask.each(RELEASES)("the handlers of the scheduler %s", (release) => {
  it("take the fields of all reports, and of update-graph", async () => {
    const profile = profileOf(release);
    const graph = updateGraph(profile, { tasks: [], outputs: [], token: "t" });
    const messages = [...REPORTS.map((report) => clientReport(profile, report)), graph];
    const wrong = await runPython<string[]>(
      release,
      `
import inspect
from distributed.protocol import loads
from distributed.scheduler import Scheduler
handlers = {
    "update-graph": Scheduler.update_graph, "client-desires-keys": Scheduler.client_desires_keys,
    "update-data": Scheduler.update_data, "report-key": Scheduler.report_on_key,
    "client-releases-keys": Scheduler.client_releases_keys, "heartbeat-client": Scheduler.client_heartbeat,
    "close-client": Scheduler.remove_client, "subscribe-topic": Scheduler.subscribe_topic,
    "unsubscribe-topic": Scheduler.unsubscribe_topic, "cancel-keys": Scheduler.stimulus_cancel,
}
wrong = []
for message in loads([bytes.fromhex(frame) for frame in json.loads(sys.argv[1])], deserialize=False):
    op = message.pop("op")
    try:
        inspect.signature(handlers[op]).bind(None, **{"client": "c", **message})
    except TypeError as error:
        wrong.append(f"{op}: {error}")
print(json.dumps(wrong))
`,
      encodeMessage(messages).map((frame) => Buffer.from(frame).toString("hex")),
    );
    expect(wrong).toEqual([]);
  });
});
