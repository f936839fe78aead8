import type { ResourceLimits } from "node:worker_threads";
import { asError, ExecutorError } from "../../errors.ts";
import { atMost } from "../../spawn/at-most.ts";
import { describeExit } from "../../spawn/exit-reason.ts";
import type { ExitReason, WorkerSeed } from "../../spawn/spawn.ts";
import { type SpawnedThread, threadSpawner } from "../../spawn/threads.ts";
import { type KeyId, keyText } from "../protocol/key.ts";
import { type Batch, type ThreadStart, wallClock } from "./batch.ts";
import { functionName } from "./function-bytes.ts";
import { KeptNames } from "./kept-names.ts";
import { ReportReader } from "./report-reader.ts";
import type { Busy, TaskOrder, TaskReports } from "./reports.ts";
import { chosen, isUneven, takenBackForIdle } from "./thread-choice.ts";
import { ThreadFailures } from "./thread-failures.ts";
import { OpenOrder, ThreadLink } from "./thread-link.ts";

/** Settings of `TaskThreads`. */
export interface TaskThreadsOptions {
  /** How many. */
  readonly threads: number;
  readonly reports: TaskReports;
  /** What tasks know as the worker that runs them. */
  readonly name: string;
  /** Most bytes of values that each thread keeps ready for use. Default: 256 MB. */
  readonly keptBytes?: number | undefined;
  /** Of each thread. Default: those that Node has. */
  readonly resourceLimits?: ResourceLimits | undefined;
}

/** The same relative path from the sources and from what is built of them: threads run what is built. */
const ENTRY = new URL("../../../dist/dask/tasks/thread-main.js", import.meta.url);
const KEPT_BYTES = 256_000_000;
/** How long a thread may go on with a task that is not wanted, before it is replaced; in milliseconds. */
const PATIENCE = 250;
/** After so many deaths of threads an order that had perhaps begun is blamed for the last one. */
const MOST_DEATHS = 3;
/** So long orders may wait behind others while another thread has nothing to do; in milliseconds. */
const MOVED_AFTER = 2;
/**
 * The threads that run the tasks of a worker, for its communication thread. A thread runs one task after another, in
 * the order in which they came; it is replaced when it dies or does not stop when it is told to. Values stay in the
 * communication thread: no thread's end costs any.
 */
export class TaskThreads {
  readonly #options: TaskThreadsOptions;
  readonly #spawn: (seed: WorkerSeed) => SpawnedThread;
  readonly #links: (ThreadLink | undefined)[];
  readonly #orders = new Map<KeyId, OpenOrder>();
  /** Not sent to any thread yet. */
  #waiting: OpenOrder[] = [];
  readonly #names: KeptNames;
  readonly #failures: ThreadFailures;
  /** What is to be told when the caller has returned. */
  #later: (() => void)[] = [];
  #isFlushing = false;
  #numbers = 0;
  #isClosed = false;
  #moving: NodeJS.Timeout | undefined;
  /** Called when no order is left. */
  #onIdle: () => void = () => {};
  /** Resolves when all threads can run tasks; rejects with a WorkerStartError. Orders given before wait. */
  readonly ready: Promise<void>;

