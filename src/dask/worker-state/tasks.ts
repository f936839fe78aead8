import { ExecutionQueue } from "./execution-queue.ts";
import { Gathers } from "./gathers.ts";
import type { ComputeTask, ValueInfo, WorkerStateOptions } from "./messages.ts";
import type { Outbox } from "./outbox.ts";
import {
  hasNotBegun,
  isToBeComputed,
  isToBeFetched,
  newTask,
  type StateName,
  stateShown,
  type Task,
  TRANSITIONS,
  type UnderWay,
} from "./task-state.ts";
import { TransitionLog } from "./transition-log.ts";

/**
 * Every key that a worker knows, and the ways from state to state. What each way leads to:
 *
 * - A task that **awaits** its inputs makes each of them wanted, and is ready when all are here.
 * - A key that is **wanted** is fetched if it is not here, nor to be computed here.
 * - What is **released** is taken out of everything and forgotten, unless it is under way: then it is cancelled.
 *   It stays known while a task names it as an input, and is wanted again if one waits for it.
 */
export class Tasks<Spec> {
  readonly byKey: Map<string, Task<Spec>> = new Map();
  /** What is ready or constrained. */
  readonly queue: ExecutionQueue<Task<Spec>>;
  readonly gathers: Gathers<Task<Spec>>;
  /** Executions that count as slots, wanted or not. */
  readonly executing: Set<Task<Spec>> = new Set();
  /** Executions that do not. */
  readonly longRunning: Set<Task<Spec>> = new Set();
  /** What is needed, and nobody is known to have. */
  readonly missing: Set<Task<Spec>> = new Set();
  /** How many keys are in each state. */
  readonly counts: Map<StateName, number> = new Map();
  /** Bytes of all values that are here. */
  nbytes = 0;
  readonly #address: string;
  readonly #outbox: Outbox<Spec>;
  readonly #log = new TransitionLog();

  constructor({ address, resources, limits }: WorkerStateOptions, outbox: Outbox<Spec>) {
    this.#address = address;
    this.#outbox = outbox;
    this.queue = new ExecutionQueue(resources ?? new Map());
    this.gathers = new Gathers(address, limits);
  }

  story(key: string): string[] {
    return this.#log.story(key);
  }

  ensure(key: string): Task<Spec> {
    let task = this.byKey.get(key);
    if (task === undefined) {
      task = newTask<Spec>(key);
      this.byKey.set(key, task);
      this.#count("released", 1);
    }
    return task;
  }

  // ---------------------------------------------------------------- where values are

  /** The dependencies of a task are these, and no others. */
  link(task: Task<Spec>, { whoHas, nbytes }: ComputeTask<Spec>): void {
    const before = task.dependencies;
    const { priority, order } = task;
    task.dependencies = [...whoHas.keys()].map((key) => this.ensure(key));
    // None of them is forgotten, whatever happens to the others.
    for (const input of task.dependencies) input.dependents.add(task);
    for (const input of task.dependencies) {
      this.isElsewhere(input, whoHas.get(input.key)!, nbytes.get(input.key));
      if (input.waiters > 0 || input.state === "fetch") this.want(input);
      else if (input.state === "released") Object.assign(input, { priority, order });
    }
    for (const input of before) if (!task.dependencies.includes(input)) this.#unlinkFrom(task, input);
  }

