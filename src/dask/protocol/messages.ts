/** What comes on streams and as requests, checked. */

import { DaskProtocolError } from "../../errors.ts";
import { Fields, fieldsOf } from "./fields.ts";
import type { KeyId } from "./key.ts";
import { Pickled } from "./message.ts";

export { fieldsOf };

/** A task to be run here. `priority` is compared entry by entry. */
export interface ComputeTask {
  readonly op: "compute-task";
  readonly key: KeyId;
  readonly runId: number;
  readonly priority: readonly number[];
  /** Where its dependencies are: all of them are here. */
  readonly whoHas: ReadonlyMap<KeyId, readonly string[]>;
  /** Bytes of its dependencies. */
  readonly nbytes: ReadonlyMap<KeyId, number>;
  readonly runSpec: Pickled;
  readonly resourceRestrictions: ReadonlyMap<string, number>;
  readonly actor: boolean;
  readonly annotations: ReadonlyMap<unknown, unknown>;
  readonly spanId: string | null;
  readonly stimulusId: string;
}

interface OfKeys<Op extends string> {
  readonly op: Op;
  readonly keys: readonly KeyId[];
  readonly stimulusId: string;
}

/** What the scheduler says to a worker on the stream. `stimulusId` is "" where an older scheduler gives none. */
export type WorkerMessage =
  | ComputeTask
  | OfKeys<"free-keys">
  | OfKeys<"remove-replicas">
  | {
      readonly op: "acquire-replicas";
      readonly whoHas: ReadonlyMap<KeyId, readonly string[]>;
      readonly nbytes: ReadonlyMap<KeyId, number>;
      readonly stimulusId: string;
    }
  | { readonly op: "steal-request"; readonly key: KeyId; readonly stimulusId: string }
  | { readonly op: "cancel-compute"; readonly key: KeyId; readonly stimulusId: string }
  | {
      readonly op: "refresh-who-has";
      readonly whoHas: ReadonlyMap<KeyId, readonly string[]>;
      readonly stimulusId: string;
    }
  | { readonly op: "worker-status-change"; readonly status: string; readonly stimulusId: string }
  | { readonly op: "remove-worker"; readonly worker: string; readonly stimulusId: string }
  | { readonly op: "close"; readonly reason: string }
  | StreamEnd
  | { readonly op: "unknown"; readonly name: string };

/** The other side ends the stream. */
interface StreamEnd {
  readonly op: "close-stream";
}

/** What the scheduler says to a client on the stream. */
export type ClientMessage =
  /** `workers` only sometimes; `type` is the pickle of a Python class. */
  | {
      readonly op: "key-in-memory";
      readonly key: KeyId;
      readonly type: Uint8Array | undefined;
      readonly workers: readonly string[];
    }
  | {
      readonly op: "task-erred";
      readonly key: KeyId;
      readonly exception: unknown;
      readonly traceback: unknown;
    }
  | { readonly op: "lost-data"; readonly key: KeyId }
  | {
      readonly op: "cancelled-keys";
      readonly keys: readonly KeyId[];
      readonly reason: string;
      readonly message: string;
    }
  | { readonly op: "task-retried"; readonly key: KeyId }
  | { readonly op: "restart" }
  | { readonly op: "event"; readonly topic: string; readonly time: number; readonly event: unknown }
  | { readonly op: "adjust-heartbeat-interval" /** Seconds. */; readonly interval: number }
  | { readonly op: "stream-start"; readonly warning: string; readonly error: string }
  | { readonly op: "stream-closed" }
  | { readonly op: "close" }
  | { readonly op: "error"; readonly message: string }
  | StreamEnd
  | { readonly op: "unknown"; readonly name: string };

/** Throws a `DaskProtocolError` that names the op and the field; an op that is not known is no error. */
export function readWorkerMessage(message: unknown): WorkerMessage {
  const fields = messageFields(message);
  const op = fields.string("op");
  switch (op) {
    case "compute-task":
      return readComputeTask(fields);
    case "free-keys":
    case "remove-replicas":
      return { op, keys: fields.keys("keys"), stimulusId: stimulusOf(fields) };
    case "acquire-replicas":
      return {
        op,
        whoHas: fields.whoHas("who_has"),
        nbytes: fields.nbytes("nbytes"),
        stimulusId: stimulusOf(fields),
      };
    case "steal-request":
    case "cancel-compute":
      return { op, key: fields.key("key"), stimulusId: stimulusOf(fields) };
    case "refresh-who-has":
      return { op, whoHas: fields.whoHas("who_has"), stimulusId: stimulusOf(fields) };
    case "worker-status-change":
      return { op, status: fields.string("status"), stimulusId: stimulusOf(fields) };
    case "remove-worker":
      return { op, worker: fields.string("worker"), stimulusId: stimulusOf(fields) };
    case "close":
      return { op, reason: textOf(fields, "reason") };
    case "close-stream":
      return { op };
    default:
      return { op: "unknown", name: op };
  }
}

