/**
 * Whole lifetimes of a cluster, drawn by lot from a seed: graphs come and go, workers join and
 * die, tasks fail, windows change, work is taken from one worker for another. Scheduler and
 * workers are the real ones, with thin hosts; functions and wires are models. Messages of one
 * sender to one receiver arrive in order, or are lost with the sender; those of different pairs
 * overtake each other. In the end every wanted result must be right, or rightly failed, and
 * after its release nothing may be left anywhere.
 */

import {
  CANCEL_TASK,
  FREE_KEYS,
  KEY_IN_MEMORY,
  KILLED_WORKER,
  LOST_DATA,
  TASK_ERRED,
} from "../../src/core/scheduler/messages.ts";
import { SchedulerState } from "../../src/core/scheduler/state.ts";
import { type GraphShape, WITH_DATA } from "../../src/core/scheduler/task-table.ts";
import { validate } from "../../src/core/scheduler/validate.ts";
import type { Worker } from "../../src/core/scheduler/workers.ts";
import type { Input } from "../../src/core/worker/messages.ts";
import { Coverage, WorkerCoverage } from "./coverage.ts";
import { Random } from "./random.ts";
import { inputsOf } from "./scheduler.ts";
import { SimulatedController } from "./simulated-controller.ts";
import { type Nature, type SimulatedOrder, SimulatedWorker, type Wire } from "./simulated-worker.ts";

/** What the client knows of a graph. */
interface Client {
  readonly base: number;
  readonly shape: GraphShape;
  readonly natures: readonly Nature[];
  /** Wanted tasks, and what the scheduler has said of them last. */
  readonly wanted: Map<number, "pending" | "memory" | "erred">;
  /** Tasks of which the scheduler said that too many workers were lost. */
  readonly killed: Set<number>;
  /** True if every task is to be run that can be. */
  readonly runAll: boolean;
  /** Tasks that have had a result, or were given up by the client. */
  readonly finished: Set<number>;
}

/** Figures of one lifetime. */
export interface Lifetime {
  readonly turns: number;
  readonly deaths: number;
}

interface Message {
  /** Those of one lane arrive in order. */
  readonly lane: number;
  readonly from: number;
  /** The worker that must be able to listen, or `SCHEDULER`. */
  readonly to: number;
  /** True of what a worker does itself, also when it does not listen. */
  readonly own: boolean;
  readonly deliver: () => void;
}

const SCHEDULER = -1;
const LONGEST = 50_000;
const PLACES = [0, 1, 2];
/** Where the scheduler is. */
const HERE = -1;
const WINDOWS = [1, 1, 2, 3, 8, 50];

class Cluster implements Wire {
  readonly random: Random;
  readonly core: SchedulerState;
  readonly workerCoverage: WorkerCoverage;
  readonly #coverage: Coverage;
  readonly #workers = new Map<number, SimulatedWorker>();
  /** Orders that have not been reported, by worker and attempt. */
  readonly #open = new Map<number, Map<number, SimulatedOrder>>();
  readonly #messages: Message[] = [];
  readonly #clients: Client[] = [];
  readonly #placeOf = new Map<number, number>();
  /** Bound on lost workers per task, if there is one. */
  readonly #allowedLosses: number | undefined;
  /** True if workers die of their tasks alone. */
  readonly #hasCulprits: boolean;
  readonly #isRestricted: boolean;
  readonly #sendsAhead: number;
  readonly #marksLast: boolean;
  readonly #repeatsInputs: boolean;
  /** Runs tasks beside the scheduler, if some are to run there. */
  readonly #controller: SimulatedController | undefined;
  #lanes = 0;
  #now = 0;
  #settling = false;
  turns = 0;
  deaths = 0;

