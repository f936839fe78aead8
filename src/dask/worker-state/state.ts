/**
 * The worker as dask's scheduler expects it: a state machine without I/O, clock or chance.
 *
 * Theory of operation
 * -------------------
 * The scheduler says which tasks to compute here, where their inputs are, and what is not needed any
 * more; the machine knows each key in one state (`task-state.ts`), and answers each event with
 * what the host is to do. An event is dealt with completely before its instructions are given out:
 * first every key is in a state of its own, then free slots are filled, then peers are asked.
 *
 * Two things cannot be taken back once they are under way: an execution, and a value on its way
 * here. When nobody wants such a thing any more it is `cancelled`, and stays known until it is over,
 * so that its end finds its beginning. Before that it may be wanted again: in the same way, and all
 * is as before, or the other way round, and it is `resumed`: a value that is on its way is to be
 * computed, or what is being computed is in memory elsewhere. Then whatever ends first serves; but the
 * scheduler hears what it waits for, which is `task-finished` in the first case and `add-keys` in
 * the second.
 *
 * The scheduler's messages arrive in the order in which it sent them, and it reads ours in the order in
 * which they are sent; what is under way in the other direction neither side knows. So what it says of a
 * key is true of the moment when it had read a beginning of what we sent, and is obeyed unless
 * that is impossible:
 *
 * - A run is named by the `run_id` that it had when it began. Another name given meanwhile is only noted: the
 *   scheduler sees from the old one that what it asked for last has not begun, and asks again.
 * - A task that waits for an input does so until the input is here or the task is not wanted any
 *   more. An input that nobody has is `missing`: the scheduler is asked where it is, and answers
 *   with holders or with `free-keys`; it is never reported as a failure.
 * - What is said about this worker itself can be wrong: it is corrected with `release-worker-data`,
 *   which the scheduler reads before anything that we may send later.
 *
 * A task that has a value, or failed, lets go of its inputs. Whether their values stay is up to the
 * scheduler; those that are not here and that nobody else here waits for are given up.
 */

import { Executions } from "./executions.ts";
import type {
  ComputeTask,
  HostEvent,
  Instruction,
  SchedulerEvent,
  WhoHas,
  WorkerEvent,
  WorkerStateOptions,
} from "./messages.ts";
import { Outbox } from "./outbox.ts";
import { hasNotBegun, isRunning, type StateName, type Task } from "./task-state.ts";
import { Tasks } from "./tasks.ts";
import { Transfers } from "./transfers.ts";
import { validate } from "./validate.ts";

/** The priority of copies that no task here needs: after all tasks of normal priority. */
const LATE: readonly number[] = [1];

/** What the scheduler understands in the answer to a steal-request; on others it closes the stream. */
const KNOWN_TO_THIEVES: ReadonlySet<StateName> = new Set([
  ...(["waiting", "ready", "constrained"] as const),
  ...(["executing", "long-running", "memory", "cancelled", "resumed", "released"] as const),
]);

export class WorkerState<Spec> {
  readonly #address: string;
  readonly #validates: boolean;
  readonly #outbox = new Outbox<Spec>();
  /** @internal for checks */
  readonly tasks: Tasks<Spec>;
  readonly #executions: Executions<Spec>;
  readonly #transfers: Transfers<Spec>;
  #isPaused = false;
  #isShutDown = false;
  /** Counts down: of equal priorities what came last is first. */
  #order = 0;

