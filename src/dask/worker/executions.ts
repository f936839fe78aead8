import { asError } from "../../errors.ts";
import { type WrittenFailure, writeFailure } from "../protocol/exceptions.ts";
import { type KeyId, keyText } from "../protocol/key.ts";
import type { Pickled, Serialized } from "../protocol/message.ts";
import { type RunSpec, readRunSpec } from "../protocol/run-spec.ts";
import { typeOfValue, writeValue } from "../protocol/values.ts";
import type { TaskNotes } from "../tasks/argument-bytes.ts";
import type { Crashed, Failed, Finished, TaskOrder, TaskReports } from "../tasks/reports.ts";
import type { HostEvent, Instruction, StartStop, ValueInfo } from "../worker-state/messages.ts";
import type { Cell, Cells } from "./cells.ts";
import type { News } from "./news.ts";
import type { Slots } from "./slots.ts";
import { infoOf, infoOfMade } from "./value-info.ts";

/** What a task is to the state machine: its description as it came, unless it is an actor. */
export type Spec = Pickled | "actor";

export type Execute = Extract<Instruction<Spec>, { op: "execute" }>;

/** A task that takes down so many threads is not run again. */
const MOST_CRASHES = 3;

/** A task that runs for longer, in seconds, is none of the tiny ones that are sent ahead. */
const LONG = 0.02;

/** What runs tasks; `TaskThreads` does. */
export interface Threads {
  execute(order: TaskOrder): void;
  stop(key: KeyId): void;
  /** What runs: since when, in seconds since 1970. */
  readonly running: readonly { readonly since: number }[];
  /** Reports as released what has not begun. */
  takeBack(): void;
}

export interface ExecutionsOptions {
  /** Makes what runs tasks, which reports to what it is given. */
  readonly threads: (reports: TaskReports) => Threads;
  readonly cells: Cells;
  readonly slots: Slots;
  readonly news: News;
  /** Takes what the state machine must hear. */
  readonly tell: (event: HostEvent) => void;
}

/** An execution that has not been reported. */
interface Execution {
  readonly cells: readonly Cell[];
  /** True once it is with the threads. */
  isOrdered: boolean;
  isStopped: boolean;
}

/** Runs what the state machine wants to be executed; each ends in exactly one report to it. */
export class Executions implements TaskReports {
  readonly #threads: Threads;
  readonly #cells: Cells;
  readonly #slots: Slots;
  readonly #news: News;
  readonly #tell: (event: HostEvent) => void;
  readonly #executions = new Map<KeyId, Execution>();
  readonly #crashes = new Map<KeyId, number>();
  /** What threads have reported, and the state machine has not heard. */
  #reports: HostEvent[] = [];
  #onIdle: (() => void) | undefined;
  /** While tasks are sent ahead. */
  #watch: NodeJS.Timeout | undefined;

  constructor({ threads, cells, slots, news, tell }: ExecutionsOptions) {
    this.#cells = cells;
    this.#slots = slots;
    this.#news = news;
    this.#tell = tell;
    this.#threads = threads(this);
  }

