import { availableParallelism } from "node:os";
import { types } from "node:util";
import { Library } from "../closure/library.ts";
import {
  CANCEL_TASK,
  FREE_KEYS,
  KEY_IN_MEMORY,
  KILLED_WORKER,
  TASK_ERRED,
} from "../core/scheduler/messages.ts";
import { WITH_DATA } from "../core/scheduler/task-table.ts";
import { asError, ExecutorError, ReleasedError, TimeoutError, WorkerLostError } from "../errors.ts";
import type { NodeOptions } from "../nodes/options.ts";
import { decode } from "../serialize/encode.ts";
import { decodeError } from "../serialize/error.ts";
import { shown } from "../shown.ts";
import { describeExit } from "../spawn/exit-reason.ts";
import { processSpawner } from "../spawn/processes.ts";
import type { ExitReason } from "../spawn/spawn.ts";
import { threadSpawner } from "../spawn/threads.ts";
import { elementOf } from "../structure.ts";
import { isThenable } from "../task.ts";
import { Inbox } from "../worker/inbox.ts";
import {
  ABSENT,
  ADDED,
  FAILED,
  FINISHED,
  MISSING,
  PLAIN,
  REFUSED,
  RELEASED,
  REPORT_FIELDS,
  type Reports,
  STARTED,
  VALUE,
} from "../worker/protocol.ts";
import { AsyncExecutor } from "./async.ts";
import type { ExecutorEvents } from "./events.ts";
import type { ExecutorOptions, ExecutorStats, WorkerInfo } from "./executor.ts";
import { Crew } from "./parallel/crew.ts";
import { addOrder } from "./parallel/dispatch.ts";
import type { Sent, WorkerLink } from "./parallel/link.ts";
import { RemoteResults } from "./parallel/remote-results.ts";
import { type Cargo, Shipping } from "./parallel/shipping.ts";
import type { Run } from "./run.ts";
import type { Placed } from "./run-table.ts";
import { ScheduledExecutor } from "./scheduled.ts";

/** Settings of a `ParallelExecutor`. */
export interface ParallelExecutorOptions extends ExecutorOptions {
  /** How many workers; with 0 tasks run in this thread. Default: as many as the machine has cores for. */
  readonly workers?: number;
  /** Worker threads of this process (default), or child processes. */
  readonly kind?: "threads" | "processes";
  /** How many tasks a worker may have under way at once, for tasks that wait. Default 1. */
  readonly concurrency?: number;
}

/** A run's functions and results. */
interface Shipment {
  readonly placed: Placed;
  readonly cargo: Cargo;
  readonly results: RemoteResults;
}

/** A value that was asked of a worker. */
interface Request {
  readonly link: WorkerLink;
  readonly resolve: (answer: { readonly value: unknown } | undefined) => void;
  readonly reject: (reason: unknown) => void;
}

/** How long a worker may go on with a task that is not wanted, before it is replaced; in milliseconds. */
const PATIENCE = 250;
/** Less work than this, in milliseconds, is not worth being moved to an idle worker. */
const WORTH_MOVING = 0.5;

/** The same relative path from the sources and from what is built of them: workers run what is built. */
const ENTRY = new URL("../../dist/worker/main.js", import.meta.url);

let executors = 0;

/**
 * Runs tasks on all cores of this machine, in worker threads or child processes. Functions travel
 * by themselves; results stay with the worker that made them, and go from there to the workers
 * that use them.
 */
export class ParallelExecutor extends ScheduledExecutor {
  readonly #library = new Library(`controller-${process.pid}-${++executors}`);
  readonly #shipping = new Shipping(this.#library);
  readonly #crew: Crew;
  readonly #concurrency: number;
  readonly #shipments = new Map<Placed, Shipment>();
  readonly #requests = new Map<number, Request>();
  #lastRequest = 0;
  /** Runs tasks as long as there are no workers. */
  readonly #here: AsyncExecutor;
  #isPumping = false;
  #isPumpDue = false;
  #isClosed = false;
  #bytesTransferred = 0;
  #bytesThroughController = 0;
  /** Why the worker that was lost last has ended. */
  #lastExit: { readonly text: string; readonly error: Error | undefined } | undefined;
  /** Patience with workers that are busy with what is not wanted any more. */
  readonly #inboxes = new Map<WorkerLink, Inbox<Reports>>();