  constructor(seed: number, coverage: Coverage, workerCoverage: WorkerCoverage) {
    const random = new Random(seed);
    this.random = random;
    this.#coverage = coverage;
    this.workerCoverage = workerCoverage;
    this.#hasCulprits = random.chance(0.15);
    this.#allowedLosses = this.#hasCulprits ? 1 + random.below(3) : random.chance(0.15) ? 1 : undefined;
    this.#isRestricted = random.chance(0.4);
    this.#sendsAhead = random.pick([0, 0.5, 1, 1, 1]);
    this.#marksLast = random.chance(0.8);
    this.#repeatsInputs = random.chance(0.3);
    this.core = new SchedulerState(this.#allowedLosses ?? Number.MAX_SAFE_INTEGER);
    this.#controller = random.chance(0.4) ? this.#addController() : undefined;
    if (this.#controller !== undefined) this.#open.set(this.#controller.index, new Map());
  }

  #addController(): SimulatedController {
    return new SimulatedController(
      {
        core: this.core,
        valueOf: ({ task, name }) => {
          const client = this.#clientOf(task);
          return client === undefined ? 0 : evaluateSequentially(client)[name];
        },
        later: (deliver) =>
          this.#messages.push({ lane: --this.#lanes, from: SCHEDULER, to: SCHEDULER, own: true, deliver }),
        sendToWorker: (to, deliver) => this.sendToWorker(SCHEDULER, to, deliver),
        answer: (from, deliver) => this.sendToScheduler(from, deliver),
        finished: (order, holder) => this.#finishedHere(order, holder),
        erred: (order) => this.erred(this.#controller!.index, order),
        released: (order) => this.released(this.#controller!.index, order),
        event: (call) => this.#event(call),
      },
      HERE,
    );
  }

  /** A worker that is not known any more has nothing to say of what it holds. */
  #finishedHere(order: SimulatedOrder, holder: number): void {
    const { index } = this.#controller!;
    const { task, attempt } = order;
    if (!this.#knows(holder)) {
      this.released(index, order);
      return;
    }
    if (this.#isCurrent(index, task, attempt)) this.#clientOf(task)?.finished.add(task);
    this.#report(index, task, attempt, "task-finished", () =>
      this.core.taskFinished(index, task, attempt, this.random.below(100), holder),
    );
  }

  live(): Lifetime {
    const { random } = this;
    const graphs = 1 + random.below(3);
    const busy = 5 + random.below(100);
    const deadliness = this.#hasCulprits ? 0 : random.pick([0, 0.02, 0.1]);
    const thefts = random.pick([0, 0.05, 0.3]);
    this.#join();
    this.#submit();
    for (let i = 0; i < busy; i++) {
      if (this.#clients.length < graphs && random.chance(0.1)) this.#submit();
      if (random.chance(deadliness)) this.#kill();
      if (random.chance(this.#workers.size === 0 ? 0.5 : 0.05)) this.#join();
      if (random.chance(0.02)) this.#release();
      if (random.chance(0.01)) this.#forget();
      if (random.chance(0.05)) this.#setSlots(random.pick([0, ...WINDOWS]));
      if (random.chance(thefts)) this.#takeBack();
      this.#turn();
    }
    this.#settle(thefts);
    for (const client of this.#clients) this.#check(client);
    for (const client of this.#clients.splice(0)) this.#event(() => this.core.forgetGraph(client.base));
    this.#settle(0);
    this.#checkEmpty();
    return { turns: this.turns, deaths: this.deaths };
  }

  // ---------------------------------------------------------------- the wire, for workers

  sendToScheduler(from: number, deliver: () => void): void {
    this.#messages.push({ lane: laneOf(from, SCHEDULER), from, to: SCHEDULER, own: false, deliver });
  }

  sendToWorker(from: number, to: number, deliver: (worker: SimulatedWorker) => void): void {
    this.#messages.push({
      lane: laneOf(from, to),
      from,
      to,
      own: false,
      deliver: () => {
        const worker = this.#workers.get(to);
        if (worker !== undefined) deliver(worker);
      },
    });
  }

  later(worker: number, action: () => void): void {
    this.#messages.push({ lane: --this.#lanes, from: worker, to: worker, own: true, deliver: action });
  }

  finished(worker: number, { task, attempt }: SimulatedOrder): void {
    if (this.#isCurrent(worker, task, attempt)) this.#clientOf(task)?.finished.add(task);
    this.#report(worker, task, attempt, "task-finished", () =>
      this.core.taskFinished(worker, task, attempt, this.random.below(100)),
    );
  }

  /** A poisoned task fails for good; others fail by lot, and are tried again. */
  erred(worker: number, { task, attempt, nature }: SimulatedOrder): void {
    const isLast = nature === "poisoned";
    const event = isLast ? "task-erred, last attempt" : "task-erred, to be retried";
    const retryAt = isLast ? -1 : this.#now + this.random.below(50);
    this.#report(worker, task, attempt, event, () => this.core.taskErred(worker, task, attempt, retryAt));
  }

  released(worker: number, { task, attempt }: SimulatedOrder): void {
    this.#report(worker, task, attempt, "task-released", () => this.core.taskReleased(worker, task, attempt));
  }

  missing(worker: number, order: SimulatedOrder, input: number, inputAttempt: number, holder: number): void {
    const { task, attempt } = order;
    if (this.#isOpen(worker, attempt)) this.#coverage.count(this.core, input, "missing-data, missing input");
    this.#report(worker, task, attempt, "missing-data, asking task", () =>
      this.core.missingData(worker, task, attempt, input, inputAttempt, holder),
    );
  }

  copied(worker: number, task: number, attempt: number, from: number | undefined): void {
    if (!this.#knows(worker)) return;
    const current = this.core.stateOf(task) === "memory" && this.core.attemptOf(task) === attempt;
    const event = from === undefined ? "add-keys" : "keys taken";
    this.#coverage.count(this.core, task, current ? event : `late ${event}`);
    this.#event(() => {
      if (from === undefined) this.core.addKeys(worker, task, attempt);
      else this.core.keysTaken(worker, task, attempt, from);
    });
  }

  #report(
    worker: number,
    task: number,
    attempt: number,
    event:
      | "task-finished"
      | "task-erred, last attempt"
      | "task-erred, to be retried"
      | "task-released"
      | "missing-data, asking task",
    call: () => void,
  ): void {
    // What a worker said before it died is not heard after its death is known, nor what it says of orders taken back.
    if (!this.#isOpen(worker, attempt)) return;
    this.#open.get(worker)!.delete(attempt);
    const current = this.#isCurrent(worker, task, attempt);
    const late = event.startsWith("task-erred")
      ? "late task-erred"
      : (`late ${event}` as "late task-finished");
    this.#coverage.count(this.core, task, current ? event : late);
    this.#event(call);
  }

  #isOpen(worker: number, attempt: number): boolean {
    return this.#open.get(worker)?.has(attempt) === true;
  }

  #isCurrent(worker: number, task: number, attempt: number): boolean {
    const { table } = this.core;
    return (
      this.#knows(worker) &&
      table.attempt[task] === attempt &&
      this.core.stateOf(task) === "processing" &&
      table.worker[task] === worker
    );
  }

  #knows(worker: number): boolean {
    return this.core.workers.at(worker) !== undefined;
  }

  // ---------------------------------------------------------------- events

  /** Calls the core, checks it, obeys it, and gives free slots their tasks. */
  #event(call: () => void): void {
    call();
    validate(this.core);
    this.#obey();
    const indices = this.core.workers.all().map(({ index }) => index);
    const first = this.random.below(indices.length);
    for (let given = true; given; ) {
      given = false;
      for (const index of [...indices.slice(first), ...indices.slice(0, first)]) {
        // Hosts may be slow to ask; then they ask at a later event.
        if (!this.#settling && this.random.chance(0.1)) continue;
        if (this.#feed(index)) given = true;
      }
    }
    if (this.#settling) this.#checkSlots();
  }

  /** @returns whether there was anything to give */
  #feed(worker: number): boolean {
    const { core } = this;
    const wasWaiting = (task: number): boolean => core.stateOf(task) === "waiting";
    const offered = core.workers.at(worker)!.fixed.first();
    const isAhead = offered >= 0 && wasWaiting(offered);
    let given = false;
    for (let task = core.nextTask(worker); task >= 0; task = core.nextTask(worker)) {
      given = true;
      validate(core);
      if (isAhead && task === offered) this.#coverage.countState("waiting", "begun");
      else this.#coverage.countState("queued", "begun");
      this.#compute(worker, task);
    }
    return given;
  }

  /** No slot may idle while there is something that it may run, unless that must run alone. */
  #checkSlots(): void {
    const { table, workers } = this.core;
    for (const worker of workers.all()) {
      if (worker.running >= worker.slots || worker.isolated) continue;
      for (const { base, size } of this.core.graphs.values()) {
        for (let task = base; task < base + size; task++) {
          const state = this.core.stateOf(task);
          const isThere = table.offered[task] === 1;
          if (state !== "queued" && !(state === "waiting" && isThere)) continue;
          if (isThere ? table.worker[task] !== worker.index : !workers.mayRun(worker, task)) continue;
          const mustRunAlone = table.losses[workers.choose(worker)]! > 0 && worker.running > 0;
          if (!mustRunAlone)
            throw new Error(`a slot of worker ${worker.index} idles, and task ${task} is ${state}`);
        }
      }
    }
  }

  #obey(): void {
    const { instructions } = this.core;
    while (instructions.next()) {
      const { op, worker, task, detail } = instructions;
      const client = this.#clientOf(task);
      if (worker === this.#controller?.index) {
        if (op === FREE_KEYS) this.#controller.free(detail);
        else if (op === CANCEL_TASK) this.#controller.cancel(detail);
      }
      if (op === FREE_KEYS) this.sendToWorker(SCHEDULER, worker, (one) => one.free(detail));
      else if (op === CANCEL_TASK) this.sendToWorker(SCHEDULER, worker, (one) => one.cancel(detail));
      else if (op === KILLED_WORKER) client?.killed.add(task);
      else if (client?.wanted.has(task)) {
        if (op === KEY_IN_MEMORY) client.wanted.set(task, "memory");
        else if (op === LOST_DATA) client.wanted.set(task, "pending");
        else if (op === TASK_ERRED) client.wanted.set(task, "erred");
      }
    }
  }