  /** The scheduler says that a value is at other workers: if it was to be computed here, it is not any more. */
  isElsewhere(task: Task<Spec>, peers: readonly string[], nbytes = 0): void {
    if (task.state !== "memory") task.nbytes = Math.max(0, nbytes);
    if (peers.some((peer) => peer !== this.#address)) {
      if (hasNotBegun(task) || task.state === "error") this.leave(task);
      else if (isToBeComputed(task)) this.release(task);
    }
    this.setHolders(task, peers);
  }

  /** The value is at these peers. Who is to fetch it has to be told, as there may be none. */
  setHolders(task: Task<Spec>, peers: readonly string[]): void {
    const { state } = task;
    if (state === "memory") return;
    // The scheduler has not read yet that it is here no more, or somebody told it so who was wrong by then.
    if (peers.includes(this.#address)) this.#outbox.send({ op: "release-worker-data", key: task.key });
    if (isToBeComputed(task) || state === "error") return;
    this.gathers.setHolders(task, peers, state === "fetch");
  }

  removePeer(peer: string): void {
    for (const task of this.gathers.removePeer(peer)) if (task.state === "fetch") this.fetchOrMiss(task);
  }

  // ---------------------------------------------------------------- what is wanted

  /** The task is to be computed here once its inputs are. */
  await(task: Task<Spec>): void {
    this.move(task, "waiting");
    this.gathers.clearHolders(task);
    task.awaited = 0;
    for (const input of task.dependencies) {
      input.waiters++;
      if (input.state !== "memory") task.awaited++;
    }
    for (const input of task.dependencies) this.want(input);
    if (task.awaited === 0) this.#makeReady(task);
  }

  /** The value is to come here, unless it is, will, or is to be computed here. */
  want(task: Task<Spec>): void {
    switch (task.state) {
      case "error":
        this.leave(task);
        this.fetchOrMiss(task);
        break;
      case "released":
      case "fetch":
      case "missing":
        this.fetchOrMiss(task);
        break;
      case "cancelled":
        if (task.previous === "flight") this.move(task, "flight");
        else this.move(task, "resumed", task.previous);
    }
  }

  /** The value is to be had from a holder, or searched for. A mere copy that nobody has any more is given up. */
  fetchOrMiss(task: Task<Spec>): void {
    const to = task.holders.size > 0 ? "fetch" : task.waiters > 0 ? "missing" : "released";
    if (to === "released") {
      this.leave(task);
      this.settle(task);
    } else if (task.state !== to) {
      this.missing.delete(task);
      this.move(task, to);
      if (to === "missing") this.missing.add(task);
      else this.gathers.queue(task);
    }
  }

  /** Nobody wants the task, or its value, any more. */
  release(task: Task<Spec>): void {
    switch (task.state) {
      case "executing":
      case "long-running":
        this.move(task, "cancelled", task.state);
        this.stop(task);
        this.unlink(task);
        break;
      case "flight":
        this.move(task, "cancelled", "flight");
        break;
      case "resumed":
        this.move(task, "cancelled", task.previous);
        this.unlink(task);
        break;
      case "cancelled":
        break;
      default:
        if (task.state === "memory") this.#outbox.send({ op: "release-worker-data", key: task.key });
        this.leave(task);
        this.settle(task);
    }
  }

  /** Tells the host that it need not go on with what runs. */
  stop(task: Task<Spec>): void {
    if (task.isStopped) return;
    task.isStopped = true;
    this.#outbox.push({ op: "stop", key: task.key });
  }

  /** Takes a task out of whatever it is in: it is released then, and to be settled or wanted. */
  leave(task: Task<Spec>): void {
    const { state } = task;
    if (state === "released") return;
    if (hasNotBegun(task)) {
      this.queue.delete(task);
      for (const input of task.dependencies) input.waiters--;
    }
    if (state === "fetch") this.gathers.dequeue(task);
    this.missing.delete(task);
    this.move(task, "released");
    if (state === "memory") this.#forgetValue(task);
    this.unlink(task);
    this.gathers.clearHolders(task);
  }

  /** A released task is wanted after all if another waits for it; else it stays known while another names it. */
  settle(task: Task<Spec>): void {
    if (task.waiters > 0) this.want(task);
    if (task.dependents.size > 0) return;
    this.gathers.clearHolders(task);
    this.byKey.delete(task.key);
    this.#count("released", -1);
  }

  /** The task does not need its inputs any more. */
  unlink(task: Task<Spec>): void {
    const { dependencies } = task;
    task.dependencies = [];
    for (const input of dependencies) this.#unlinkFrom(task, input);
  }

  // ---------------------------------------------------------------- values

  /** The value is here. */
  remember(task: Task<Spec>, value: ValueInfo): void {
    this.move(task, "memory");
    this.gathers.clearHolders(task);
    this.setValue(task, value);
    this.unlink(task);
    for (const dependent of task.dependents) {
      if (dependent.state === "waiting" && --dependent.awaited === 0) this.#makeReady(dependent);
    }
  }

  setValue(task: Task<Spec>, value: ValueInfo): void {
    this.nbytes += value.nbytes - (task.value?.nbytes ?? 0);
    task.value = value;
  }

  move(task: Task<Spec>, to: StateName, previous?: UnderWay): void {
    const from = task.state;
    const before = stateShown(task);
    if (from !== to && !(to in TRANSITIONS[from])) {
      const story = this.story(task.key).join(", ");
      throw new Error(`${task.key} cannot go from ${before} to ${to} (story: ${story})`);
    }
    task.state = to;
    task.previous = previous;
    this.#count(from, -1);
    this.#count(to, 1);
    const { stimulusId } = this.#outbox;
    this.#log.record({ key: task.key, from: before, to: stateShown(task), stimulusId });
  }

  // ---------------------------------------------------------------- inside

  #makeReady(task: Task<Spec>): void {
    this.move(task, task.resources.size === 0 ? "ready" : "constrained");
    this.queue.add(task);
  }

  /** The value is not here any more: who could begin with it has to wait. */
  #forgetValue(task: Task<Spec>): void {
    this.nbytes -= task.value!.nbytes;
    task.value = undefined;
    this.#outbox.push({ op: "drop", key: task.key });
    for (const dependent of task.dependents) {
      if (!hasNotBegun(dependent)) continue;
      dependent.awaited++;
      if (dependent.state === "waiting") continue;
      this.queue.delete(dependent);
      this.move(dependent, "waiting");
    }
  }

  #unlinkFrom(task: Task<Spec>, input: Task<Spec>): void {
    input.dependents.delete(task);
    if (input.waiters > 0) return;
    if (input.state === "released") this.settle(input);
    else if (isToBeFetched(input)) this.release(input);
  }

  #count(state: StateName, by: number): void {
    this.counts.set(state, (this.counts.get(state) ?? 0) + by);
  }
}
