/**
 * Whole lifetimes of a cluster, drawn by lot from a seed: graphs come and go, workers join and
 * die, tasks fail, messages are lost with their workers and overtake each other. The scheduler is
 * the real one; workers and wires are models. In the end every wanted result must be right, or
 * rightly failed, and after its release nothing may be left anywhere.
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
import type { GraphShape } from "../../src/core/scheduler/task-table.ts";
import { validate } from "../../src/core/scheduler/validate.ts";
import { Coverage } from "./coverage.ts";
import { Random } from "./random.ts";
import { SimulatedWorker, type Value, type Wire } from "./simulated-worker.ts";

/** What the client knows of a graph. */
interface Client {
  readonly base: number;
  readonly shape: GraphShape;
  readonly poisoned: ReadonlySet<number>;
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

type Message = { readonly from: number; readonly to: number; readonly deliver: () => void };

const SCHEDULER = -1;
const LONGEST = 20_000;

class Cluster implements Wire {
  readonly random: Random;
  readonly core: SchedulerState;
  readonly #coverage: Coverage;
  readonly #workers = new Map<number, SimulatedWorker>();
  /** Under way. Taken by lot, or in order per pair of ends. */
  readonly #messages: Message[] = [];
  readonly #clients: Client[] = [];
  readonly #ordered: boolean;
  readonly #allowsLosses: boolean;
  #now = 0;
  #settling = false;
  turns = 0;
  deaths = 0;

