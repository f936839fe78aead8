import { Library } from "../closure/library.ts";
import {
  CANCEL_TASK,
  FREE_KEYS,
  KEY_IN_MEMORY,
  KILLED_WORKER,
  TASK_ERRED,
} from "../core/scheduler/messages.ts";
import type { Description } from "../describe.ts";
import { ReleasedError } from "../errors.ts";
import type { NodeOptions } from "../nodes/options.ts";
import { decodeError } from "../serialize/error.ts";
import { describeExit } from "../spawn/exit-reason.ts";
import type { ExitReason, Spawn } from "../spawn/spawn.ts";
import { Inbox } from "../worker/inbox.ts";
import { LARGEST_VALUE, type Reports } from "../worker/protocol.ts";
import type { ExecutorOptions } from "./executor.ts";
import type { ExecutorStats, WorkerInfo } from "./figures.ts";
import { ControllerTasks } from "./parallel/controller-tasks.ts";
import { Crew } from "./parallel/crew.ts";
import { addOrder, type Dispatch } from "./parallel/dispatch.ts";
import type { Sent, WorkerLink } from "./parallel/link.ts";
import { Moving } from "./parallel/moving.ts";
import { Outcomes, type Shipment } from "./parallel/outcomes.ts";
import { isHeldBy, RemoteResults } from "./parallel/remote-results.ts";
import { type ReportHandler, readReports } from "./parallel/report-reader.ts";
import { type Answer, Requests } from "./parallel/requests.ts";
import { restrictionsOf } from "./parallel/restrictions.ts";
import { Shipping } from "./parallel/shipping.ts";
import { Stopping } from "./parallel/stopping.ts";
import { type MemorySettings, WorkerMemory } from "./parallel/worker-memory.ts";
import type { Run } from "./run.ts";
import type { Placed } from "./run-table.ts";
import { ScheduledExecutor } from "./scheduled.ts";

/** Where the workers of an executor come from. */
export interface WorkerSource {
  readonly spawn: Spawn;
  /** How many workers there are to be. */
  readonly workers: number;
  /** How many tasks each may have under way at once. */
  readonly concurrency: number;
  /** True if workers share the memory of this process. */
  readonly sharesMemory: boolean;
  readonly memory: MemorySettings;
}

/** Of a result of which no worker has said anything. */
const NOTHING_KNOWN: Description = { type: "unknown", bytes: 0 };

/** How long tasks of cancelled runs may still be under way when the executor is closed, in milliseconds. */
const SETTLING = 400;

let executors = 0;

/**
 * Hosts the scheduler for workers that are reached by messages: gives them tasks, hears their
 * reports, replaces those that are lost.
 */
export abstract class RemoteExecutor extends ScheduledExecutor {
  /** @internal */
  protected readonly crew: Crew;
  protected isClosed = false;
  readonly #library = new Library(`controller-${process.pid}-${++executors}`);
  readonly #shipping: Shipping;
  readonly #shipments = new Map<Placed, Shipment>();
  readonly #outcomes: Outcomes;
  readonly #here: ControllerTasks;
  readonly #dispatch: Dispatch;
  readonly #requests = new Requests(this.#library);
  readonly #inboxes = new Map<WorkerLink, Inbox<Reports>>();
  readonly #moving: Moving;
  readonly #stopping: Stopping;
  readonly #memory: WorkerMemory;
  readonly #sharesMemory: boolean;
  /** By then tasks of cancelled runs should be over, in milliseconds of `performance.now()`. */
  #settlesAt = 0;
  #isPumping = false;
  #isPumpDue = false;
  #bytesTransferred = 0;
  #bytesPut = 0;
  /** Index of the worker that was started last. */
  #lastWorker = -1;
  /** Why the worker that was lost last has ended. */
  #lastExit: { readonly text: string; readonly error: Error | undefined } | undefined;