  #compute(worker: number, task: number): void {
    const { core } = this;
    const client = this.#clientOf(task)!;
    const { table } = core;
    const edges = [
      ...table.dependencies.subarray(table.dependencyStart[task], table.dependencyStart[task + 1]),
    ];
    const name = task - client.base;
    this.#controller?.putInputs(worker, [...edges]);
    const order: SimulatedOrder = {
      task,
      attempt: core.attemptOf(task),
      inputs: this.#inputsOf(task, edges),
      name,
      nature: client.natures[name]!,
      args: edges.map((input) => core.attemptOf(input)),
      claimedBy: "nobody",
    };
    if (worker === this.#controller?.index) {
      order.claimedBy = "worker";
      this.#open.get(worker)!.set(order.attempt, order);
      this.#controller.begin(order);
      return;
    }
    this.#open.get(worker)!.set(order.attempt, order);
    this.sendToWorker(SCHEDULER, worker, (one) => one.compute(order));
  }

  #inputsOf(task: number, edges: readonly number[]): Input[] {
    const here = this.#controller?.index;
    const inputs = inputsOf(this.core, task).map((input) => ({
      ...input,
      // What the controller has is not for workers to take.
      last: input.last && !input.holders.includes(here ?? -1),
      holders: input.holders.filter((holder) => holder !== here),
    }));
    if (!this.#marksLast) return inputs.map((input) => ({ ...input, last: false }));
    // Hosts may name an input as often as the task does.
    if (!this.#repeatsInputs) return inputs;
    return edges.map((edge) => inputs.find((input) => input.task === edge)!);
  }

  #submit(): void {
    const { random } = this;
    const shape = randomShape(random);
    const { size } = shape;
    const wanted = leavesOf(shape);
    for (let t = 0; t < size; t++) if (random.chance(0.1)) wanted.add(t);
    const natures = Array.from({ length: size }, (): Nature => "harmless");
    if (random.chance(0.2)) natures[random.below(size)] = "poisoned";
    if (this.#hasCulprits) natures[random.below(size)] = "deadly";
    const priorities = random.chance(0.3)
      ? Int8Array.from({ length: size }, () => random.below(3))
      : undefined;
    const kinds = [0, 0, WITH_DATA, ...[[0], [0, 1], [2]].map((places) => this.core.restriction(places))];
    const restrictions =
      this.#isRestricted || this.#controller !== undefined
        ? Uint8Array.from({ length: size }, () => (this.#isRestricted ? random.pick(kinds) : 0))
        : undefined;
    for (let t = 0; this.#controller !== undefined && t < size; t++) {
      if (natures[t] === "deadly" || !random.chance(0.3)) continue;
      restrictions![t] = this.core.restriction([HERE]);
      const isAlone = shape.dependencyStart[t] === shape.dependencyStart[t + 1];
      if (natures[t] === "harmless" && !isAlone && random.chance(0.5)) natures[t] = "same";
    }
    const runAll = random.chance(0.3);
    this.#event(() => {
      const base = this.core.updateGraph({ ...shape, priorities, restrictions }, wanted, runAll);
      this.#clients.push({
        base,
        shape,
        natures,
        wanted: new Map([...wanted].map((t) => [base + t, "pending" as const])),
        killed: new Set(),
        runAll,
        finished: new Set(),
      });
    });
  }

  #join(place: number = this.random.pick(PLACES)): void {
    const { random } = this;
    const index = this.core.addWorker(random.pick(WINDOWS), place, random.chance(this.#sendsAhead));
    this.#placeOf.set(index, place);
    this.#open.set(index, new Map());
    this.#workers.set(index, new SimulatedWorker(index, 1 + random.below(2), this));
    this.#event(() => {});
  }

  #setSlots(slots: number): void {
    const workers = this.#realWorkers();
    if (workers.length === 0) return;
    const { index } = this.random.pick(workers);
    this.#event(() => this.core.setSlots(index, slots));
  }

  /** An idle worker is to have something of what another has been sent and not begun. */
  #takeBack(): void {
    const { random } = this;
    const workers = this.#realWorkers();
    if (workers.length < 2) return;
    const idle = random.pick(workers).index;
    const other = random.pick(workers).index;
    const open = [...this.#open.get(other)!.values()].filter(({ claimedBy }) => claimedBy === "nobody");
    const movable = new Set(
      this.core.movable(
        open.map(({ task }) => task),
        idle,
      ),
    );
    const orders = open.filter(({ task }) => movable.has(task) && random.chance(0.8));
    for (const { task } of orders) this.#coverage.count(this.core, task, "asked back");
    if (random.chance(0.3)) {
      this.sendToWorker(SCHEDULER, other, (worker) => worker.handBack(orders));
      return;
    }
    for (const order of orders) {
      order.claimedBy = "scheduler";
      this.#open.get(other)!.delete(order.attempt);
      const { task, attempt } = order;
      this.core.taskReleased(other, task, attempt);
    }
    this.#event(() => this.#feed(idle));
  }

  #realWorkers(): readonly Worker[] {
    return this.core.workers.all().filter(({ index }) => index !== this.#controller?.index);
  }

  /** A worker dies by chance. */
  #kill(): void {
    if (this.#workers.size > 0) this.die(this.random.pick([...this.#workers.keys()]));
  }

  /** A worker dies: some of what it said last is lost, and others hear of its death some time later. */
  die(index: number): void {
    this.#workers.get(index)!.die();
    this.#workers.delete(index);
    this.deaths++;
    const cut = new Set<number>();
    this.#dropMessages(({ from, own, lane }) => {
      if (from !== index) return false;
      if (this.random.chance(0.2)) cut.add(lane);
      return own || cut.has(lane);
    });
    const tell = (to: number, deliver: () => void): void => {
      this.#messages.push({ lane: --this.#lanes, from: SCHEDULER, to, own: false, deliver });
    };
    tell(SCHEDULER, () => this.#remove(index));
    for (const peer of this.#workers.keys()) {
      if (this.random.chance(0.3)) tell(peer, () => this.#peerLost(peer, index));
    }
  }

  #peerLost(to: number, lost: number): void {
    const lane = laneOf(lost, to);
    this.#dropMessages((message) => message.lane === lane);
    this.#workers.get(to)?.peerLost(lost);
  }

  #dropMessages(isLost: (message: Message) => boolean): void {
    const kept = this.#messages.filter((message) => !isLost(message));
    this.#messages.splice(0, this.#messages.length, ...kept);
  }

  #remove(index: number): void {
    for (const { base, size } of this.core.graphs.values()) {
      for (let task = base; task < base + size; task++) {
        const holders = this.core.whoHas(task);
        const runs = this.core.stateOf(task) === "processing" && this.core.table.worker[task] === index;
        this.#coverage.count(
          this.core,
          task,
          runs
            ? "worker removed that runs it"
            : !holders.includes(index)
              ? "worker removed, another"
              : holders.length === 1
                ? "worker removed that holds the only copy"
                : "worker removed that holds a copy",
        );
      }
    }
    const open = this.#open.get(index)!.values();
    this.#open.delete(index);
    this.#event(() => {
      // What it had not begun cannot be to blame; hosts may know that.
      if (this.random.chance(0.5)) {
        for (const { task, attempt, claimedBy } of open) {
          if (claimedBy === "nobody") this.core.taskReleased(index, task, attempt);
        }
      }
      this.core.removeWorker(index);
    });
    this.#controller?.lost(index);
    for (const to of this.#workers.keys()) {
      this.#messages.push({
        lane: laneOf(SCHEDULER, to),
        from: SCHEDULER,
        to,
        own: false,
        deliver: () => this.#peerLost(to, index),
      });
    }
    if (this.#settling || this.random.chance(0.5)) this.#join(this.#placeOf.get(index));
  }

  /** The client gives some of its results back, or gives up waiting for them. */
  #release(): void {
    if (this.#clients.length === 0) return;
    const client = this.random.pick(this.#clients);
    const tasks = [...client.wanted.keys()].filter(() => this.random.chance(0.5));
    for (const task of tasks) {
      client.wanted.delete(task);
      // Nobody expects it to run any more.
      client.finished.add(task);
      this.#coverage.count(this.core, task, "client-releases-keys");
    }
    if (client.wanted.size === 0) this.#clients.splice(this.#clients.indexOf(client), 1);
    this.#event(() => this.core.clientReleasesKeys(client.base, tasks));
  }

  #forget(): void {
    if (this.#clients.length === 0) return;
    const client = this.random.pick(this.#clients);
    this.#clients.splice(this.#clients.indexOf(client), 1);
    for (let t = 0; t < client.shape.size; t++)
      this.#coverage.count(this.core, client.base + t, "graph forgotten");
    this.#event(() => this.core.forgetGraph(client.base));
  }

  #turn(): boolean {
    this.turns++;
    const timer = this.core.nextTimer();
    if (timer !== undefined && (this.#messages.length === 0 || this.random.chance(0.05))) {
      this.#now = Math.max(this.#now, timer);
      this.#event(() => this.core.tick(this.#now));
      return true;
    }
    if (this.#messages.length === 0) return false;
    const able = this.#messages.filter(({ to, own }) => own || this.#workers.get(to)?.blocked !== true);
    const { lane } = this.random.pick(able);
    const i = this.#messages.findIndex((message) => message.lane === lane);
    const [message] = this.#messages.splice(i, 1);
    message!.deliver();
    return true;
  }

  /** Lets everything that is under way arrive; hosts are no longer slow to ask, and dead workers are replaced. */
  #settle(thefts: number): void {
    this.#settling = true;
    for (const { index } of this.#realWorkers()) this.core.setSlots(index, this.random.pick(WINDOWS));
    const places = this.#isRestricted ? PLACES : [0];
    for (const place of places) {
      const isTaken = [...this.#workers.keys()].some((index) => this.#placeOf.get(index) === place);
      if (!isTaken) this.#join(place);
    }
    this.#event(() => {});
    while (this.#turn()) {
      if (this.turns > LONGEST) throw new Error(`no end after ${LONGEST} turns`);
      if (this.random.chance(thefts / 3)) this.#takeBack();
    }
  }

  // ---------------------------------------------------------------- what must hold in the end

  #check(client: Client): void {
    const expected = evaluateSequentially(client);
    for (const task of client.killed) {
      if (this.#hasCulprits && client.natures[task - client.base] !== "deadly") {
        throw new Error(`task ${task - client.base} is blamed for what others did`);
      }
    }
    const blamed = (t: number): boolean => isReachedBy(client, t, client.killed);
    if (client.runAll) this.#checkAllRan(client);
    for (const [task, state] of client.wanted) {
      const t = task - client.base;
      const value = expected[t];
      if (state === "erred") {
        if (value !== undefined && !blamed(t))
          throw new Error(`task ${t} failed, and has the result ${value}`);
        continue;
      }
      if (state !== "pending" && state !== this.core.stateOf(task)) {
        throw new Error(`task ${t} is ${this.core.stateOf(task)}, and the client was told ${state} last`);
      }
      if (state === "pending") throw new Error(`stuck: task ${t} is ${this.core.stateOf(task)}`);
      if (value === undefined) throw new Error(`task ${t} has a result, and must fail`);
      for (const holder of this.core.whoHas(task)) {
        const found = (
          holder === this.#controller?.index ? this.#controller : this.#workers.get(holder)
        )?.valueOf(this.core.attemptOf(task));
        if (found !== value)
          throw new Error(`wrong: task ${t} is ${found} at worker ${holder}, not ${value}`);
      }
    }
  }

  /** Every task that can run has run, also if only failed ones needed it; unless its inputs were given up. */
  #checkAllRan(client: Client): void {
    const expected = evaluateSequentially(client);
    for (let t = 0; t < client.shape.size; t++) {
      if (expected[t] === undefined || client.finished.has(client.base + t)) continue;
      if (isReachedBy(client, t, client.killed)) continue;
      throw new Error(`task ${t} can run, and never did`);
    }
  }

  #checkEmpty(): void {
    for (const worker of this.#workers.values()) worker.checkEmpty();
    for (const worker of this.core.workers.all()) {
      if (worker.running > 0 || worker.isolated || this.#open.get(worker.index)!.size > 0)
        throw new Error(`a slot of worker ${worker.index} is never freed`);
      if (worker.fixed.size > 0 || worker.queue.size > 0)
        throw new Error(`worker ${worker.index} has a queue`);
    }
    if (this.#controller?.isEmpty === false) throw new Error("leaked: the controller holds something");
    if (this.core.table.end !== 0 || this.core.holders.copied > 0 || this.core.queued > 0) {
      throw new Error("the scheduler remembers tasks of forgotten graphs");
    }
  }

  #clientOf(task: number): Client | undefined {
    return this.#clients.find(({ base, shape }) => task >= base && task < base + shape.size);
  }
}

/** The number of the way from one to the other. */
const laneOf = (from: number, to: number): number => (from + 1) * 100_000 + to + 1;

/** A graph of 1 to 14 tasks. */
function randomShape(random: Random): GraphShape {
  const size = 1 + random.below(14);
  const dependencyStart = new Int32Array(size + 1);
  const dependencies: number[] = [];
  const most = random.pick([1, 2, 4]);
  for (let t = 0; t < size; t++) {
    const count = t === 0 ? 0 : random.below(most + 1);
    for (let i = 0; i < count; i++) dependencies.push(random.below(t));
    dependencyStart[t + 1] = dependencies.length;
  }
  return { size, dependencyStart, dependencies: Int32Array.from(dependencies) };
}

function dependenciesOf({ dependencyStart, dependencies }: GraphShape, t: number): Int32Array {
  return dependencies.subarray(dependencyStart[t], dependencyStart[t + 1]);
}

function leavesOf(shape: GraphShape): Set<number> {
  const leaves = new Set(Array.from({ length: shape.size }, (_, t) => t));
  for (const d of shape.dependencies) leaves.delete(d);
  return leaves;
}

/** What a task results in: a number that depends on its name and on all its inputs, in order. */
export function resultOf(name: number, inputs: readonly number[]): number {
  return inputs.reduce((hash, input) => (Math.imul(hash, 31) + input) | 0, name + 1);
}

/** The results by task; `undefined` where it must fail. */
function evaluateSequentially({ shape, natures }: Client): (number | undefined)[] {
  const results: (number | undefined)[] = [];
  for (let t = 0; t < shape.size; t++) {
    const inputs = [...dependenciesOf(shape, t)].map((d) => results[d]);
    const fails = natures[t] === "poisoned" || natures[t] === "deadly" || inputs.includes(undefined);
    const isSame = natures[t] === "same";
    results.push(fails ? undefined : isSame ? inputs[0] : resultOf(t, inputs as number[]));
  }
  return results;
}

function isReachedBy({ base, shape }: Client, target: number, tasks: ReadonlySet<number>): boolean {
  const open = [target];
  for (let t = open.pop(); t !== undefined; t = open.pop()) {
    if (tasks.has(base + t)) return true;
    open.push(...dependenciesOf(shape, t));
  }
  return false;
}

/**
 * One lifetime.
 * @throws Error that names the seed, when something is stuck, wrong or left over
 */
export function simulate(
  seed: number,
  coverage: Coverage = new Coverage(),
  workerCoverage: WorkerCoverage = new WorkerCoverage(),
): Lifetime {
  try {
    return new Cluster(seed, coverage, workerCoverage).live();
  } catch (error) {
    throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
  }
}