  constructor(seed: number, coverage: Coverage) {
    this.random = new Random(seed);
    this.#coverage = coverage;
    this.#ordered = this.random.chance(0.3);
    this.#allowsLosses = this.random.chance(0.2);
    this.core = new SchedulerState(this.#allowsLosses ? 1 : Number.MAX_SAFE_INTEGER);
  }

  live(): Lifetime {
    const graphs = 1 + this.random.below(3);
    const busy = 5 + this.random.below(60);
    const deadliness = this.random.pick([0, 0.02, 0.1]);
    this.#join();
    this.#submit();
    for (let i = 0; i < busy; i++) {
      if (this.#clients.length < graphs && this.random.chance(0.1)) this.#submit();
      if (this.random.chance(deadliness)) this.#kill();
      if (this.random.chance(this.#workers.size === 0 ? 0.5 : 0.05)) this.#join();
      if (this.random.chance(0.02)) this.#release();
      if (this.random.chance(0.01)) this.#forget();
      this.#turn();
    }
    if (this.#workers.size === 0) this.#join();
    this.#settle();
    for (const client of this.#clients) this.#check(client);
    for (const client of this.#clients.splice(0)) this.#event(() => this.core.forgetGraph(client.base));
    this.#settle();
    this.#checkEmpty();
    return { turns: this.turns, deaths: this.deaths };
  }

  // ---------------------------------------------------------------- the wire, for workers

  sendToScheduler(from: number, deliver: () => void): void {
    this.#messages.push({ from, to: SCHEDULER, deliver });
  }

  sendToWorker(from: number, to: number, deliver: (worker: SimulatedWorker | undefined) => void): void {
    this.#messages.push({ from, to, deliver: () => deliver(this.#workers.get(to)) });
  }

  finished(worker: number, task: number, attempt: number): void {
    if (this.#isCurrent(worker, task, attempt)) this.#clientOf(task)?.finished.add(task);
    this.#report(worker, task, attempt, "task-finished", () =>
      this.core.taskFinished(worker, task, attempt, this.random.below(100)),
    );
  }

  /** A poisoned task fails for good; others fail by lot, and are tried again. */
  erred(worker: number, task: number, attempt: number, poisoned: boolean): void {
    const event = poisoned ? "task-erred, last attempt" : "task-erred, to be retried";
    const retryAt = poisoned ? -1 : this.#now + this.random.below(50);
    this.#report(worker, task, attempt, event, () => this.core.taskErred(worker, task, attempt, retryAt));
  }

  released(worker: number, task: number, attempt: number): void {
    this.#report(worker, task, attempt, "task-released", () => this.core.taskReleased(worker, task, attempt));
  }

  missing(worker: number, task: number, attempt: number, input: Value, holder: number): void {
    if (!this.#workers.has(worker)) return;
    this.#coverage.count(this.core, input.task, "missing-data, missing input");
    this.#report(worker, task, attempt, "missing-data, asking task", () =>
      this.core.missingData(worker, task, attempt, input.task, input.attempt, holder),
    );
  }

  copied(worker: number, task: number, attempt: number): void {
    if (!this.#knows(worker)) return;
    const current = this.core.stateOf(task) === "memory" && this.core.attemptOf(task) === attempt;
    this.#coverage.count(this.core, task, current ? "add-keys" : "late add-keys");
    this.#event(() => this.core.addKeys(worker, task, attempt));
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
    // What a worker said before it died is not heard after its death is known.
    if (!this.#knows(worker)) return;
    const current = this.#isCurrent(worker, task, attempt);
    const late = event.startsWith("task-erred")
      ? "late task-erred"
      : (`late ${event}` as "late task-finished");
    this.#coverage.count(this.core, task, current ? event : late);
    this.#event(call);
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
    for (const worker of this.#workers.values()) {
      // Hosts may be slow to ask; then they ask at a later event.
      if (!this.#settling && this.random.chance(0.1)) continue;
      for (let task = this.core.nextTask(worker.index); task >= 0; task = this.core.nextTask(worker.index)) {
        this.#compute(worker.index, task);
      }
    }
    if (this.#settling) this.#checkSlots();
  }

  #checkSlots(): void {
    for (const { index, running, slots } of this.core.workers.all()) {
      const asks = this.#workers.has(index);
      if (asks && running < slots && this.core.queued > 0) throw new Error(`a slot of worker ${index} idles`);
    }
  }

  #obey(): void {
    const { instructions } = this.core;
    while (instructions.next()) {
      const { op, worker, task, detail } = instructions;
      const client = this.#clientOf(task);
      if (op === FREE_KEYS) this.sendToWorker(SCHEDULER, worker, (one) => one?.free(detail));
      else if (op === CANCEL_TASK) this.sendToWorker(SCHEDULER, worker, (one) => one?.cancel(task, detail));
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
    const attempt = core.attemptOf(task);
    const { table } = core;
    const inputs = [
      ...table.dependencies.subarray(table.dependencyStart[task], table.dependencyStart[task + 1]),
    ].map((input) => ({ task: input, attempt: core.attemptOf(input), holders: core.whoHas(input) }));
    const poisoned = client.poisoned.has(task - client.base);
    const name = task - client.base;
    this.sendToWorker(SCHEDULER, worker, (one) => one?.compute({ task, attempt, inputs, poisoned, name }));
  }

  #submit(): void {
    const shape = randomShape(this.random);
    const wanted = leavesOf(shape);
    for (let t = 0; t < shape.size; t++) if (this.random.chance(0.1)) wanted.add(t);
    const poisoned = new Set<number>();
    if (this.random.chance(0.2)) poisoned.add(this.random.below(shape.size));
    const priorities = this.random.chance(0.3)
      ? Int8Array.from({ length: shape.size }, () => this.random.below(3))
      : undefined;
    const runAll = this.random.chance(0.3);
    this.#event(() => {
      const base = this.core.updateGraph({ ...shape, priorities }, wanted, runAll);
      const states = new Map([...wanted].map((t) => [base + t, "pending" as const]));
      this.#clients.push({
        base,
        shape,
        poisoned,
        wanted: states,
        killed: new Set(),
        runAll,
        finished: new Set(),
      });
    });
  }

  #join(): void {
    const index = this.core.addWorker(1 + this.random.below(2));
    this.#workers.set(index, new SimulatedWorker(index, this));
    this.#event(() => {});
  }

  /** A worker dies; the scheduler hears of it some time later. */
  #kill(): void {
    if (this.#workers.size === 0) return;
    const index = this.random.pick([...this.#workers.keys()]);
    this.#workers.delete(index);
    this.deaths++;
    this.#messages.push({ from: SCHEDULER, to: SCHEDULER, deliver: () => this.#remove(index) });
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
    this.#event(() => this.core.removeWorker(index));
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
    let i = this.random.below(this.#messages.length);
    if (this.#ordered) {
      const { from, to } = this.#messages[i]!;
      i = this.#messages.findIndex((message) => message.from === from && message.to === to);
    }
    const [message] = this.#messages.splice(i, 1);
    message!.deliver();
    return true;
  }

  /** Lets everything that is under way arrive; hosts are no longer slow to ask. */
  #settle(): void {
    this.#settling = true;
    this.#event(() => {});
    while (this.#turn()) {
      if (this.turns > LONGEST) throw new Error(`no end after ${LONGEST} turns`);
    }
  }

  // ---------------------------------------------------------------- what must hold in the end

  #check(client: Client): void {
    const expected = evaluateSequentially(client);
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
        const found = this.#workers.get(holder)?.valueOf(this.core.attemptOf(task));
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
      if (worker.running > 0) throw new Error(`a slot of worker ${worker.index} is never freed`);
    }
    if (this.core.table.end !== 0 || this.core.replicas.size > 0 || this.core.queued > 0) {
      throw new Error("the scheduler remembers tasks of forgotten graphs");
    }
  }

  #clientOf(task: number): Client | undefined {
    return this.#clients.find(({ base, shape }) => task >= base && task < base + shape.size);
  }
}

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

function inputsOf({ dependencyStart, dependencies }: GraphShape, t: number): Int32Array {
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
function evaluateSequentially({ shape, poisoned }: Client): (number | undefined)[] {
  const results: (number | undefined)[] = [];
  for (let t = 0; t < shape.size; t++) {
    const inputs = [...inputsOf(shape, t)].map((d) => results[d]);
    const fails = poisoned.has(t) || inputs.includes(undefined);
    results.push(fails ? undefined : resultOf(t, inputs as number[]));
  }
  return results;
}

function isReachedBy({ base, shape }: Client, target: number, tasks: ReadonlySet<number>): boolean {
  const open = [target];
  for (let t = open.pop(); t !== undefined; t = open.pop()) {
    if (tasks.has(base + t)) return true;
    open.push(...inputsOf(shape, t));
  }
  return false;
}

/**
 * One lifetime.
 * @throws Error that names the seed, when something is stuck, wrong or left over
 */
export function simulate(seed: number, coverage: Coverage = new Coverage()): Lifetime {
  try {
    return new Cluster(seed, coverage).live();
  } catch (error) {
    throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
  }
}