  execute({ key, spec, inputs }: Execute): void {
    let run: RunSpec;
    try {
      if (spec === "actor") throw new Error("actors cannot live on a TypeScript worker");
      run = readRunSpec(spec);
      if (run.kind === "foreign") throw foreignError(key, run.what);
    } catch (error) {
      this.#refuse(key, asError(error));
      return;
    }
    if (run.kind === "data") {
      this.#putConstant(key, run.value);
      return;
    }
    const cells: Cell[] = [];
    for (const input of inputs) {
      const cell = this.#cells.hold(input);
      if (cell !== undefined) cells.push(cell);
    }
    const execution = { cells, isOrdered: false, isStopped: false };
    this.#executions.set(key, execution);
    if (cells.length < inputs.length) {
      this.#end(key);
      this.#tell({ op: "execution-lost", key });
      return;
    }
    const values = cells.map((cell) => this.#cells.valueOf(cell));
    if (values.some((value) => value instanceof Promise))
      void this.#whenRead(key, run, inputs, execution, values);
    else this.#begin(key, run, inputs, values as Serialized[]);
  }

  /** Nobody wants it any more. */
  stop(key: KeyId): void {
    const execution = this.#executions.get(key);
    if (execution === undefined) return;
    execution.isStopped = true;
    if (execution.isOrdered) this.#threads.stop(key);
  }

  // ---------------------------------------------------------------- what threads report

  begun(key: KeyId, start: number, notes: TaskNotes, thread: number): void {
    this.#news.begun(key, notes, start, thread);
  }

  finished(key: KeyId, result: Finished, notes: TaskNotes): void {
    this.#end(key);
    this.#crashes.delete(key);
    const { value, type, start, stop, thread } = result;
    this.#cells.put(key, value);
    this.#news.finished(key, notes, result, result.bytes, result.description);
    const info = infoOfMade(value, type);
    this.#report({ op: "execution-finished", key, value: info, startstops: ran(start, stop), thread });
    this.#took(stop - start);
  }

  failed(key: KeyId, result: Failed, notes: TaskNotes | undefined): void {
    this.#end(key);
    this.#crashes.delete(key);
    if (notes !== undefined) this.#news.erred(key, notes, result);
    this.#report(failedEvent(key, result.failure, ran(result.start, result.stop), result.thread));
    this.#took(result.stop - result.start);
  }

  released(key: KeyId): void {
    this.#end(key);
    this.#report({ op: "execution-lost", key });
  }

  lost(key: KeyId): void {
    this.released(key);
  }

  crashed(key: KeyId, result: Crashed, notes: TaskNotes): void {
    const crashes = (this.#crashes.get(key) ?? 0) + 1;
    if (crashes >= MOST_CRASHES) {
      this.failed(key, result, notes);
      return;
    }
    this.#crashes.set(key, crashes);
    this.released(key);
  }

  /**
   * A client that hears of the last result of its run listens no longer: so the news of tasks are told before the
   * scheduler is told that they have ended.
   */
  onFlush(): void {
    const reports = this.#reports;
    this.#reports = [];
    if (reports.length > 0) this.#news.flush();
    for (const report of reports) this.#tell(report);
    if (this.isIdle) this.#onIdle?.();
  }

  get isIdle(): boolean {
    return this.#executions.size === 0;
  }

  /** Resolves when nothing is being executed; at once if that is so. */
  idle(): Promise<void> {
    if (this.isIdle) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  // ---------------------------------------------------------------- inside

  async #whenRead(
    key: KeyId,
    run: RunSpec,
    inputs: readonly KeyId[],
    execution: Execution,
    reading: readonly (Serialized | Promise<Serialized>)[],
  ): Promise<void> {
    const read = await Promise.allSettled(reading);
    if (this.#executions.get(key) !== execution) return;
    const values = read.map((one) => (one.status === "fulfilled" ? one.value : undefined));
    if (!execution.isStopped && !values.includes(undefined)) {
      this.#begin(key, run, inputs, values as Serialized[]);
      return;
    }
    this.#end(key);
    values.forEach((value, i) => {
      if (value === undefined) this.#tell({ op: "value-lost", key: inputs[i]! });
    });
    this.#tell({ op: "execution-lost", key });
  }

  #begin(key: KeyId, run: RunSpec, inputs: readonly KeyId[], values: readonly Serialized[]): void {
    const byKey = new Map(inputs.map((input, i) => [input, values[i]!]));
    if (run.kind === "alias") {
      const value = byKey.get(run.target)!;
      this.#end(key);
      this.#made(key, value, infoOf(value));
    } else if (run.kind === "task") {
      this.#executions.get(key)!.isOrdered = true;
      const { payloads, dependencies } = run;
      this.#threads.execute({
        key,
        payloads,
        inputs: dependencies.map((input) => ({ key: input, value: byKey.get(input)! })),
      });
    }
  }

  #putConstant(key: KeyId, constant: unknown): void {
    const value = writeValue(constant);
    if (value === undefined)
      this.#refuse(key, new Error(`the constant ${keyText(key)} cannot be written again`));
    else this.#made(key, value, infoOfMade(value, typeOfValue(constant)));
  }

  /** A value without any computation. */
  #made(key: KeyId, value: Serialized, info: ValueInfo): void {
    this.#cells.put(key, value);
    const now = Date.now() / 1000;
    this.#tell({ op: "execution-finished", key, value: info, startstops: ran(now, now), thread: null });
  }

  /** It cannot be run here. */
  #refuse(key: KeyId, { name, message }: Error): void {
    const now = Date.now() / 1000;
    this.#tell(failedEvent(key, writeFailure({ name, message }), ran(now, now), null));
  }

  /** Told when all that threads report in this turn is known. */
  #report(event: HostEvent): void {
    if (this.#reports.push(event) === 1) queueMicrotask(() => this.onFlush());
  }

  #end(key: KeyId): void {
    const execution = this.#executions.get(key);
    if (execution === undefined) return;
    this.#executions.delete(key);
    for (const cell of execution.cells) this.#cells.release(cell);
  }

  #took(seconds: number): void {
    if (!this.#slots.took(seconds)) return;
    this.#tell({ op: "set-slots", slots: this.#slots.count });
    if (this.#slots.isAhead) this.#watch ??= setInterval(() => this.#lookForLong(), LONG * 1000).unref();
  }

  /** Tasks that were sent ahead should not wait for a long one: another worker may have time for them. */
  #lookForLong(): void {
    const now = Date.now() / 1000;
    const longest = Math.max(0, ...this.#threads.running.map(({ since }) => now - since));
    if (longest > LONG) {
      this.#took(longest);
      this.#threads.takeBack();
    }
    if (this.#slots.isAhead) return;
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  /** Nothing will be reported any more. */
  close(): void {
    clearInterval(this.#watch);
  }
}

function ran(start: number, stop: number): readonly StartStop[] {
  return [{ action: "compute", start, stop }];
}

function failedEvent(
  key: KeyId,
  { exception, traceback, exceptionText, tracebackText }: WrittenFailure,
  startstops: readonly StartStop[],
  thread: number | null,
): HostEvent {
  const failure = { exception, traceback, exception_text: exceptionText, traceback_text: tracebackText };
  return { op: "execution-failed", key, failure, startstops, thread };
}

function foreignError(key: KeyId, what: string): Error {
  return new Error(
    `the task ${keyText(key)} (${what}) is one for Python and was sent to a TypeScript worker: restrict it to Python workers (\`workers=\` or \`resources=\`)`,
  );
}
