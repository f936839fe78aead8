import { describe, expect, it } from "vitest";
import { keyId } from "../../../src/dask/protocol/key.ts";
import { decodeMessage, encodeMessage } from "../../../src/dask/protocol/message.ts";
import {
  readClientMessage,
  readRequest,
  readWorkerMessage,
  streamMessages,
} from "../../../src/dask/protocol/messages.ts";
import { readRunSpec } from "../../../src/dask/protocol/run-spec.ts";
import { DaskProtocolError } from "../../../src/errors.ts";
import { framesOf, GOLDEN } from "../golden/golden.ts";

const wire = (message: unknown): unknown => decodeMessage(encodeMessage(message));
const who = { a: ["tcp://x"] };
const whoHas = new Map([["a", ["tcp://x"]]]);

describe("readWorkerMessage", () => {
  it.each(GOLDEN)("reads compute-task of Python $release", ({ messages }) => {
    const [message] = streamMessages(decodeMessage(framesOf(messages["compute-task"]!)));
    const task = readWorkerMessage(message);
    if (task.op !== "compute-task") throw new Error(task.op);
    expect(task).toMatchObject({ key: "add-2", runId: 7, priority: [0, 1, 2.5], actor: false, spanId: null });
    expect(task.whoHas.get(keyId(["x", 0]))).toEqual(["tcp://127.0.0.1:1234"]);
    expect(task.nbytes.get(keyId(["x", 0]))).toBe(2 ** 33);
    expect(task.resourceRestrictions).toEqual(new Map([["GPU", 1.5]]));
    expect(task.annotations.get("priority")).toBe(1);
    expect(readRunSpec(task.runSpec)).toMatchObject({ kind: "task" });
  });

  it.each<[Record<string, unknown>, unknown]>([
    [
      { op: "free-keys", keys: ["a", ["x", 0]], stimulus_id: "s" },
      { op: "free-keys", keys: ["a", keyId(["x", 0])], stimulusId: "s" },
    ],
    [
      { op: "remove-replicas", keys: ["a"], stimulus_id: "s" },
      { op: "remove-replicas", keys: ["a"], stimulusId: "s" },
    ],
    [
      { op: "acquire-replicas", who_has: who, nbytes: { a: 5 }, stimulus_id: "s" },
      { op: "acquire-replicas", whoHas, nbytes: new Map([["a", 5]]), stimulusId: "s" },
    ],
    [
      { op: "steal-request", key: "a", stimulus_id: "s" },
      { op: "steal-request", key: "a", stimulusId: "s" },
    ],
    [
      { op: "cancel-compute", key: "a", stimulus_id: "s" },
      { op: "cancel-compute", key: "a", stimulusId: "s" },
    ],
    [
      { op: "refresh-who-has", who_has: who, stimulus_id: "s" },
      { op: "refresh-who-has", whoHas, stimulusId: "s" },
    ],
    [
      { op: "worker-status-change", status: "running" },
      { op: "worker-status-change", status: "running", stimulusId: "" },
    ],
    [
      { op: "remove-worker", worker: "tcp://x", stimulus_id: "s" },
      { op: "remove-worker", worker: "tcp://x", stimulusId: "s" },
    ],
    [
      { op: "close", reason: "r" },
      { op: "close", reason: "r" },
    ],
    [{ op: "close" }, { op: "close", reason: "" }],
    [{ op: "close-stream" }, { op: "close-stream" }],
    [
      { op: "something-new", field: 1 },
      { op: "unknown", name: "something-new" },
    ],
  ])("reads %o", (message, expected) => {
    expect(readWorkerMessage(wire(message))).toEqual(expected);
  });

  it.each<[unknown, string]>([
    ["OK", "a message of a stream is no map"],
    [{ key: "a" }, "a message of a stream: op is missing"],
    [{ op: "free-keys" }, "free-keys: keys is missing"],
    [{ op: "free-keys", keys: "a" }, "free-keys: keys is not a list"],
    [{ op: "steal-request", stimulus_id: "s" }, "steal-request: key is missing"],
    [{ op: "refresh-who-has", who_has: { a: [1] } }, "refresh-who-has: who_has is not a map of addresses"],
    [{ op: "compute-task", run_spec: 1 }, "compute-task: run_spec is not pickled"],
  ])("names what is wrong with %o", (message, text) => {
    expect(() => readWorkerMessage(wire(message))).toThrow(DaskProtocolError);
    expect(() => readWorkerMessage(wire(message))).toThrow(text);
  });
});