  /** @throws TypeError for settings of the wrong kind */
  constructor(options: ParallelExecutorOptions = {}) {
    super(options);
    const { workers = availableParallelism(), kind = "threads", concurrency = 1 } = options;
    checkCount("workers", workers, 0);
    checkCount("concurrency", concurrency, 1);
    if (kind !== "threads" && kind !== "processes")
      throw new TypeError(`kind must be "threads" or "processes", got ${shown(kind)}`);
    this.#here = new AsyncExecutor(options);
    this.#concurrency = concurrency;
    const spawn = kind === "threads" ? threadSpawner({ entry: ENTRY }) : processSpawner({ entry: ENTRY });
    this.#crew = new Crew(
      {
        spawn,
        concurrency,
        sharesMemory: kind === "threads",
        library: this.#library,
        enlist: (place) => this.core.addWorker(concurrency * 2, place, true),
        onMessage: (link, message) => this.#inboxOf(link).take(message as Reports),
        onReady: () => this.pump(),
        onExit: (link, reason) => this.#lost(link, reason),
        onStartFailure: (error) => this.#stopAll(error),
      },
      workers,
    );
  }

  // ---------------------------------------------------------------- for users

  /** Without workers tasks run here. */
  protected override get substitute(): AsyncExecutor | undefined {
    return this.#crew.size === 0 && !this.#isClosed ? this.#here : undefined;
  }

  override on<K extends keyof ExecutorEvents>(name: K, listener: (event: ExecutorEvents[K]) => void): this {
    this.#here.on(name, listener);
    return super.on(name, listener);
  }

  override off<K extends keyof ExecutorEvents>(name: K, listener: (event: ExecutorEvents[K]) => void): this {
    this.#here.off(name, listener);
    return super.off(name, listener);
  }

  override get workers(): readonly WorkerInfo[] {
    if (this.#crew.size === 0) return this.#here.workers;
    this.#crew.fill();
    this.#refer();
    const held = this.core.bytesHeld();
    return [...this.#crew.links].map(({ name, worker, sent, index, busy }) => ({
      id: name,
      pid: worker.pid,
      threadId: worker.threadId,
      address: worker.address,
      running: Math.min(this.#concurrency, [...sent.values()].filter((one) => !one.isCancelled).length),
      busy,
      bytesHeld: held.get(index) ?? 0,
      bytesSpilled: 0,
    }));
  }

  /**
   * Adds workers, which take part at once.
   * @returns their ids
   */
  async addWorkers(count: number): Promise<readonly string[]> {
    checkCount("the number of workers", count, 1);
    if (this.#isClosed) throw new ExecutorError("the executor is closed");
    const names = this.#crew.add(count);
    if (this.runTable.all().length > 0) this.#crew.fill();
    this.pump();
    return names;
  }

  /**
   * Removes a worker. What it has not begun goes to others; what it runs is begun again elsewhere,
   * and results that only it held are computed again, as far as they are needed.
   * @throws ExecutorError when there is no such worker
   */
  async removeWorker(id: string): Promise<void> {
    const place = this.#crew.placeOf(id);
    if (place === undefined) {
      throw new ExecutorError(`there is no worker "${id}"; there are ${this.#crew.names.join(", ") || "none"}`);
    }
    const link = this.#crew.named(id);
    this.#crew.giveUp(place);
    if (link === undefined) return;
    link.isLeaving = true;
    await link.worker.terminate();
  }

  override stats(): ExecutorStats {
    const own = super.stats();
    const here = this.#here.stats();
    let bytesHeld = own.bytesHeld + here.bytesHeld;
    for (const bytes of this.core.bytesHeld().values()) bytesHeld += bytes;
    return {
      bytesHeld,
      bytesSpilled: 0,
      bytesTransferred: this.#bytesTransferred,
      bytesThroughController: this.#bytesThroughController,
      runs: own.runs + here.runs,
    };
  }

  override async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([super.close(), this.#here.close()]);
    for (const { results } of this.#shipments.values()) {
      results.close(new ReleasedError("the executor was closed, and its results with it"));
    }
    for (const { resolve } of this.#requests.values()) resolve(undefined);
    this.#requests.clear();
    for (const { sent } of this.#crew.links) for (const one of sent.values()) this.#stopTimers(one);
    await this.#crew.terminate();
  }

  // ---------------------------------------------------------------- runs

  protected override get unsupported(): readonly (keyof NodeOptions)[] {
    return ["cache", "meta", "resources"];
  }

  protected override nameOf(worker: number): string | null {
    return this.#crew.at(worker)?.name ?? null;
  }

  protected override execute(run: Run): void {
    // They start while functions are captured, which takes a while for the first time.
    this.#crew.fill();
    const restrictions = this.#restrictionsOf(run);
    const cargo = this.#shipping.load(run.graph);
    const placed = this.takeUp(run, restrictions);
    const results = new RemoteResults({
      request: (task) => this.#request(placed, task),
      bytesOf: (task) => (this.runTable.of(run) === undefined ? 0 : this.core.table.bytes[placed.base + task]!),
      release: (task) => this.#release(placed, [task]),
      labelOf: (task) => run.graph.info(task).label,
    });
    this.#shipments.set(placed, { placed, cargo, results });
    // Not at once: `run` returns before the first task starts.
    queueMicrotask(() => this.pump());
  }

  protected override forget(run: Run): void {
    const placed = this.runTable.of(run);
    if (placed === undefined) return;
    if (run.stopped) {
      this.drop(placed);
      this.#unload(placed);
    } else {
      // What is here already, or failed, need not be kept by workers.
      this.#release(
        placed,
        run.wantedTasks.filter((task) => !run.isElsewhere(task)),
      );
    }
    this.pump();
  }

  /** The client does without these results. */
  #release(placed: Placed, tasks: readonly number[]): void {
    if (this.runTable.of(placed.run) !== placed) return;
    this.core.clientReleasesKeys(
      placed.base,
      tasks.map((task) => placed.base + task),
    );
    if (!this.core.graphs.has(placed.base)) {
      this.runTable.delete(placed);
      this.#unload(placed);
    }
    this.pump();
  }

  #unload(placed: Placed): void {
    const shipment = this.#shipments.get(placed);
    if (shipment === undefined) return;
    this.#shipments.delete(placed);
    const queues = [...this.#crew.links].map(({ queue }) => queue);
    this.#shipping.unload(shipment.cargo, queues);
  }

  #restrictionsOf({ graph }: Run): Uint8Array | undefined {
    const hasElements = graph.fns.includes(elementOf);
    if (!hasElements && !graph.usedOptions.has("workers")) return undefined;
    return Uint8Array.from({ length: graph.size }, (_, task) => {
      const names = graph.info(task).options?.workers;
      if (names !== undefined) return this.#restriction(names, graph.info(task).label);
      return graph.fns[task] === elementOf ? WITH_DATA : 0;
    });
  }

  #restriction(names: readonly string[], label: string): number {
    const places = names.map((name) => {
      const place = this.#crew.placeOf(name);
      if (place !== undefined) return place;
      throw new ExecutorError(
        `the option "workers" of "${label}" names "${name}", which is no worker; there are ${this.#crew.names.join(", ")}`,
      );
    });
    return this.core.restriction(places);
  }

  #stopAll(error: Error): void {
    for (const { run } of this.runTable.all()) run.stop(error);
  }

  // ---------------------------------------------------------------- giving tasks to workers

  /** Obeys the core, and sends workers what there is for them. */
  protected override pump(): void {
    if (this.#isPumping) {
      this.#isPumpDue = true;
      return;
    }
    this.#isPumping = true;
    this.guarded(() => {
      do {
        this.#isPumpDue = false;
        this.#obey();
        if (this.core.queued > 0 && !this.#isClosed) this.#crew.fill();
        // First everybody gets something to do, then something for later.
        for (const link of this.#crew.links) this.#give(link, this.#concurrency);
        for (const link of this.#crew.links) this.#give(link, link.window);
        this.#balance();
        this.#obey();
      } while (this.#isPumpDue);
    });
    for (const { queue } of this.#crew.links) queue.flush();
    this.#isPumping = false;
    this.setTimer();
    this.#refer();
  }

  #give(link: WorkerLink, window: number): void {
    const { core } = this;
    core.setSlots(link.index, link.isLeaving || link.isMoving ? 0 : window);
    for (let task = core.nextTask(link.index); task >= 0; task = core.nextTask(link.index)) {
      this.#send(link, task);
    }
  }

  #send(link: WorkerLink, task: number): void {
    const placed = this.runTable.at(task)!;
    const { cargo } = this.#shipments.get(placed)!;
    const attempt = this.core.attemptOf(task);
    this.publish();
    const ticket = link.worker.claims.offer();
    link.sent.set(attempt, { task, attempt, ticket, placed, isCancelled: false, failure: undefined, limit: undefined, patience: undefined });
    try {
      addOrder({
        core: this.core,
        placed,
        task,
        ticket,
        cargo,
        shipping: this.#shipping,
        link,
        peerOf: (index) => {
          const peer = this.#crew.at(index)!;
          return { index, id: peer.worker.id, address: peer.worker.address };
        },
      });
    } catch (error) {
      link.worker.claims.release(ticket);
      link.sent.delete(attempt);
      this.#failed(link, { task, attempt, placed }, error);
    }
  }

  /** A worker that has nothing to do gets what another one has not begun. */
  #balance(): void {
    if (this.core.queued > 0) return;
    for (const idle of this.#crew.links) {
      if (idle.sent.size > 0 || idle.isLeaving) continue;
      let busiest: WorkerLink | undefined;
      for (const link of this.#crew.links) {
        if (link.isMoving || link.sent.size <= this.#concurrency) continue;
        if (busiest === undefined || link.sent.size > busiest.sent.size) busiest = link;
      }
      if (busiest !== undefined && busiest.backlog > WORTH_MOVING) this.#move(busiest, idle);
    }
  }

  #move(from: WorkerLink, to: WorkerLink): void {
    const { claims } = from.worker;
    // The first ones it is running, or about to run.
    const open = [...from.sent.values()]
      .slice(this.#concurrency)
      .filter((one) => !one.isCancelled && claims.isTaken(one.ticket) !== true);
    const moving = new Set(
      this.core.movable(
        open.map(({ task }) => task),
        to.index,
      ),
    );
    if (moving.size === 0) return;
    from.isMoving = true;
    this.#revoke(
      from,
      open.filter(({ task }) => moving.has(task)),
      () => {
        from.isMoving = false;
      },
    );
  }

  /** Takes tasks back that the worker has not begun. */
  #revoke(link: WorkerLink, some: readonly Sent[], then: () => void = () => {}): void {
    const byTicket = new Map(some.map((one) => [one.ticket, one]));
    const revoked = (tickets: readonly number[]): void => {
      for (const ticket of tickets) {
        const one = byTicket.get(ticket)!;
        if (link.sent.delete(one.attempt)) this.core.taskReleased(link.index, one.task, one.attempt);
      }
      then();
      this.pump();
    };
    const answer = link.worker.claims.revoke([...byTicket.keys()]);
    if (isThenable(answer)) void answer.then((tickets) => this.guarded(() => revoked(tickets)));
    else revoked(answer);
  }

  // ---------------------------------------------------------------- what workers report

  #inboxOf(link: WorkerLink): Inbox<Reports> {
    let inbox = this.#inboxes.get(link);
    if (inbox === undefined) {
      inbox = new Inbox(this.#library, (message) => this.guarded(() => this.#read(link, message)));
      this.#inboxes.set(link, inbox);
    }
    return inbox;
  }

  #read(link: WorkerLink, { rows, values, definitions, busy, ran }: Reports): void {
    if (link.isGone || this.#isClosed) return;
    for (const { id } of definitions) link.queue.known.add(id);
    link.paced(busy, ran);
    let next = 0;
    for (let row = 0; row < rows.length; row += REPORT_FIELDS) {
      const a = rows[row + 1]!;
      const b = rows[row + 2]!;
      const c = rows[row + 3]!;
      const d = rows[row + 4]!;
      switch (rows[row]) {
        case FINISHED: {
          const value = d === ABSENT ? undefined : decode(values[next++], d === PLAIN, this.#library);
          this.#finished(link, b, c, d !== ABSENT, value);
          break;
        }
        case FAILED: {
          const sent = this.#ended(link, b);
          const error = decodeError(values[next++], this.#library);
          if (sent === undefined) break;
          // Modules may have to be imported for it.
          if (types.isPromise(error)) {
            void error.then((one) =>
              this.guarded(() => {
                this.#failed(link, sent, one);
                this.pump();
              }),
            );
          } else this.#failed(link, sent, error);
          break;
        }
        case RELEASED: {
          const sent = this.#ended(link, b);
          if (sent !== undefined) this.core.taskReleased(link.index, a, b);
          break;
        }
        case MISSING: {
          const sent = this.#ended(link, b);
          if (sent !== undefined) this.core.missingData(link.index, a, b, c, d, rows[row + 5]!);
          break;
        }
        case ADDED:
          this.#bytesTransferred += d;
          if (c < 0) this.core.addKeys(link.index, a, b);
          else this.core.keysTaken(link.index, a, b, c);
          break;
        case VALUE: {
          const form = b;
          const data = form === ABSENT ? undefined : values[next++];
          this.#answered(a, form, data);
          break;
        }
        case STARTED:
          this.#started(link, b);
          break;
      }
    }
    this.pump();
  }

  /** Takes note that an attempt is over; `undefined` if that is known already, or if it failed otherwise. */
  #ended(link: WorkerLink, attempt: number): Sent | undefined {
    const sent = link.sent.get(attempt);
    if (sent === undefined) return undefined;
    link.sent.delete(attempt);
    link.worker.claims.release(sent.ticket);
    this.#stopTimers(sent);
    if (sent.failure === undefined) return sent;
    this.#failed(link, sent, sent.failure);
    return undefined;
  }

  #finished(link: WorkerLink, attempt: number, bytes: number, isHere: boolean, value: unknown): void {
    const sent = this.#ended(link, attempt);
    if (sent === undefined) return;
    const { task, placed } = sent;
    const { run, base } = placed;
    const { core } = this;
    core.taskFinished(link.index, task, attempt, bytes);
    const isWanted = this.runTable.of(run) === placed && core.attemptOf(task) === attempt;
    // Observers hear of it first: with its last result a run is over.
    this.publish();
    const shipment = this.#shipments.get(placed);
    if (!isWanted || shipment === undefined || run.ended || run.isSettled(task - base)) return;
    if (isHere && run.isIntermediate(task - base)) this.#bytesThroughController += bytes;
    if (!isHere) run.put(task - base, shipment.results);
    else if (types.isPromise(value)) {
      value.then(
        (one) => run.put(task - base, one),
        (error) => run.stop(error),
      );
    } else run.put(task - base, value);
  }

  #failed(link: WorkerLink, { task, attempt, placed }: Pick<Sent, "task" | "attempt" | "placed">, thrown: unknown): void {
    const { run, base } = placed;
    if (run.ended) {
      this.core.taskErred(link.index, task, attempt, -1);
      this.#shipments.get(placed)?.results.fail(task - base, asError(thrown));
      return;
    }
    const { error, delay } = run.judge(task - base, thrown);
    this.core.taskErred(link.index, task, attempt, delay < 0 ? -1 : this.clock.now() + delay);
    this.publish(error);
    if (delay < 0) run.fail(task - base, error);
  }

  // ---------------------------------------------------------------- limits and cancelled tasks

  #started(link: WorkerLink, attempt: number): void {
    const sent = link.sent.get(attempt);
    if (sent === undefined || sent.isCancelled) return;
    const { options, label } = sent.placed.run.graph.info(sent.task - sent.placed.base);
    const limit = options?.timeout;
    if (limit === undefined) return;
    sent.limit = this.clock.setTimeout(() => {
      sent.failure = new TimeoutError(`"${label}"`, limit);
      this.guarded(() => this.#tellCancelled(link, sent, sent.failure));
    }, limit);
  }

  #cancel(link: WorkerLink, attempt: number): void {
    const sent = link.sent.get(attempt);
    if (sent === undefined || sent.isCancelled) return;
    this.#stopTimers(sent);
    sent.isCancelled = true;
    const reason = sent.placed.run.stopped
      ? sent.placed.run.reason
      : new ExecutorError("the result of the task is no longer needed");
    this.#revoke(link, [sent], () => {
      if (link.sent.get(attempt) === sent) this.#tellCancelled(link, sent, reason);
    });
  }

  #stopTimers(sent: Sent): void {
    if (sent.limit !== undefined) this.clock.clearTimeout(sent.limit);
    clearTimeout(sent.patience);
  }

  /** A worker that does not answer is computing: it is replaced. */
  #tellCancelled(link: WorkerLink, sent: Sent, reason: unknown): void {
    sent.isCancelled = true;
    link.queue.cancel(sent.attempt, reason);
    link.queue.flush();
    // Real time: what is waited for is a real worker, whatever the clock of pauses and limits says.
    sent.patience = setTimeout(() => void link.worker.terminate(), PATIENCE);
  }

  // ---------------------------------------------------------------- lost workers

  #lost(link: WorkerLink, reason: ExitReason): void {
    this.guarded(() => {
      this.#inboxes.delete(link);
      this.#lastExit = { text: `${link.name} ${describeExit(reason)}`, error: reason.error };
      for (const sent of [...link.sent.values()]) {
        this.#stopTimers(sent);
        // These have ended with the worker, and are not what it died of.
        if (sent.failure !== undefined) this.#failed(link, sent, sent.failure);
        else if (sent.isCancelled) this.core.taskReleased(link.index, sent.task, sent.attempt);
      }
      link.sent.clear();
      this.core.removeWorker(link.index);
      for (const { queue } of this.#crew.links) queue.lost(link.index);
      for (const [number, request] of this.#requests) {
        if (request.link !== link) continue;
        this.#requests.delete(number);
        request.resolve(undefined);
      }
    });
    if (!this.#isClosed) this.pump();
  }

  // ---------------------------------------------------------------- values for users

  #request(placed: Placed, task: number): Promise<{ readonly value: unknown } | undefined> | undefined {
    if (this.runTable.of(placed.run) !== placed) return undefined;
    const [holder] = this.core.whoHas(placed.base + task);
    const link = holder === undefined ? undefined : this.#crew.at(holder);
    if (link === undefined) return undefined;
    const number = ++this.#lastRequest;
    const attempt = this.core.attemptOf(placed.base + task);
    return new Promise((resolve, reject) => {
      this.#requests.set(number, {
        link,
        resolve: (answer) => {
          if (answer === undefined && !link.isGone && this.runTable.of(placed.run) === placed) {
            this.core.missingCopy(placed.base + task, attempt, link.index);
            queueMicrotask(() => this.pump());
          }
          resolve(answer);
        },
        reject,
      });
      link.queue.fetch(attempt, number);
      link.queue.flush();
      this.#refer();
    });
  }

  #answered(number: number, form: number, data: unknown): void {
    const request = this.#requests.get(number);
    if (request === undefined) return;
    this.#requests.delete(number);
    if (form === ABSENT) request.resolve(undefined);
    else if (form === REFUSED) void Promise.resolve(decodeError(data, this.#library)).then(request.reject);
    else {
      const value = decode(data, form === PLAIN, this.#library);
      if (types.isPromise(value)) value.then((one) => request.resolve({ value: one }), request.reject);
      else request.resolve({ value });
    }
  }

  // ---------------------------------------------------------------- what the core says

  #obey(): void {
    const { instructions } = this.core;
    while (instructions.next()) {
      const { op, worker, task, detail } = instructions;
      const placed = this.runTable.at(task);
      const link = this.#crew.at(worker);
      switch (op) {
        case FREE_KEYS:
          link?.queue.free(detail);
          if (placed !== undefined && this.core.attemptOf(task) === detail) placed.run.drop(task - placed.base);
          break;
        case CANCEL_TASK:
          if (link !== undefined) this.#cancel(link, detail);
          break;
        case KEY_IN_MEMORY:
          if (placed !== undefined) this.#shipments.get(placed)?.results.news(task - placed.base);
          break;
        case KILLED_WORKER:
          if (placed !== undefined) this.#givenUp(placed, task - placed.base);
          break;
        case TASK_ERRED:
          if (placed !== undefined && detail !== task) this.#failedThrough(placed, task - placed.base, detail - placed.base);
          break;
      }
    }
    this.publish();
  }

  #givenUp({ run }: Placed, task: number): void {
    const { text, error } = this.#lastExit!;
    const { label } = run.graph.info(task);
    const lost = new WorkerLostError(
      `"${label}" was given up, because each worker that ran it was lost; the last one, ${text}`,
      { cause: error },
    );
    run.fail(task, lost);
  }

  #failedThrough(placed: Placed, task: number, dependency: number): void {
    const { run } = placed;
    // Before the end of the run, which forgets its tasks.
    this.publishThrough(run.causeOf(dependency));
    if (!run.ended) run.failThrough(task, dependency);
    else this.#shipments.get(placed)?.results.fail(task, new ExecutorError("an input could not be computed again"));
  }

  /** Idle workers do not keep the process alive. */
  #refer(): void {
    let isBusy = this.#requests.size > 0;
    for (const { run } of this.runTable.all()) if (!run.ended) isBusy = true;
    this.#crew.reference(isBusy);
  }
}

function checkCount(name: string, value: unknown, least: number): void {
  if (typeof value === "number" && Number.isInteger(value) && value >= least) return;
  throw new TypeError(`${name} must be a whole number from ${least}, got ${shown(value)}`);
}