const NO_RESTRICTIONS: ReadonlyMap<string, number> = new Map();

function readComputeTask(fields: Fields): ComputeTask {
  const runSpec = fields.get("run_spec");
  if (!(runSpec instanceof Pickled)) throw new DaskProtocolError("compute-task: run_spec is not pickled");
  return {
    op: "compute-task",
    key: fields.key("key"),
    runId: fields.number("run_id"),
    priority: fields.numbers("priority"),
    whoHas: fields.whoHas("who_has"),
    nbytes: fields.nbytes("nbytes"),
    runSpec,
    resourceRestrictions: fields.has("resource_restrictions")
      ? fields.nbytes("resource_restrictions")
      : NO_RESTRICTIONS,
    actor: fields.has("actor") && fields.boolean("actor"),
    annotations: fields.has("annotations") ? fields.map("annotations") : new Map(),
    spanId: fields.has("span_id") ? fields.string("span_id") : null,
    stimulusId: stimulusOf(fields),
  };
}

/** As `readWorkerMessage`. */
export function readClientMessage(message: unknown): ClientMessage {
  const fields = messageFields(message);
  const op = fields.string("op");
  switch (op) {
    case "key-in-memory":
      return {
        op,
        key: fields.key("key"),
        // A class that cannot be pickled comes as its name.
        type: fields.get("type") instanceof Uint8Array ? fields.bytes("type") : undefined,
        workers: fields.has("workers") ? fields.strings("workers") : [],
      };
    case "task-erred":
      return {
        op,
        key: fields.key("key"),
        exception: fields.get("exception"),
        traceback: fields.get("traceback"),
      };
    case "lost-data":
    case "task-retried":
      return { op, key: fields.key("key") };
    case "cancelled-keys": {
      const [reason, text] = [textOf(fields, "reason"), textOf(fields, "msg")];
      return { op, keys: fields.keys("keys"), reason, message: text };
    }
    case "event": {
      const [time, event] = fields.array("event");
      if (typeof time !== "number") throw new DaskProtocolError("event: event does not begin with a time");
      return { op, topic: fields.string("topic"), time, event };
    }
    case "adjust-heartbeat-interval":
      return { op, interval: fields.number("interval") };
    case "stream-start":
      return { op, warning: textOf(fields, "warning"), error: textOf(fields, "error") };
    case "error":
      return { op, message: textOf(fields, "exception") || textOf(fields, "message") };
    case "restart":
    case "stream-closed":
    case "close":
    case "close-stream":
      return { op };
    default:
      return { op: "unknown", name: op };
  }
}

/** The messages of what came on a stream: a list of them, or a single one. */
export function streamMessages(received: unknown): readonly unknown[] {
  return Array.isArray(received) ? received : [received];
}

/** A request to a server: `op`, `reply`, `close`, and the others as they came. */
export interface Request {
  readonly op: string;
  /** True unless the other side wants no reply. */
  readonly reply: boolean;
  /** The other side closes after the reply. */
  readonly close: boolean;
  readonly fields: Fields;
}

/** Throws a `DaskProtocolError`, also for a request without an op. */
export function readRequest(message: unknown): Request {
  const request = fieldsOf("a request", message);
  const op = request.string("op");
  return {
    op,
    reply: request.has("reply") ? request.boolean("reply") : true,
    close: request.has("close") && request.boolean("close"),
    fields: new Fields(op, request.entries),
  };
}

function messageFields(message: unknown): Fields {
  const { entries } = fieldsOf("a message of a stream", message);
  const op = entries.get("op");
  return new Fields(typeof op === "string" ? op : "a message of a stream", entries);
}

function stimulusOf(fields: Fields): string {
  return textOf(fields, "stimulus_id");
}

/** Empty if there is none. */
function textOf(fields: Fields, name: string): string {
  return fields.has(name) ? fields.string(name) : "";
}
