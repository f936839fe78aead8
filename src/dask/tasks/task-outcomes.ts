import { randomUUID } from "node:crypto";
import type { Library } from "../../closure/library.ts";
import type { Comm } from "../../comm/comm.ts";
import { describe } from "../../describe.ts";
import { asError } from "../../errors.ts";
import { toShared } from "../../serialize/shared.ts";
import { type Survey, survey } from "../../serialize/survey.ts";
import { messageOf } from "../../shown.ts";
import { typeOfValue } from "../protocol/values.ts";
import { writeAny } from "./any-value.ts";
import {
  BatchWriter,
  BEGUN,
  DESCRIBED,
  FAILED,
  FINISHED,
  IS_KEPT,
  SMALL,
  type Thrown,
  TYPE,
  WIRE,
  wallClock,
} from "./batch.ts";
import { failureBytes } from "./failure.ts";
import type { RunningTask } from "./running-task.ts";
import type { ThreadValues } from "./thread-values.ts";
import { inSharedMemory, smallPickle, toWire } from "./wire-value.ts";

/** Results of so many bytes in memory are kept for tasks that use them here. */
const KEPT_FROM = 4096;
/** Batches with so many bytes beside the rows leave at once. */
const FULL = 4_000_000;

/** What becomes of tasks, on its way to the communication thread. */
export class TaskOutcomes {
  readonly #comm: Comm;
  readonly #worker: string;
  readonly #batch = new BatchWriter();
  /** Names of failed attempts begin with it. */
  readonly #origin: string = randomUUID();
  #attempts = 0;
  readonly #types = new Map<unknown, number>();
  /** When the last task ended. */
  #stop = 0;
  #bytes = 0;

  constructor(comm: Comm, worker: string) {
    this.#comm = comm;
    this.#worker = worker;
  }

  /** A task ends now. @returns the time */
  stop(): number {
    this.#stop = wallClock();
    return this.#stop;
  }

  finished(task: RunningTask, value: unknown, values: ThreadValues, library: Library): void {
    const { number } = task.sent;
    try {
      const found = survey(value);
      const shared = found.buffers.length === 0 ? value : shareMemory(value, found, values);
      const written = inSharedMemory(
        writeAny(
          shared,
          library,
          () => `the result of "${task.notes.label}"`,
          (memory) => values.isOurs(memory),
          shared === value ? found : undefined,
        ),
      );
      const type = this.#typeOf(shared);
      const isKept = found.bytes >= KEPT_FROM;
      if (isKept) values.made(number, shared);
      const small = smallPickle(written);
      const { described } = task.notes;
      const flags = (isKept ? IS_KEPT : 0) | (described ? DESCRIBED : 0);
      this.#row(FINISHED, number, task.start, this.#stop, small === undefined ? WIRE : SMALL);
      this.#rest(small?.byteLength ?? 0, found.bytes, type, flags);
      if (small !== undefined) this.#batch.bytes(small);
      else this.#batch.value(toWire(written));
      if (described) this.#batch.value(describe(shared, found.bytes));
      this.#bytes += small === undefined ? found.bytes : small.byteLength;
    } catch (problem) {
      this.failed(task, problem, library);
    }
    if (this.#bytes > FULL) this.flush(undefined);
  }

  failed({ sent, notes, start }: RunningTask, problem: unknown, library: Library): void {
    const attempt = `${this.#origin}/${++this.#attempts}`;
    const { key } = sent;
    const task = { key, label: notes.label, node: notes.node, worker: this.#worker, attempt };
    this.#row(FAILED, sent.number, start, this.#stop, 0);
    this.#rest();
    const thrown: Thrown = { ...inTexts(asError(problem)), opaque: failureBytes(problem, task, library) };
    this.#batch.value(thrown);
  }

  /** Sends what there is; it leaves at once, also if this thread computes for long from here on. */
  flush(running: RunningTask | undefined): void {
    if (running !== undefined && !running.isTold) {
      running.isTold = true;
      this.#row(BEGUN, running.sent.number, running.start, 0, 0);
      this.#rest();
    }
    if (this.#batch.isEmpty) return;
    this.#bytes = 0;
    this.#comm.send(this.#batch.taken());
  }

  #row(op: number, number: number, start: number, stop: number, form: number): void {
    for (const field of [op, number, start, stop, form]) this.#batch.number(field);
  }

  #rest(pickle = 0, bytes = 0, type = 0, flags = 0): void {
    for (const field of [pickle, bytes, type, flags]) this.#batch.number(field);
  }

  #typeOf(value: unknown): number {
    const type = typeOfValue(value);
    let number = this.#types.get(type);
    if (number === undefined) {
      number = this.#types.size;
      this.#types.set(type, number);
      this.#row(TYPE, number, 0, 0, 0);
      this.#rest();
      this.#batch.value(type);
    }
    return number;
  }
}

/** The value with large memory of its own shared. */
function shareMemory(value: unknown, found: Survey, values: ThreadValues): unknown {
  const shared = toShared(value);
  if (shared === value) return value;
  const users = new Set(found.shared);
  for (const memory of survey(shared).shared) if (!users.has(memory)) values.share(memory);
  return shared;
}

/** What people see of an error. Its own getters may throw. */
function inTexts(error: Error): Omit<Thrown, "opaque"> {
  return {
    name: textOf(() => error.name) ?? "Error",
    message: messageOf(error),
    stack: textOf(() => error.stack),
  };
}

function textOf(read: () => unknown): string | undefined {
  try {
    const text = read();
    return typeof text === "string" ? text : undefined;
  } catch {
    return undefined;
  }
}