describe("readClientMessage", () => {
  const type = Uint8Array.of(1);

  it.each<[Record<string, unknown>, unknown]>([
    [
      { op: "key-in-memory", key: "a", type, workers: ["tcp://x"] },
      { op: "key-in-memory", key: "a", type, workers: ["tcp://x"] },
    ],
    [
      { op: "key-in-memory", key: "a", type: "int" },
      { op: "key-in-memory", key: "a", type: undefined, workers: [] },
    ],
    [
      { op: "task-erred", key: "a", exception: 1, traceback: null },
      { op: "task-erred", key: "a", exception: 1, traceback: null },
    ],
    [
      { op: "lost-data", key: "a" },
      { op: "lost-data", key: "a" },
    ],
    [
      { op: "task-retried", key: "a" },
      { op: "task-retried", key: "a" },
    ],
    [
      { op: "cancelled-keys", keys: ["a"] },
      { op: "cancelled-keys", keys: ["a"], reason: "", message: "" },
    ],
    [
      { op: "cancelled-keys", keys: ["a"], reason: "r", msg: "m" },
      { op: "cancelled-keys", keys: ["a"], reason: "r", message: "m" },
    ],
    [
      { op: "event", topic: "t", event: [1.5, { a: 1 }] },
      { op: "event", topic: "t", time: 1.5, event: new Map([["a", 1]]) },
    ],
    [
      { op: "adjust-heartbeat-interval", interval: 5 },
      { op: "adjust-heartbeat-interval", interval: 5 },
    ],
    [{ op: "stream-start" }, { op: "stream-start", warning: "", error: "" }],
    [
      { op: "error", exception: "no" },
      { op: "error", message: "no" },
    ],
    [{ op: "restart" }, { op: "restart" }],
    [{ op: "stream-closed" }, { op: "stream-closed" }],
    [{ op: "something-new" }, { op: "unknown", name: "something-new" }],
  ])("reads %o", (message, expected) => {
    expect(readClientMessage(wire(message))).toEqual(expected);
  });

  it("names what is wrong", () => {
    expect(() => readClientMessage(wire({ op: "event", topic: "t", event: [] }))).toThrow(
      /does not begin with a time/,
    );
    expect(() => readClientMessage(wire({ op: "lost-data" }))).toThrow("lost-data: key is missing");
  });
});

describe("readRequest", () => {
  it("reads op, reply and close, and leaves the others as they are", () => {
    const { fields, ...request } = readRequest(wire({ op: "get_data", keys: ["a"] }));
    expect(request).toEqual({ op: "get_data", reply: true, close: false });
    expect(fields.keys("keys")).toEqual(["a"]);
    expect(() => fields.string("who")).toThrow("get_data: who is missing");
    expect(readRequest(wire({ op: "x", reply: false, close: true }))).toMatchObject({
      reply: false,
      close: true,
    });
  });

  it("refuses what is none", () => {
    for (const wrong of [[], "x", {}, { op: 1 }, { op: "x", reply: 1 }]) {
      expect(() => readRequest(wire(wrong))).toThrow(DaskProtocolError);
    }
  });
});

it("streamMessages takes lists and single messages", () => {
  expect(streamMessages([1, 2])).toEqual([1, 2]);
  expect(streamMessages(new Map())).toEqual([new Map()]);
});
