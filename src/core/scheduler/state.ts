/**
 * The scheduler: a state machine without I/O, clock or chance. It holds numbers, never values.
 *
 * Theory of operation
 * -------------------
 * Hosts call one method per event. An event changes states, and what follows for the world
 * outside is put in `instructions`, which the host reads and obeys. Work is not pushed at
 * workers: a host with a free slot asks `nextTask`. So the latest state decides which task a slot
 * gets, a task made ready by the one before is found first, and no slot idles while a task is ready.
 *
 * Every `nextTask` ends in exactly one report: `taskFinished`, `taskErred`, `missingData` or
 * `taskReleased`. The slot is free from then on. Reports carry the number of the attempt, which
 * is never used twice: one that comes late, of a task cancelled, recomputed or forgotten
 * meanwhile, is recognised whatever messages overtook it, and its value is freed.
 *
 * Two counters drive everything. `waiting` says how many inputs are missing; at 0 a waiting task
 * is ready. `needed` says how many dependents or clients still want the result; at 0 a result is
 * freed, or a task that would produce it is dropped. Whatever is needed is in memory, on its
 * way, or failed: when a worker takes the last copy of a result with it and the result is needed,
 * it becomes waiting again, and so do the inputs it needs.
 *
 * Several graphs live in one scheduler side by side. Tasks have numbers that are unique in it;
 * earlier graphs have their ready tasks served first as long as rows are not reused.
 */

import { IntList } from "../../int-list.ts";
import { TransitionLog } from "../log.ts";
import {
  CANCEL_TASK,
  FREE_KEYS,
  InstructionQueue,
  KEY_IN_MEMORY,
  KILLED_WORKER,
  LOST_DATA,
  TASK_ERRED,
} from "./messages.ts";
import {
  ALLOWED,
  ERRED,
  MEMORY,
  PROCESSING,
  QUEUED,
  RELEASED,
  STATE_NAMES,
  type StateName,
  WAITING,
} from "./task-state.ts";
import { type GraphRange, type GraphShape, KEPT, NOBODY, RUN_ONLY, TaskTable } from "./task-table.ts";
import { type Timer, TimerQueue } from "./timer-queue.ts";
import { Workers } from "./workers.ts";

/** A graph for the scheduler. */
export interface SchedulerGraph extends GraphShape {
  /** Priorities by task; without them all are 0. */
  readonly priorities?: Int8Array | undefined;
}

/** How many workers may be lost while they run one and the same task, before the task is blamed. */
const ALLOWED_LOSSES = 3;

/** Raised when the machine is in a state that it should never be in: a defect of this library. */
export class InvalidTransitionError extends Error {
  override readonly name = "InvalidTransitionError";
}

export class SchedulerState {
  readonly instructions: InstructionQueue = new InstructionQueue();
  readonly log: TransitionLog = new TransitionLog(STATE_NAMES);
  /** @internal for checks */
  readonly table: TaskTable = new TaskTable();
  /** @internal for checks */
  readonly graphs: Map<number, GraphRange & { wanted: number }> = new Map();
  /** @internal for checks */
  readonly workers: Workers = new Workers(this.table);
  /** @internal for checks: pauses before retries */
  readonly timers: TimerQueue = new TimerQueue();
  /** @internal for checks: holders of a result besides the first */
  readonly replicas: Map<number, number[]> = new Map();
  #attempts = 0;
  readonly #allowedLosses: number;
  /** Tasks whose `needed` came to 0 and that have not been dealt with. */
  readonly #unneeded = new IntList();

  constructor(allowedLosses: number = ALLOWED_LOSSES) {
    this.#allowedLosses = allowedLosses;
  }

  // ---------------------------------------------------------------- questions

  stateOf(task: number): StateName {
    return STATE_NAMES[this.table.state[task]!]!;
  }

  /** The number of the attempt that `nextTask` began last for this task. */
  attemptOf(task: number): number {
    return this.table.attempt[task]!;
  }

  /** The workers that hold a task's result. */
  whoHas(task: number): number[] {
    if (this.table.state[task] !== MEMORY) return [];
    return [this.table.worker[task]!, ...(this.replicas.get(task) ?? [])];
  }

