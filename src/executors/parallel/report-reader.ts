import {
  ABSENT,
  ADDED,
  FAILED,
  FINISHED,
  MISSING,
  RELEASED,
  REPORT_FIELDS,
  type Reports,
  SHARED,
  STARTED,
  VALUE,
} from "../../worker/protocol.ts";

/** What a worker may report. */
export interface ReportHandler {
  /** `form` says whether and how `data` is the value, or what is known of it. */
  finished(attempt: number, bytes: number, form: number, data: unknown): void;
  failed(attempt: number, error: unknown): void;
  released(attempt: number): void;
  missing(attempt: number, input: number, inputAttempt: number, holder: number): void;
  /** A copy is at the worker; `holder` gave it away, if it is not negative. */
  added(task: number, attempt: number, holder: number, bytes: number): void;
  answered(request: number, form: number, data: unknown): void;
  started(attempt: number): void;
  /** A value is known as this attempt's now, too, unless it was not there. */
  shared(attempt: number, isDone: boolean): void;
}

/** Reads a message of a worker row by row. */
export function readReports({ rows, values }: Reports, handler: ReportHandler): void {
  let next = 0;
  for (let row = 0; row < rows.length; row += REPORT_FIELDS) {
    // All but sizes are small integers; as such they need no object of their own.
    const a = rows[row + 1]! | 0;
    const b = rows[row + 2]! | 0;
    const c = rows[row + 3]!;
    const d = rows[row + 4]!;
    switch (rows[row]) {
      case FINISHED:
        handler.finished(b, c, d, d === ABSENT ? undefined : values[next++]);
        break;
      case FAILED:
        handler.failed(b, values[next++]);
        break;
      case RELEASED:
        handler.released(b);
        break;
      case MISSING:
        handler.missing(b, c, d, rows[row + 5]!);
        break;
      case ADDED:
        handler.added(a, b, c, d);
        break;
      case VALUE:
        handler.answered(a, b, b === ABSENT ? undefined : values[next++]);
        break;
      case STARTED:
        handler.started(b);
        break;
      case SHARED:
        handler.shared(b, c === 1);
        break;
    }
  }
}
