import type { Description } from "../../describe.ts";
import { writeFailure } from "../protocol/exceptions.ts";
import type { TypeOfValue } from "../protocol/values.ts";
import {
  type Batch,
  BatchReader,
  BEGUN,
  DESCRIBED,
  FAILED,
  FINISHED,
  IS_KEPT,
  REPORT_FIELDS,
  SMALL,
  type Thrown,
  TYPE,
  type WireValue,
} from "./batch.ts";
import type { Finished, TaskReports } from "./reports.ts";
import type { OpenOrder, ThreadLink } from "./thread-link.ts";
import { fromWire, ofSmallPickle } from "./wire-value.ts";

/** What becomes of the reports of a thread. */
export interface ReportParts {
  readonly link: ThreadLink;
  readonly reports: TaskReports;
  /** It ends with the report that follows. */
  readonly close: (open: OpenOrder) => void;
}

/** Hands on what a thread says. */
export class ReportReader {
  readonly #parts: ReportParts;
  readonly #types: TypeOfValue[] = [];

  constructor(parts: ReportParts) {
    this.#parts = parts;
  }

  read(batch: Batch): void {
    const { rows } = batch;
    const beside = new BatchReader(batch);
    for (let at = 0; at < rows.length; at += REPORT_FIELDS) this.#row(rows, at, beside);
  }

  #row(rows: Float64Array, at: number, beside: BatchReader): void {
    const number = rows[at + 1]!;
    switch (rows[at]) {
      case TYPE:
        this.#types[number] = beside.value() as TypeOfValue;
        break;
      case BEGUN:
        this.#begun(number, rows[at + 2]!);
        break;
      case FAILED:
        this.#failed(number, rows[at + 2]!, rows[at + 3]!, beside.value() as Thrown);
        break;
      case FINISHED:
        this.#finished(rows, at, beside);
        break;
    }
  }

  #begun(number: number, start: number): void {
    const { link, reports } = this.#parts;
    const open = link.sent.get(number);
    if (open !== undefined) reports.begun(open.order.key, start, open.notes, link.thread);
  }

  #failed(number: number, start: number, stop: number, { opaque, ...error }: Thrown): void {
    const { link, reports, close } = this.#parts;
    const open = link.sent.get(number);
    if (open === undefined) return;
    close(open);
    const result = { start, stop, thread: link.thread, failure: writeFailure(error, opaque) };
    reports.failed(open.order.key, result, open.notes);
  }

  #finished(rows: Float64Array, at: number, beside: BatchReader): void {
    const { link, reports, close } = this.#parts;
    const open = link.sent.get(rows[at + 1]!);
    const bytes = rows[at + 6]!;
    const flags = rows[at + 8]!;
    // What lies beside the rows is taken in any case, as others follow.
    const value =
      rows[at + 4] === SMALL
        ? ofSmallPickle(beside.copy(rows[at + 5]!))
        : fromWire(beside.value() as WireValue);
    const description = (flags & DESCRIBED) === 0 ? undefined : (beside.value() as Description);
    if (open === undefined) return;
    if ((flags & IS_KEPT) !== 0) link.keepsResult(open, bytes);
    close(open);
    const result: Finished = {
      start: rows[at + 2]!,
      stop: rows[at + 3]!,
      thread: link.thread,
      value,
      bytes,
      type: this.#types[rows[at + 7]!]!,
      description,
    };
    reports.finished(open.order.key, result, open.notes);
  }
}