  /** How many ready tasks wait for a slot. */
  get queued(): number {
    return this.workers.queued;
  }

  /** When `tick` has something to do next, in milliseconds of the host's clock. */
  nextTimer(): number | undefined {
    for (let timer = this.timers.first(); timer !== undefined; timer = this.timers.first()) {
      if (this.#isDue(timer)) return timer.at;
      this.timers.shift();
    }
    return undefined;
  }

  // ---------------------------------------------------------------- events of workers coming and going

  /** @returns the worker's index, by which events and instructions name it */
  addWorker(slots: number): number {
    return this.workers.add(slots);
  }

  /** The worker is gone, with all that it ran and held. */
  removeWorker(index: number): void {
    if (this.workers.at(index) === undefined) return;
    this.workers.remove(index);
    // A scan over all tasks, of a byte each: a set per worker would cost every task its upkeep.
    const { table } = this;
    const lost: number[] = [];
    const interrupted: number[] = [];
    for (let task = 0; task < table.end; task++) {
      if (table.state[task] === PROCESSING && table.worker[task] === index) interrupted.push(task);
      else if (table.state[task] === MEMORY && this.#dropCopy(task, index)) lost.push(task);
    }
    this.#lose(lost);
    for (const task of interrupted) {
      if (++table.losses[task]! > this.#allowedLosses) {
        this.instructions.push(KILLED_WORKER, index, task, table.attempt[task]!);
        this.#err(task, task);
      } else this.#waitAgain(task, 0);
    }
    this.#recompute(lost);
    this.#settleUnneeded();
  }

  // ---------------------------------------------------------------- events of the client

  /**
   * Takes up a graph, all of which is needed by the wanted tasks.
   * @param wanted tasks whose results are to be kept, numbered as in the graph
   * @param runAll run also those whose dependents have all failed meanwhile
   * @returns the number that the graph's task 0 has from now on; the others follow it
   */
  updateGraph(graph: SchedulerGraph, wanted: Iterable<number>, runAll = false): number {
    const { table } = this;
    const range = table.add(graph);
    const { base, size } = range;
    let wants = 0;
    for (const t of wanted) {
      if (table.wanted[base + t] === KEPT) continue;
      table.wanted[base + t] = KEPT;
      table.needed[base + t]!++;
      wants++;
    }
    for (let task = base; runAll && task < base + size; task++) {
      if (table.wanted[task] === KEPT) continue;
      table.wanted[task] = RUN_ONLY;
      table.needed[task]!++;
    }
    this.graphs.set(base, { ...range, wanted: wants });
    if (graph.priorities !== undefined) table.priority.set(graph.priorities.subarray(0, size), base);
    for (let task = base; task < base + size; task++) {
      this.#move(task, WAITING);
      const missing = table.dependencyStart[task + 1]! - table.dependencyStart[task]!;
      table.waiting[task] = missing;
      if (missing === 0) this.#enqueue(task);
    }
    return base;
  }

  /** The client no longer wants these results of the graph at `base`; without any wanted the graph is forgotten. */
  clientReleasesKeys(base: number, tasks: Iterable<number>): void {
    const graph = this.graphs.get(base);
    if (graph === undefined) return;
    const { table } = this;
    for (const task of tasks) {
      if (table.wanted[task] !== KEPT) continue;
      table.wanted[task] = 0;
      graph.wanted--;
      if (--table.needed[task]! === 0) this.#unneeded.push(task);
    }
    this.#settleUnneeded();
    if (graph.wanted === 0) this.forgetGraph(base);
  }

  /** Drops a graph: its results are freed, what runs of it is cancelled, its numbers are free for others. */
  forgetGraph(base: number): void {
    const graph = this.graphs.get(base);
    if (graph === undefined) return;
    const { table } = this;
    for (let task = base; task < base + graph.size; task++) {
      const state = table.state[task]!;
      if (state === RELEASED) continue;
      if (state === QUEUED) this.workers.dequeue(task);
      else if (state === PROCESSING) this.#instruct(CANCEL_TASK, task);
      else if (state === MEMORY) this.#freeCopies(task);
      this.#move(task, RELEASED);
    }
    this.graphs.delete(base);
    table.remove(graph);
  }

  /** Time has come to `now`: pauses before retries may be over. */
  tick(now: number): void {
    const { table } = this;
    for (
      let timer = this.timers.first();
      timer !== undefined && timer.at <= now;
      timer = this.timers.first()
    ) {
      this.timers.shift();
      if (this.#isDue(timer) && --table.waiting[timer.task]! === 0) this.#enqueue(timer.task);
    }
  }

  /** False when the task was dropped, or waits anew for another reason: then it has another attempt number. */
  #isDue({ task, attempt }: Timer): boolean {
    return this.table.attempt[task] === attempt && this.table.state[task] === WAITING;
  }

  // ---------------------------------------------------------------- slots

  /** Gives a task to a slot of the worker, or -1 if it has no free slot or nothing is ready. */
  nextTask(index: number): number {
    const worker = this.workers.at(index);
    if (worker === undefined || worker.running >= worker.slots) return -1;
    const task = this.workers.choose(worker);
    if (task < 0) return -1;
    this.workers.dequeue(task);
    this.table.worker[task] = index;
    this.table.attempt[task] = this.#newAttempt();
    worker.running++;
    this.#move(task, PROCESSING);
    return task;
  }

  // ---------------------------------------------------------------- reports of workers

  /** The attempt has made a value of `bytes` bytes, which the worker holds. */
  taskFinished(index: number, task: number, attempt: number, bytes: number): void {
    if (!this.#endAttempt(index, task, attempt)) {
      this.instructions.push(FREE_KEYS, index, task, attempt);
      return;
    }
    const { table } = this;
    table.bytes[task] = bytes;
    this.#move(task, MEMORY);
    const { state, waiting, dependents, dependencies, needed } = table;
    const lastDependent = table.dependentStart[task + 1]!;
    for (let e = table.dependentStart[task]!; e < lastDependent; e++) {
      const dependent = dependents[e]!;
      if (state[dependent] === WAITING && --waiting[dependent]! === 0) this.#enqueue(dependent);
    }
    const lastDependency = table.dependencyStart[task + 1]!;
    for (let e = table.dependencyStart[task]!; e < lastDependency; e++) {
      const dependency = dependencies[e]!;
      if (--needed[dependency]! === 0) this.#unneeded.push(dependency);
    }
    if (table.wanted[task] === KEPT) this.#instruct(KEY_IN_MEMORY, task);
    else if (table.wanted[task] === RUN_ONLY) {
      table.wanted[task] = 0;
      needed[task]!--;
    }
    if (needed[task] === 0) this.#unneeded.push(task);
    if (this.#unneeded.length > 0) this.#settleUnneeded();
  }

  /**
   * The attempt has failed.
   * @param retryAt when to try again, in milliseconds of the host's clock, or -1 for not at all
   */
  taskErred(index: number, task: number, attempt: number, retryAt: number): void {
    if (!this.#endAttempt(index, task, attempt)) return;
    if (retryAt < 0) this.#err(task, task);
    else {
      this.#waitAgain(task, 1);
      // Not so if an input has failed meanwhile: then the task has failed with it.
      if (this.table.state[task] === WAITING) {
        this.timers.add({ at: retryAt, task, attempt: this.table.attempt[task]! });
      }
    }
    this.#settleUnneeded();
  }

  /** The attempt could not begin, because `holder` had no copy of `dependency` or could not be reached. */
  missingData(
    index: number,
    task: number,
    attempt: number,
    dependency: number,
    dependencyAttempt: number,
    holder: number,
  ): void {
    const { table } = this;
    const lost: number[] = [];
    const known = table.state[dependency] === MEMORY && table.attempt[dependency] === dependencyAttempt;
    if (known && this.#dropCopy(dependency, holder)) lost.push(dependency);
    this.#lose(lost);
    if (this.#endAttempt(index, task, attempt)) this.#waitAgain(task, 0);
    this.#recompute(lost);
    this.#settleUnneeded();
  }

  /** A cancelled attempt has ended without a value, or never began. */
  taskReleased(index: number, task: number, attempt: number): void {
    if (this.#endAttempt(index, task, attempt)) this.#waitAgain(task, 0);
    this.#settleUnneeded();
  }

  /** The worker has fetched a copy of the value that this attempt made. */
  addKeys(index: number, task: number, attempt: number): void {
    const { table } = this;
    if (this.workers.at(index) === undefined) return;
    if (table.state[task] !== MEMORY || table.attempt[task] !== attempt) {
      this.instructions.push(FREE_KEYS, index, task, attempt);
      return;
    }
    if (this.whoHas(task).includes(index)) return;
    const copies = this.replicas.get(task);
    if (copies === undefined) this.replicas.set(task, [index]);
    else copies.push(index);
  }

  // ---------------------------------------------------------------- inside

  #move(task: number, to: number): void {
    const { state } = this.table;
    const from = state[task]!;
    if ((ALLOWED[from]! & (1 << to)) === 0) {
      const story = this.log.story(task).join(", ");
      throw new InvalidTransitionError(
        `task ${task}: ${STATE_NAMES[from]} → ${STATE_NAMES[to]} is no transition (story: ${story})`,
      );
    }
    state[task] = to;
    this.log.record(task, from, to, this.table.worker[task]!);
  }

  #instruct(op: number, task: number): void {
    this.instructions.push(op, this.table.worker[task]!, task, this.table.attempt[task]!);
  }

  #newAttempt(): number {
    this.#attempts = (this.#attempts + 1) | 0 || 1;
    return this.#attempts;
  }

  /** Frees the slot of a reported attempt; false if the report is late, its task having gone on without it. */
  #endAttempt(index: number, task: number, attempt: number): boolean {
    const worker = this.workers.at(index);
    if (worker === undefined) return false;
    worker.running--;
    const { table } = this;
    return (
      table.attempt[task] === attempt && table.state[task] === PROCESSING && table.worker[task] === index
    );
  }

  #enqueue(task: number): void {
    this.#move(task, QUEUED);
    this.workers.enqueue(task, this.#heldBy);
  }

  /** Bytes of the task's inputs by worker; one of unknown size counts a little. */
  readonly #heldBy = (task: number): ReadonlyMap<number, number> => {
    const { table } = this;
    const held = new Map<number, number>();
    for (let e = table.dependencyStart[task]!; e < table.dependencyStart[task + 1]!; e++) {
      const dependency = table.dependencies[e]!;
      for (const holder of this.whoHas(dependency)) {
        held.set(holder, (held.get(holder) ?? 0) + table.bytes[dependency]! + 1);
      }
    }
    return held;
  };

  // Dropping what nobody needs

  #settleUnneeded(): void {
    const { table } = this;
    while (this.#unneeded.length > 0) {
      const task = this.#unneeded.pop();
      if (table.needed[task]! > 0) continue;
      switch (table.state[task]) {
        case MEMORY:
          this.#freeCopies(task);
          this.#move(task, RELEASED);
          break;
        case QUEUED:
          this.workers.dequeue(task);
          this.#move(task, RELEASED);
          this.#needInputsNoMore(task);
          break;
        case PROCESSING:
          this.#instruct(CANCEL_TASK, task);
          this.#move(task, RELEASED);
          this.#needInputsNoMore(task);
          break;
        case WAITING:
          this.#move(task, RELEASED);
          this.#needInputsNoMore(task);
          break;
      }
    }
  }

  #needInputsNoMore(task: number): void {
    const { table } = this;
    for (let e = table.dependencyStart[task]!; e < table.dependencyStart[task + 1]!; e++) {
      const dependency = table.dependencies[e]!;
      if (--table.needed[dependency]! === 0) this.#unneeded.push(dependency);
    }
  }

