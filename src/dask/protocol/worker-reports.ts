import { type KeyId, keyOf } from "./key.ts";
import type { Serialized } from "./message.ts";
import type { Profile } from "./profile.ts";
import type { TypeOfValue } from "./values.ts";

/** When a task ran: seconds. */
interface StartStop {
  readonly action: "compute" | "transfer" | "disk-read" | "disk-write" | "deserialize";
  readonly start: number;
  readonly stop: number;
  /** The address of the peer, of transfers. */
  readonly source?: string;
}

/** What a worker says to the scheduler on the stream. */
export type WorkerReport =
  | {
      readonly op: "task-finished";
      readonly key: KeyId;
      readonly runId: number;
      readonly nbytes: number;
      readonly type: TypeOfValue;
      readonly thread: number | null;
      readonly startstops: readonly StartStop[];
      readonly stimulusId: string;
      readonly metadata?: Readonly<Record<string, unknown>>;
    }
  | {
      readonly op: "task-erred";
      readonly key: KeyId;
      readonly runId: number;
      readonly exception: Serialized;
      readonly traceback: Serialized | null;
      readonly exceptionText: string;
      readonly tracebackText: string;
      readonly thread: number | null;
      readonly startstops: readonly StartStop[];
      readonly stimulusId: string;
    }
  | { readonly op: "add-keys"; readonly keys: readonly KeyId[]; readonly stimulusId: string }
  | { readonly op: "release-worker-data"; readonly key: KeyId; readonly stimulusId: string }
  | {
      readonly op: "long-running";
      readonly key: KeyId;
      readonly runId: number;
      /** Seconds, or null if not known. */
      readonly computeDuration: number | null;
      readonly stimulusId: string;
    }
  | { readonly op: "reschedule"; readonly key: KeyId; readonly stimulusId: string }
  | {
      readonly op: "steal-response";
      readonly key: KeyId;
      readonly state: string | null;
      /** That of the request. */
      readonly stimulusId: string;
    }
  | { readonly op: "request-refresh-who-has"; readonly keys: readonly KeyId[]; readonly stimulusId: string }
  | { readonly op: "worker-status-change"; readonly status: string; readonly stimulusId: string }
  | { readonly op: "log-event"; readonly topic: string; readonly msg: unknown }
  | { readonly op: "keep-alive" };

/** The map to be sent: exactly the fields that this release takes, as one more closes the stream. */
export function workerReport(profile: Profile, report: WorkerReport): Readonly<Record<string, unknown>> {
  const { op } = report;
  switch (op) {
    case "task-finished":
      return {
        op,
        status: "OK",
        key: keyOf(report.key),
        run_id: report.runId,
        nbytes: report.nbytes,
        type: report.type.pickle,
        typename: report.type.name,
        metadata: report.metadata ?? {},
        thread: report.thread,
        startstops: report.startstops,
        stimulus_id: report.stimulusId,
      };
    case "task-erred":
      return {
        op,
        status: "error",
        key: keyOf(report.key),
        run_id: report.runId,
        exception: report.exception,
        traceback: report.traceback,
        exception_text: report.exceptionText,
        traceback_text: report.tracebackText,
        thread: report.thread,
        startstops: report.startstops,
        stimulus_id: report.stimulusId,
      };
    case "add-keys":
    case "request-refresh-who-has":
      return { op, keys: report.keys.map(keyOf), stimulus_id: report.stimulusId };
    case "release-worker-data":
    case "reschedule":
      return { op, key: keyOf(report.key), stimulus_id: report.stimulusId };
    case "long-running":
      return {
        op,
        key: keyOf(report.key),
        run_id: profile.longRunningRunId ? report.runId : undefined,
        compute_duration: report.computeDuration,
        stimulus_id: report.stimulusId,
      };
    case "steal-response":
      return { op, key: keyOf(report.key), state: report.state, stimulus_id: report.stimulusId };
    case "worker-status-change":
      return { op, status: report.status, stimulus_id: report.stimulusId };
    case "log-event":
      return { op, topic: report.topic, msg: report.msg };
    case "keep-alive":
      return { op };
  }
}