  constructor(options: TaskThreadsOptions) {
    this.#options = options;
    const { resourceLimits } = options;
    this.#spawn = threadSpawner({ entry: ENTRY, ...(resourceLimits && { resourceLimits }) });
    this.#failures = new ThreadFailures(options.name);
    this.#names = new KeptNames(() => ++this.#numbers);
    this.#links = new Array(options.threads).fill(undefined);
    this.#startAll();
    this.ready = Promise.all(this.#links.map((link) => link?.worker.ready)).then(() => {});
    // Who is interested only in tasks is told of each that they are lost.
    this.ready.catch(() => {});
  }

  /** How many orders have not been reported. */
  get pending(): number {
    return this.#orders.size;
  }

  /** The tasks that run right now. */
  get running(): readonly Busy[] {
    return this.#links.flatMap((link) => {
      const running = link?.running;
      if (link === undefined || running === undefined) return [];
      return [{ key: running.open.order.key, since: running.since, thread: link.thread }];
    });
  }

  /**
   * Runs a task, now or as soon as it can.
   * @throws ExecutorError if there is an order for the key whose report has not come yet, or after `close`
   */
  execute(order: TaskOrder): void {
    if (this.#isClosed) throw new ExecutorError("the task threads are closed");
    const { key, payloads } = order;
    if (this.#orders.has(key)) throw new ExecutorError(`the task ${keyText(key)} is being run already`);
    const number = ++this.#numbers;
    let open: OpenOrder;
    try {
      if (payloads.length !== 2) throw new ExecutorError("these are not the bytes of a task");
      open = new OpenOrder(number, order, functionName(payloads[0]!));
    } catch (problem) {
      open = new OpenOrder(number, order, "");
      this.#orders.set(key, open);
      this.#tellLater(() => this.#refused(open, problem));
      return;
    }
    this.#orders.set(key, open);
    if (this.#links.every((link) => link === undefined)) this.#startAll();
    this.#send(open);
  }

  /**
   * Nobody wants the result. What has not begun is taken back; what runs is told by its signal, and its thread is
   * replaced if it goes on for 250 ms. Its report follows in any case, and may be `finished` or `failed` if it was
   * quicker; not before this returns. Does nothing for other keys.
   */
  stop(key: KeyId): void {
    const open = this.#orders.get(key);
    if (open === undefined || open.isStopped) return;
    open.isStopped = true;
    if (open.link === undefined || open.link.takeBack(open)) {
      this.#tellLater(() => this.#released(open));
      return;
    }
    open.link.tellToStop(open);
    open.patience = setTimeout(() => this.#lostPatience(open), PATIENCE);
  }

  /** Values that are not needed any more, or not in memory. */
  free(keys: readonly KeyId[]): void {
    for (const key of keys) {
      const name = this.#names.nameOf(key);
      if (name === 0) continue;
      for (const link of this.#links) link?.forget(name);
      this.#flushSoon();
    }
  }

  /** Memory is scarce: threads keep nothing that they could do without, and collect their garbage. */
  relieve(): void {
    for (const link of this.#links) link?.relieve();
    this.#flushSoon();
  }

  /** What has not begun is reported as released. */
  takeBack(): void {
    for (const open of this.#orders.values()) {
      if (open.isStopped) continue;
      if (open.link === undefined || open.link.takeBack(open)) {
        open.isStopped = true;
        this.#tellLater(() => this.#released(open));
      }
    }
  }

  /** Takes back what has not begun, waits for what runs for at most so many milliseconds, then closes. */
  async closeGracefully(milliseconds: number): Promise<void> {
    this.takeBack();
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    if (this.#orders.size > 0) await atMost(milliseconds, idle);
    await this.close();
  }

  /** Ends the threads, whatever they do. No report comes after that. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#moving);
    for (const { patience } of this.#orders.values()) clearTimeout(patience);
    this.#orders.clear();
    this.#waiting = [];
    this.#onIdle();
    await Promise.all(this.#links.map((link) => link?.worker.terminate()));
  }

  // ---------------------------------------------------------------- sending

  #send(open: OpenOrder): void {
    this.#waiting.push(open);
    this.#sendWaiting();
  }

  #sendWaiting(): void {
    const waiting = this.#waiting;
    let count = 0;
    for (; count < waiting.length; count++) {
      const open = waiting[count]!;
      if (open.isStopped) continue;
      const link = chosen(this.#links, open.order.inputs);
      if (link === undefined) break;
      link.send(open);
    }
    if (count === 0) return;
    waiting.splice(0, count);
    this.#flushSoon();
  }

  /** What is said to threads within one turn goes in one message to each. */
  #flushSoon(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    queueMicrotask(() => {
      this.#isFlushing = false;
      if (this.#isClosed) return;
      for (const link of this.#links) link?.flush();
      const later = this.#later;
      if (later.length === 0) return;
      this.#later = [];
      for (const tell of later) if (!this.#isClosed) tell();
      this.#options.reports.onFlush?.();
    });
  }

  #tellLater(tell: () => void): void {
    this.#later.push(tell);
    this.#flushSoon();
  }

  /** Orders do not wait behind a long one while other threads have nothing to do. */
  #moveSoon(): void {
    if (this.#moving !== undefined || !isUneven(this.#links)) return;
    this.#moving = setTimeout(() => {
      this.#moving = undefined;
      for (const open of takenBackForIdle(this.#links)) this.#send(open);
      this.#moveSoon();
    }, MOVED_AFTER);
  }

  // ---------------------------------------------------------------- what becomes of orders

  #take(link: ThreadLink, reader: ReportReader, batch: Batch): void {
    if (this.#isClosed) return;
    reader.read(batch);
    this.#sendWaiting();
    if (link.sent.size === 0) this.#moveSoon();
    this.#options.reports.onFlush?.();
  }

  #close(open: OpenOrder): void {
    clearTimeout(open.patience);
    this.#orders.delete(open.order.key);
    open.link?.closed(open);
    if (this.#orders.size === 0) this.#onIdle();
  }

  #released(open: OpenOrder): void {
    if (this.#orders.get(open.order.key) !== open) return;
    this.#close(open);
    this.#options.reports.released(open.order.key);
  }

  #refused(open: OpenOrder, problem: unknown): void {
    this.#close(open);
    const result = this.#failures.refusal(open, asError(problem));
    this.#options.reports.failed(open.order.key, result, undefined);
  }

  #crashed(open: OpenOrder, thread: number, start: number, how: ExitReason): void {
    this.#close(open);
    const result = this.#failures.crash(open, thread, start, how);
    this.#options.reports.crashed(open.order.key, result, open.notes);
  }

  #lostPatience(open: OpenOrder): void {
    const link = open.link!;
    if (link.running?.open !== open) {
      // It has ended, and its thread has had no time to say so: it computes something else.
      this.#released(open);
      this.#options.reports.onFlush?.();
      return;
    }
    link.isLeaving = true;
    void link.worker.terminate();
  }

  // ---------------------------------------------------------------- threads

  #startAll(): void {
    for (const index of this.#links.keys()) this.#start(index);
  }

  #start(index: number): void {
    const { name, reports, keptBytes = KEPT_BYTES } = this.#options;
    const state = new SharedArrayBuffer(2 * Float64Array.BYTES_PER_ELEMENT);
    const start: ThreadStart = { name, state };
    const worker = this.#spawn({ id: `${name}/${index + 1}`, data: start });
    const link = new ThreadLink(index + 1, worker, state, this.#names, keptBytes);
    this.#links[index] = link;
    const reader = new ReportReader({ link, reports, close: (open) => this.#close(open) });
    worker.comm.onMessage = (batch) => this.#take(link, reader, batch as Batch);
    void worker.exited.then((reason) => this.#ended(index, link, reason));
  }

  /** A thread is no more: what it was sent is run by others, except what it ran. */
  #ended(index: number, link: ThreadLink, reason: ExitReason): void {
    this.#links[index] = undefined;
    link.forgetAll();
    if (this.#isClosed) return;
    const { running } = link;
    for (const open of [...link.sent.values()]) {
      if (open.isStopped) this.#released(open);
      else if (open === running?.open) this.#crashed(open, link.thread, running.since, reason);
      else if (link.hasBegun(open) && ++open.deaths === MOST_DEATHS) {
        this.#crashed(open, link.thread, wallClock(), reason);
      } else {
        link.closed(open);
        this.#waiting.push(open);
      }
    }
    if (link.isReady) this.#start(index);
    else if (this.#links.every((one) => one === undefined)) this.#loseAll(describeExit(reason));
    this.#sendWaiting();
    this.#options.reports.onFlush?.();
  }

  /** There is no thread, and there cannot be one. */
  #loseAll(reason: string): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const open of waiting) {
      // Others have been stopped, and that will be told.
      if (open.isStopped) continue;
      this.#close(open);
      this.#options.reports.lost(open.order.key, reason);
    }
  }
}