  constructor(options: ExecutorOptions, { spawn, workers, concurrency, sharesMemory, memory }: WorkerSource) {
    super(options);
    this.#sharesMemory = sharesMemory;
    this.#memory = new WorkerMemory({
      ...memory,
      publish: (name, event) => this.publishEvent(name, event),
      onShortage: (link) => this.#onShortage(link),
    });
    this.crew = new Crew(
      {
        spawn,
        concurrency,
        sharesMemory,
        library: this.#library,
        memoryOf: (index) => this.#memory.startOf(index),
        enlist: (place) => {
          this.#lastWorker = this.core.addWorker(concurrency * 2, place, true);
          return this.#lastWorker;
        },
        onMessage: (link, message) => this.#inboxOf(link).take(message as Reports),
        onReady: (link) => {
          link.isReady = true;
          this.pump();
        },
        onExit: (link, reason) => this.#lost(link, reason),
        onStartFailure: (link, error) => this.#cannotStart(link, error),
      },
      workers,
    );
    this.#shipping = new Shipping(this.#library, sharesMemory ? Infinity : LARGEST_VALUE);
    this.#outcomes = new Outcomes({
      core: this.core,
      runTable: this.runTable,
      library: this.#library,
      clock: this.clock,
      shipmentOf: (placed) => this.#shipments.get(placed),
      publish: (error) => this.publish(error),
      publishThrough: (cause) => this.publishThrough(cause),
    });
    this.#here = new ControllerTasks({
      core: this.core,
      runTable: this.runTable,
      linkAt: (index) => this.crew.at(index),
      resultsOf: (placed) => this.#shipments.get(placed)!.results,
      placedOf: (where) => [...this.#shipments].find(([, { results }]) => results === where)?.[0],
      outcomes: this.#outcomes,
      publish: () => this.publish(),
      event: (body) => {
        this.guarded(body);
        this.pump();
      },
    });
    this.#dispatch = {
      core: this.core,
      shipping: this.#shipping,
      here: this.#here,
      onPut: (bytes) => {
        this.#bytesPut += bytes;
      },
      peerOf: (index) => {
        const { worker } = this.crew.at(index)!;
        return { index, id: worker.id, address: worker.address };
      },
    };
    const guarded = (body: () => void): void => this.guarded(body);
    this.#moving = new Moving({
      core: this.core,
      links: () => this.crew.links,
      pump: () => this.pump(),
      guarded,
    });
    this.#stopping = new Stopping({ clock: this.clock, moving: this.#moving, guarded });
  }

  /** The workers, which are started if they were not yet. */
  override get workers(): readonly WorkerInfo[] {
    this.crew.fill();
    this.#refer();
    const held = this.core.bytesHeld();
    // Some may be ending whose places were given up.
    const links = [...this.crew.links].filter(({ name }) => this.crew.placeOf(name) !== undefined);
    links.sort((a, b) => a.place - b.place);
    return links.map((link) => ({
      id: link.name,
      pid: link.worker.pid,
      threadId: link.worker.threadId,
      address: link.worker.address,
      running: link.running,
      busy: link.busy,
      bytesHeld: held.get(link.index) ?? 0,
      bytesSpilled: link.bytesSpilled,
    }));
  }

  override stats(): ExecutorStats {
    const here = super.stats();
    let { bytesHeld } = here;
    let bytesSpilled = 0;
    for (const link of this.crew.links) bytesSpilled += link.bytesSpilled;
    for (const bytes of this.core.bytesHeld().values()) bytesHeld += bytes;
    return {
      ...here,
      bytesHeld,
      bytesSpilled,
      bytesWritten: this.#memory.bytesWritten,
      bytesReadBack: this.#memory.bytesReadBack,
      bytesTransferred: this.#bytesTransferred,
      bytesThroughController: this.#bytesPut + this.#outcomes.bytesBrought,
    };
  }

  override async close(): Promise<void> {
    this.isClosed = true;
    await super.close();
    for (const { results } of this.#shipments.values()) {
      results.close(new ReleasedError("the executor was closed, and its results with it"));
    }
    for (const link of this.crew.links) {
      this.#requests.lost(link);
      for (const sent of link.sent.values()) this.#stopping.forget(sent);
    }
    await this.#settled();
    await this.crew.terminate();
    await this.#memory.remove();
  }

  /**
   * A thread must not be ended while native code that a cancelled task waits for is under way: many
   * addons then end the whole process.
   */
  async #settled(): Promise<void> {
    const left = this.#settlesAt - performance.now();
    if (this.#sharesMemory && left > 0) await new Promise((resolve) => setTimeout(resolve, left));
  }

  // ---------------------------------------------------------------- runs

  protected override get unsupported(): readonly (keyof NodeOptions)[] {
    return ["resources"];
  }

  protected override nameOf(worker: number): string | null {
    return worker === this.#here.index ? this.worker : (this.crew.at(worker)?.name ?? null);
  }

  protected override execute(run: Run): void {
    const since = this.#lastWorker;
    // They start while functions are captured, which takes a while for the first time.
    this.crew.fill();
    const restrictions = restrictionsOf(run.graph, this.core, this.crew);
    const cargo = this.#shipping.load(run.graph);
    const placed = this.takeUp(run, restrictions);
    const results = new RemoteResults({
      request: (task) => this.#request(placed, task),
      holdersOf: (task) => (this.runTable.of(run) === placed ? this.core.whoHas(placed.base + task) : []),
      describe: (task) => this.#shipments.get(placed)?.descriptions.get(task) ?? NOTHING_KNOWN,
      bytesOf: (task) =>
        this.runTable.of(run) === undefined ? 0 : this.core.table.bytes[placed.base + task]!,
      release: (task) => this.#release(placed, [task]),
      labelOf: (task) => run.graph.info(task).label,
      waits: () => this.#refer(),
    });
    this.#shipments.set(placed, { cargo, results, since, descriptions: new Map() });
    // Not at once: `run` returns before the first task starts.
    queueMicrotask(() => this.pump());
  }

  protected override forget(run: Run): void {
    const placed = this.runTable.of(run);
    if (placed === undefined) return;
    if (run.stopped) {
      const isLeft = ({ sent }: WorkerLink): boolean =>
        [...sent.values()].some((one) => one.placed === placed);
      if ([...this.crew.links].some(isLeft)) this.#settlesAt = performance.now() + SETTLING;
      this.#shipments.get(placed)?.results.close(run.reason);
      this.drop(placed);
      this.#unload(placed);
    } else {
      // What is here already, or failed, need not be kept by workers.
      this.#release(
        placed,
        run.wantedTasks.filter((task) => !run.isElsewhere(task)),
      );
      const { encoded } = this.#shipments.get(placed)?.cargo ?? {};
      // Not in this turn: the caller gets the results first.
      if (encoded !== undefined) queueMicrotask(() => run.letNodesGo((task) => encoded.has(task)));
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
    const queues = [...this.crew.links].map(({ queue }) => queue);
    this.#shipping.unload(shipment.cargo, queues);
  }

  /** Those that were started before a run say nothing of those that can be started now. */
  #cannotStart(link: WorkerLink, error: Error): void {
    for (const [{ run }, { since }] of this.#shipments) if (since < link.index) run.stop(error);
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
        this.#here.begin();
        if (this.core.queued > 0 && !this.isClosed) this.crew.fill();
        // First everybody gets something to do, then something for later. Again after that, since a
        // task that is to run alone may have been in the way of others.
        while (
          this.#giveAll((link) => (link.isPressed ? 0 : link.concurrency)) ||
          this.#giveAll((link) => (link.isPressed ? 0 : link.window)) ||
          // One at a time, so that every run comes to its end.
          this.#giveAll((link) => (link.isPressed ? 1 : link.window))
        );
        this.#moving.balance();
        this.#obey();
      } while (this.#isPumpDue);
      for (const { queue } of this.crew.links) queue.flush();
    });
    this.#isPumping = false;
    this.setTimer();
    this.#refer();
  }

  /** @returns true if somebody got something */
  #giveAll(windowOf: (link: WorkerLink) => number): boolean {
    const { core } = this;
    let isGiven = false;
    // Before anybody is asked: who has a free slot decides who gets what.
    for (const link of this.crew.links) {
      const isFull = link.isLeaving || link.isMoving || this.#memory.isLaden(link);
      core.setSlots(link.index, isFull ? 0 : windowOf(link));
    }
    for (const link of this.crew.links) {
      while (!this.#memory.isLaden(link)) {
        const task = core.nextTask(link.index);
        if (task < 0) break;
        this.#send(link, task);
        isGiven = true;
      }
    }
    return isGiven;
  }

  #send(link: WorkerLink, task: number): void {
    const placed = this.runTable.at(task)!;
    const { cargo } = this.#shipments.get(placed)!;
    const attempt = this.core.attemptOf(task);
    this.publish();
    const ticket = link.worker.claims.offer();
    const sent: Sent = {
      task,
      attempt,
      ticket,
      placed,
      isTaking: false,
      bytes: 0,
      isCancelled: false,
      failure: undefined,
      limit: undefined,
      patience: undefined,
    };
    link.sent.set(attempt, sent);
    try {
      addOrder(this.#dispatch, link, sent, cargo);
      if (link.queue.isFull) link.queue.flush();
    } catch (error) {
      link.worker.claims.release(ticket);
      link.settle(attempt);
      this.#outcomes.failed(sent, link.index, error);
    }
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

  #read(link: WorkerLink, reports: Reports): void {
    if (link.isGone || this.isClosed) return;
    for (const { id } of reports.definitions) link.queue.known.add(id);
    link.paced(reports.busy, reports.ran);
    readReports(reports, this.#handlerOf(link));
    if (reports.memory !== undefined) this.#memory.reported(link, reports.memory);
    this.pump();
  }

  #handlerOf(link: WorkerLink): ReportHandler {
    const { core } = this;
    const { index } = link;
    return {
      finished: (attempt, bytes, form, data) => {
        const sent = this.#ended(link, attempt);
        if (sent !== undefined) this.#outcomes.reported(sent, index, bytes, form, data);
      },
      failed: (attempt, data) => {
        const sent = this.#ended(link, attempt);
        const error = decodeError(data, this.#library);
        if (sent !== undefined) this.#outcomes.failed(sent, link.index, error);
      },
      released: (attempt) => {
        const sent = this.#ended(link, attempt);
        if (sent !== undefined) core.taskReleased(index, sent.task, attempt);
      },
      missing: (attempt, input, inputAttempt, holder) => {
        const sent = this.#ended(link, attempt);
        if (sent !== undefined) core.missingData(index, sent.task, attempt, input, inputAttempt, holder);
      },
      added: (task, attempt, holder, bytes) => {
        this.#bytesTransferred += bytes;
        if (holder < 0) core.addKeys(index, task, attempt);
        else core.keysTaken(index, task, attempt, holder);
      },
      answered: (request, form, data) => this.#requests.answered(request, form, data),
      started: (attempt) => {
        const sent = link.sent.get(attempt);
        if (sent !== undefined) this.#stopping.begun(link, sent);
      },
      shared: (attempt, isDone) => this.#here.shared(attempt, isDone),
    };
  }

  /** Takes note that an attempt is over; `undefined` if that is known already, or if it failed otherwise. */
  #ended(link: WorkerLink, attempt: number): Sent | undefined {
    const sent = link.settle(attempt);
    if (sent === undefined) return undefined;
    link.worker.claims.release(sent.ticket);
    this.#stopping.forget(sent);
    if (sent.failure === undefined) return sent;
    this.#outcomes.failed(sent, link.index, sent.failure);
    return undefined;
  }

  /** A worker has put values on disk, or uses more memory than it should: what is only cached there goes first. */
  #onShortage({ index, isPressed, bytesSpilled }: WorkerLink): void {
    this.dropCached(isPressed ? Infinity : bytesSpilled, (chunk) => isHeldBy(chunk, index));
  }

  // ---------------------------------------------------------------- lost workers

  #lost(link: WorkerLink, reason: ExitReason): void {
    this.guarded(() => {
      this.#inboxes.delete(link);
      this.#lastExit = { text: `${link.name} ${describeExit(reason)}`, error: reason.error };
      for (const sent of [...link.sent.values()]) {
        this.#stopping.forget(sent);
        // These have ended with the worker, and are not what it died of.
        if (sent.failure !== undefined) this.#outcomes.failed(sent, link.index, sent.failure);
        else if (sent.isCancelled || link.isLeaving || !link.isReady)
          this.core.taskReleased(link.index, sent.task, sent.attempt);
      }
      link.sent.clear();
      this.core.removeWorker(link.index);
      for (const { queue } of this.crew.links) queue.lost(link.index);
      this.#requests.lost(link);
      this.#memory.lost(link);
      this.#here.lost(link);
    });
    if (!this.isClosed) this.pump();
  }

  // ---------------------------------------------------------------- values for users

  /** Brings a value from a worker that holds it, if there is one. */
  async #request(placed: Placed, number: number): Promise<Answer> {
    const task = placed.base + number;
    const isKept = (): boolean => this.runTable.of(placed.run) === placed;
    const [holder] = isKept() ? this.core.whoHas(task) : [];
    if (holder === this.#here.index) return { value: this.#here.get(this.core.attemptOf(task)) };
    const link = holder === undefined ? undefined : this.crew.at(holder);
    if (link === undefined) return undefined;
    const attempt = this.core.attemptOf(task);
    const asked = this.#requests.ask(link, attempt);
    link.queue.flush();
    this.#refer();
    const answer = await asked;
    if (answer === undefined && isKept() && !link.isGone) {
      this.guarded(() => this.core.missingCopy(task, attempt, link.index));
      this.pump();
    } else this.#refer();
    return answer;
  }

  // ---------------------------------------------------------------- what the core says

  #obey(): void {
    const { instructions } = this.core;
    while (instructions.next()) {
      const { op, worker, task, detail } = instructions;
      const placed = this.runTable.at(task);
      const link = this.crew.at(worker);
      switch (op) {
        case FREE_KEYS:
          if (worker === this.#here.index) this.#here.free(detail);
          link?.queue.free(detail);
          if (placed !== undefined && this.core.attemptOf(task) === detail)
            placed.run.drop(task - placed.base);
          break;
        case CANCEL_TASK:
          this.#cancel(worker, detail);
          break;
        case KEY_IN_MEMORY:
          if (placed !== undefined) this.#shipments.get(placed)?.results.news(task - placed.base);
          break;
        case KILLED_WORKER:
          if (placed !== undefined) this.#outcomes.givenUp(placed, task, this.#lastExit!);
          break;
        case TASK_ERRED:
          if (placed !== undefined && detail !== task) this.#outcomes.failedThrough(placed, task, detail);
          break;
      }
    }
    this.publish();
  }

  #cancel(worker: number, attempt: number): void {
    if (worker === this.#here.index) this.#here.cancel(attempt);
    const link = this.crew.at(worker);
    const sent = link?.sent.get(attempt);
    if (sent !== undefined) this.#stopping.cancel(link!, sent);
  }

  /** Idle workers do not keep the process alive. */
  #refer(): void {
    let isBusy = this.#requests.size > 0;
    for (const { run } of this.runTable.all()) if (!run.ended) isBusy = true;
    for (const { results } of this.#shipments.values()) if (results.isAwaited) isBusy = true;
    this.crew.reference(isBusy);
  }
}
