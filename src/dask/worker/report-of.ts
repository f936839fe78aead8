import type { Serialized } from "../protocol/message.ts";
import type { WorkerReport } from "../protocol/worker-reports.ts";
import type { SchedulerMessage } from "../worker-state/messages.ts";

/** What the state machine says to the scheduler, as the protocol takes it. */
export function reportOf(message: SchedulerMessage): WorkerReport {
  const stimulusId = message.stimulus_id;
  switch (message.op) {
    case "task-finished": {
      const { op, key, nbytes, thread, startstops, typename: name, type: pickle } = message;
      return {
        op,
        key,
        runId: message.run_id,
        nbytes,
        type: { name, pickle },
        thread,
        startstops,
        stimulusId,
      };
    }
    case "task-erred": {
      const { op, key, thread, startstops } = message;
      return {
        ...{ op, key, runId: message.run_id, thread, startstops, stimulusId },
        exception: message.exception as Serialized,
        traceback: message.traceback as Serialized | null,
        exceptionText: message.exception_text,
        tracebackText: message.traceback_text,
      };
    }
    case "long-running": {
      const { op, key, run_id: runId, compute_duration: computeDuration } = message;
      return { op, key, runId, computeDuration, stimulusId };
    }
    case "add-keys":
    case "request-refresh-who-has":
      return { op: message.op, keys: message.keys, stimulusId };
    case "steal-response":
      return { op: message.op, key: message.key, state: message.state, stimulusId };
    case "release-worker-data":
    case "reschedule":
      return { op: message.op, key: message.key, stimulusId };
  }
}

/** Nothing depends on when the scheduler hears of it, and what tasks have come to would be late for its sake. */
export function canWait({ op }: WorkerReport): boolean {
  return op === "release-worker-data" || op === "add-keys";
}