  #freeCopies(task: number): void {
    this.#instruct(FREE_KEYS, task);
    if (this.replicas.size === 0) return;
    const copies = this.replicas.get(task);
    if (copies === undefined) return;
    for (const holder of copies) this.instructions.push(FREE_KEYS, holder, task, this.table.attempt[task]!);
    this.replicas.delete(task);
  }

  // Losing and recomputing

  /** Forgets one worker's copy of a result; true if it was the last. */
  #dropCopy(task: number, holder: number): boolean {
    const { table } = this;
    const copies = this.replicas.get(task) ?? [];
    const others = copies.filter((index) => index !== holder);
    if (table.worker[task] !== holder) {
      if (others.length < copies.length) this.#setReplicas(task, others);
      return false;
    }
    const next = others.shift();
    if (next === undefined) return true;
    table.worker[task] = next;
    this.#setReplicas(task, others);
    return false;
  }

  #setReplicas(task: number, holders: number[]): void {
    if (holders.length > 0) this.replicas.set(task, holders);
    else this.replicas.delete(task);
  }

  /** These results exist no more: what was ready because of them waits again. */
  #lose(tasks: readonly number[]): void {
    const { table } = this;
    for (const task of tasks) {
      if (table.wanted[task] === KEPT) this.#instruct(LOST_DATA, task);
      this.#move(task, RELEASED);
      for (let e = table.dependentStart[task]!; e < table.dependentStart[task + 1]!; e++) {
        const dependent = table.dependents[e]!;
        if (table.state[dependent] === QUEUED) {
          this.workers.dequeue(dependent);
          this.#move(dependent, WAITING);
          table.waiting[dependent] = 1;
        } else if (table.state[dependent] === WAITING) table.waiting[dependent]!++;
      }
    }
  }

  /** Brings back those of the lost results that are needed, and the inputs that they need in turn. */
  #recompute(lost: readonly number[]): void {
    const { table } = this;
    const open = lost.filter((task) => table.needed[task]! > 0);
    const failed: { task: number; via: number }[] = [];
    for (let task = open.pop(); task !== undefined; task = open.pop()) {
      if (table.state[task] !== RELEASED) continue;
      for (let e = table.dependencyStart[task]!; e < table.dependencyStart[task + 1]!; e++) {
        const dependency = table.dependencies[e]!;
        table.needed[dependency]!++;
        if (table.state[dependency] === RELEASED) open.push(dependency);
      }
      const via = this.#wait(task, 0);
      if (via !== undefined) failed.push({ task, via });
    }
    for (const { task, via } of failed) if (table.state[task] === WAITING) this.#err(task, via);
  }

  /** A processing task goes back to waiting, its inputs being needed as before. */
  #waitAgain(task: number, pause: 0 | 1): void {
    const via = this.#wait(task, pause);
    if (via !== undefined) this.#err(task, via);
  }

  /**
   * Lets a task wait for its missing inputs, under a new attempt number so that an older timer is void.
   * @returns an input that has failed, for which there is no point in waiting
   */
  #wait(task: number, pause: 0 | 1): number | undefined {
    const { table } = this;
    this.#move(task, WAITING);
    table.worker[task] = NOBODY;
    table.attempt[task] = this.#newAttempt();
    let missing: number = pause;
    let failed: number | undefined;
    for (let e = table.dependencyStart[task]!; e < table.dependencyStart[task + 1]!; e++) {
      const dependency = table.dependencies[e]!;
      if (table.state[dependency] !== MEMORY) missing++;
      if (table.state[dependency] === ERRED) failed = dependency;
    }
    table.waiting[task] = missing;
    if (missing === 0) this.#enqueue(task);
    return failed;
  }

  /** The task has failed for good, and with it everything that waits for it. */
  #err(first: number, firstVia: number): void {
    const { table } = this;
    const open = [{ task: first, via: firstVia }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { task, via } = next;
      if (table.state[task] === ERRED) continue;
      this.#move(task, ERRED);
      this.instructions.push(TASK_ERRED, table.worker[task]!, task, via);
      this.#needInputsNoMore(task);
      for (let e = table.dependentStart[task]!; e < table.dependentStart[task + 1]!; e++) {
        const dependent = table.dependents[e]!;
        // A dependent that runs already has its inputs, and may yet succeed.
        if (table.state[dependent] === WAITING) open.push({ task: dependent, via: task });
      }
    }
  }
}
