import type { DispatchNode } from "dispatch-graph";
import { afterEach } from "vitest";
import { Library } from "../../../src/closure/library.ts";
import { prepareAny, readAny } from "../../../src/dask/tasks/any-value.ts";
import type { Crashed, Failed, Finished, TaskReports } from "../../../src/dask/tasks/reports.ts";
import { TaskThreads, type TaskThreadsOptions } from "../../../src/dask/tasks/task-threads.ts";
import type { Wishes } from "../../../src/dask/tasks/task-writer.ts";
import { Written } from "./written.ts";

/** What has become of an order. */
export type Outcome =
  | ({ readonly what: "finished" } & Finished)
  | ({ readonly what: "failed" } & Failed)
  | ({ readonly what: "crashed" } & Crashed)
  | { readonly what: "released" }
  | { readonly what: "lost"; readonly reason: string };

/** Keeps what is reported. A second outcome of the same order is a mistake. */
export class Recorder implements TaskReports {
  readonly begunKeys: string[] = [];
  readonly mistakes: string[] = [];
  flushes = 0;
  readonly #outcomes = new Map<string, Outcome>();
  readonly #waiting = new Map<string, (outcome: Outcome) => void>();
  readonly #waitingForBegin = new Map<string, () => void>();

  begun(key: string): void {
    if (this.#outcomes.has(key)) this.mistakes.push(`${key} has begun after its end`);
    this.begunKeys.push(key);
    this.#waitingForBegin.get(key)?.();
  }

  finished(key: string, result: Finished): void {
    this.#add(key, { what: "finished", ...result });
  }

  failed(key: string, result: Failed): void {
    this.#add(key, { what: "failed", ...result });
  }

  crashed(key: string, result: Crashed): void {
    this.#add(key, { what: "crashed", ...result });
  }

  released(key: string): void {
    this.#add(key, { what: "released" });
  }

  lost(key: string, reason: string): void {
    this.#add(key, { what: "lost", reason });
  }

  onFlush(): void {
    this.flushes++;
  }

  #add(key: string, outcome: Outcome): void {
    if (this.#outcomes.has(key)) this.mistakes.push(`${key} has two outcomes`);
    this.#outcomes.set(key, outcome);
    this.#waiting.get(key)?.(outcome);
  }

  known(key: string): Outcome | undefined {
    return this.#outcomes.get(key);
  }

  /** The next order with this key is another one. */
  forget(key: string): void {
    this.#outcomes.delete(key);
    this.#waiting.delete(key);
  }

  outcome(key: string): Promise<Outcome> {
    const known = this.#outcomes.get(key);
    return known !== undefined
      ? Promise.resolve(known)
      : new Promise((resolve) => this.#waiting.set(key, resolve));
  }

  begin(key: string): Promise<void> {
    return this.begunKeys.includes(key)
      ? Promise.resolve()
      : new Promise((resolve) => this.#waitingForBegin.set(key, resolve));
  }
}

const open: Worked[] = [];

/** Each test of the file closes its threads, whose reports must have made sense. */
export function closesThreads(): void {
  afterEach(async () => {
    const all = open.splice(0);
    await Promise.all(all.map(({ threads }) => threads.close()));
    const mistakes = all.flatMap(({ reports }) => reports.mistakes);
    if (mistakes.length > 0) throw new Error(mistakes.join("\n"));
  });
}

/** Task threads, and what has become of what they ran: it plays the worker. */
export class Worked {
  readonly reports = new Recorder();
  readonly threads: TaskThreads;
  /** The client's. */
  ownLibrary = new Library("nobody");
  #written: Written | undefined;
  readonly #keys = new Map<DispatchNode, string>();

  constructor(options: Partial<TaskThreadsOptions> = {}) {
    this.threads = new TaskThreads({ threads: 1, name: "worker-1", reports: this.reports, ...options });
    open.push(this);
  }

  /** The tasks of these nodes; `execute` runs one of them. */
  write(nodes: readonly DispatchNode[], wishes?: Wishes): this {
    this.#written = new Written(nodes, wishes);
    this.ownLibrary = this.#written.ownLibrary;
    return this;
  }

  /** Its inputs must have finished. */
  execute(node: DispatchNode, key = `k${this.#keys.size}`): string {
    this.#keys.set(node, key);
    const inputs = this.#written!.inputs(node).map((input) => {
      const outcome = this.reports.known(this.#keys.get(input)!);
      if (outcome?.what !== "finished") throw new Error("an input has not finished");
      return { key: this.#keys.get(input)!, value: outcome.value };
    });
    this.threads.execute({ key, payloads: this.#written!.payloads(node), inputs });
    return key;
  }

  /** What becomes of a node, whose inputs are run before. */
  async run(node: DispatchNode): Promise<Outcome> {
    for (const input of this.#written!.inputs(node)) if (!this.#keys.has(input)) await this.run(input);
    return this.reports.outcome(this.execute(node));
  }

  /** The value of a node, as the client reads it. */
  async value(node: DispatchNode): Promise<unknown> {
    const outcome = await this.run(node);
    if (outcome.what === "failed") throw new Error(outcome.failure.tracebackText);
    if (outcome.what !== "finished") throw new Error(`it has ${outcome.what}`);
    await prepareAny(outcome.value, this.ownLibrary);
    return readAny(outcome.value, this.ownLibrary);
  }
}
