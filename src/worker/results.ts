import type { Library } from "../closure/library.ts";
import type { WorkerState } from "../core/worker/state.ts";
import { describe } from "../describe.ts";
import { ValueFileError } from "../errors.ts";
import { decode, encode } from "../serialize/encode.ts";
import { encodeError } from "../serialize/error.ts";
import type { HostOrder } from "./order.ts";
import {
  ABSENT,
  ENCODED,
  FAILED,
  FINISHED,
  LARGEST_VALUE,
  ONLY_DESCRIBED,
  PLAIN,
  REFUSED,
  SHARED,
  VALUE,
} from "./protocol.ts";
import type { ReportQueue } from "./report.ts";
import type { Store } from "./store.ts";
import { tooLarge } from "./too-large.ts";

/** What results are made of, and where they go. */
export interface ResultParts {
  readonly core: WorkerState<HostOrder>;
  readonly store: Store;
  readonly reports: ReportQueue;
  readonly library: Library;
  /** False if values go to others as messages, which have a largest size. */
  readonly sharesMemory: boolean;
  readonly labelOf: (order: HostOrder) => string;
}

/** A wanted result of so many bytes or less comes to the controller with the report. */
const SMALL = 65_536;

const NO_USES: readonly string[] = [];

/** The values of a worker, as far as the controller is concerned: what tasks made, what it brings, what it asks for. */
export class Results {
  readonly #parts: ResultParts;

  constructor(parts: ResultParts) {
    this.#parts = parts;
  }

  /** A task has a value, which stays here, and goes to the controller too if that wants it now. */
  finished(order: HostOrder, value: unknown): void {
    const { store, library, sharesMemory } = this.#parts;
    const { attempt } = order;
    const found = store.set(attempt, value);
    const { way, bytes } = found;
    try {
      if (bytes > LARGEST_VALUE && !sharesMemory) throw tooLarge(this.#resultOf(order), bytes);
      if (way === "plain") {
        this.#report(order, bytes, PLAIN, value, value, NO_USES);
        return;
      }
      // What cannot travel is an error wherever it is needed: the task's own, and no matter of luck.
      const { data, uses } = encode(value, library, this.#resultOf(order), found);
      this.#report(order, bytes, ENCODED, value, data, uses);
    } catch (problem) {
      store.delete(attempt);
      this.failed(order, problem);
    }
  }

  /** A task has none. */
  failed(order: HostOrder, thrown: unknown): void {
    const { core, library, reports } = this.#parts;
    if (!core.failed(order)) return;
    const { data, uses } = encodeError(thrown, library);
    reports.add(FAILED, order.task, order.attempt);
    reports.addValue(data, uses);
  }

  /** The controller has brought a value. */
  put(attempt: number, form: number, data: unknown): void {
    const { core, store, library } = this.#parts;
    store.set(attempt, decode(data, form === PLAIN, library), true);
    core.put(attempt);
  }

  /** A value is to be that of another attempt, too. */
  share(task: number, attempt: number, of: number): void {
    const { core, store, reports } = this.#parts;
    const isHere = core.share(attempt, of);
    if (isHere) store.share(of, attempt);
    reports.add(SHARED, task, attempt, isHere ? 1 : 0);
  }

  /** The controller wants a value. */
  send(attempt: number, request: number): void {
    const { store, library, reports } = this.#parts;
    if (!store.has(attempt)) {
      reports.add(VALUE, request, ABSENT);
      return;
    }
    try {
      const { plain, data, uses, bytes } = encode(store.look(attempt), library);
      reports.add(VALUE, request, plain ? PLAIN : ENCODED, bytes);
      reports.addValue(data, uses);
      if (bytes > SMALL) reports.flush();
    } catch (problem) {
      if (problem instanceof ValueFileError) {
        this.lost(attempt);
        reports.add(VALUE, request, ABSENT);
        return;
      }
      const { data, uses } = encodeError(problem, library);
      reports.add(VALUE, request, REFUSED);
      reports.addValue(data, uses);
    }
  }

  /** A value cannot be read from disk. */
  lost(attempt: number): void {
    const { core, store } = this.#parts;
    for (const one of store.drop(attempt)) core.gaveAway(one);
  }

  #report(
    order: HostOrder,
    bytes: number,
    form: number,
    value: unknown,
    data: unknown,
    uses: readonly string[],
  ): void {
    const { core, store, reports } = this.#parts;
    const { task, attempt } = order;
    if (!core.finished(order)) {
      store.delete(attempt);
      return;
    }
    if (order.isBrought || (order.isWanted && bytes <= SMALL)) {
      reports.add(FINISHED, task, attempt, bytes, form);
      reports.addValue(data, uses);
      if (bytes > SMALL) reports.flush();
    } else if (order.isDescribed) {
      reports.add(FINISHED, task, attempt, bytes, ONLY_DESCRIBED);
      reports.addValue(describe(value, bytes), NO_USES);
    } else reports.add(FINISHED, task, attempt, bytes, ABSENT);
  }

  #resultOf(order: HostOrder): string {
    return `the result of "${this.#parts.labelOf(order)}"`;
  }
}