  constructor(options: WorkerStateOptions) {
    this.#address = options.address;
    this.#validates = options.validate ?? false;
    this.tasks = new Tasks(options, this.#outbox);
    this.#executions = new Executions(options.slots, this.tasks, this.#outbox);
    this.#transfers = new Transfers(this.tasks, this.#outbox);
  }

  // ---------------------------------------------------------------- questions

  /** True while keys are needed of which nobody is known to have them: the host is to report `find-missing` now and then. */
  get wantsFindMissing(): boolean {
    return this.tasks.missing.size > 0;
  }

  /** Bytes of all values that are here. */
  get nbytes(): number {
    return this.tasks.nbytes;
  }

  /** Keys whose executions have not been reported, wanted or not. */
  get running(): string[] {
    return [...this.tasks.executing, ...this.tasks.longRunning].map(({ key }) => key);
  }

  /** Bytes that peers were asked for and that are not here yet. */
  get incomingBytes(): number {
    return this.tasks.gathers.bytes;
  }

  /** How many peers are asked at present. */
  get incomingCount(): number {
    return this.tasks.gathers.count;
  }

  /** How often peers were asked. */
  get incomingCountTotal(): number {
    return this.tasks.gathers.countTotal;
  }

  /** The state of a key; `undefined` if it is not known. */
  stateOf(key: string): StateName | undefined {
    return this.tasks.byKey.get(key)?.state;
  }

  /** How many keys are in each state. */
  counts(): ReadonlyMap<StateName, number> {
    return this.tasks.counts;
  }

  /** What a key went through, as far as remembered. */
  story(key: string): string[] {
    return this.tasks.story(key);
  }

  // ---------------------------------------------------------------- events

  /**
   * Tells what has happened; gives what the host is to do, in this order.
   * @throws Error if the host reports the end of something that is not under way
   */
  handle(event: WorkerEvent<Spec>): readonly Instruction<Spec>[] {
    const instructions = this.#outbox.open(event.stimulusId);
    if (this.#isShutDown) return instructions;
    this.#take(event);
    if (!this.#isPaused && !this.#isShutDown) {
      this.#executions.begin();
      this.#transfers.begin();
    }
    if (this.#validates) validate(this.tasks, this.#address);
    return instructions;
  }

  #take(event: SchedulerEvent<Spec> | HostEvent): void {
    switch (event.op) {
      case "compute-task":
        this.#compute(event);
        break;
      case "free-keys":
        for (const key of event.keys) this.#releaseIf(key, () => true);
        break;
      case "remove-replicas":
        this.#removeReplicas(event.keys);
        break;
      case "acquire-replicas":
        this.#acquireReplicas(event.whoHas, event.nbytes);
        break;
      case "steal-request":
        this.#answerThief(event.key);
        break;
      case "cancel-compute":
        this.#releaseIf(event.key, hasNotBegun);
        break;
      case "refresh-who-has":
        this.#refresh(event.whoHas);
        break;
      case "remove-worker":
        this.tasks.removePeer(event.worker);
        break;
      case "pause":
        this.#isPaused = true;
        break;
      case "unpause":
        this.#isPaused = false;
        break;
      case "set-slots":
        this.#executions.slots = event.slots;
        break;
      case "gather-received":
        this.#transfers.received(event.peer, event.values);
        break;
      case "gather-busy":
        this.#transfers.refused(event.peer);
        break;
      case "gather-failed":
        this.#transfers.failed(event.peer);
        break;
      case "retry-busy-peer":
        this.tasks.gathers.unsetBusy(event.peer);
        break;
      case "find-missing":
        this.#transfers.findMissing();
        break;
      case "execution-finished":
        this.#executions.finished(event.key, event.value, event.startstops, event.thread);
        break;
      case "execution-failed":
        this.#executions.failed(event.key, event.failure, event.startstops, event.thread);
        break;
      case "execution-rescheduled":
        this.#executions.rescheduled(event.key);
        break;
      case "execution-lost":
        this.#executions.lost(event.key);
        break;
      case "execution-long-running":
        this.#executions.becomesLongRunning(event.key, event.computeDuration);
        break;
      case "update-data":
        for (const [key, value] of event.values) this.#transfers.put(key, value);
        if (event.report) this.#transfers.report(event.values.keys());
        break;
      case "value-lost":
        this.#releaseIf(event.key, ({ state }) => state === "memory");
        break;
      case "shutdown":
        this.#isShutDown = true;
        this.#executions.stopAll();
        break;
    }
  }

  // ---------------------------------------------------------------- what the scheduler says

  #compute(event: ComputeTask<Spec>): void {
    const tasks = this.tasks;
    const task = tasks.ensure(event.key);
    task.runId = event.runId;
    if (task.state === "memory") this.#outbox.sendFinished(task.key, task.runId, task.value!);
    if (task.state === "memory" || hasNotBegun(task) || isRunning(task)) return;
    const underWay = task.state === "flight" ? "flight" : task.previous;
    if (underWay === undefined) tasks.leave(task);
    task.spec = event.spec;
    task.priority = event.priority;
    task.order = this.#order--;
    task.resources = event.resources;
    tasks.link(task, event);
    if (underWay === undefined) tasks.await(task);
    else if (underWay === "flight") tasks.move(task, "resumed", "flight");
    else this.#executions.resume(task, underWay);
  }

  #releaseIf(key: string, isSo: (task: Task<Spec>) => boolean): void {
    const task = this.tasks.byKey.get(key);
    if (task !== undefined && isSo(task)) this.tasks.release(task);
  }

  #removeReplicas(keys: readonly string[]): void {
    const kept: string[] = [];
    for (const key of keys) {
      const task = this.tasks.byKey.get(key);
      if (task?.state !== "memory") continue;
      // Even a task that is executing may not have read it yet.
      if (task.dependents.size > 0) kept.push(key);
      else this.tasks.release(task);
    }
    if (kept.length > 0) this.#outbox.send({ op: "add-keys", keys: kept });
  }

  #acquireReplicas(whoHas: WhoHas, nbytes: ReadonlyMap<string, number>): void {
    for (const [key, peers] of whoHas) {
      const task = this.tasks.ensure(key);
      this.tasks.isElsewhere(task, peers, nbytes.get(key));
      if (task.state === "released") task.priority = LATE;
      this.tasks.want(task);
    }
  }

  #answerThief(key: string): void {
    const state = this.stateOf(key);
    const known = state !== undefined && KNOWN_TO_THIEVES.has(state) ? state : null;
    this.#outbox.send({ op: "steal-response", key, state: known });
    this.#releaseIf(key, hasNotBegun);
  }

  #refresh(whoHas: WhoHas): void {
    for (const [key, peers] of whoHas) {
      const task = this.tasks.byKey.get(key);
      if (task === undefined) continue;
      this.tasks.setHolders(task, peers);
      if (task.state === "fetch" || task.state === "missing") this.tasks.want(task);
    }
  }
}
