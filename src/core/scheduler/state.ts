/**
 * The scheduler: a state machine without I/O, clock or chance. It holds numbers, never values.
 *
 * Theory of operation
 * -------------------
 * Hosts call one method per event. An event changes states, and what follows for the world
 * outside is put in `instructions`, which the host reads and obeys. Work is not pushed at
 * workers: a host with a free slot asks `nextTask`. So the latest state decides which task a slot
 * gets, a task made ready by the one before is found first, and no slot idles while a task is ready.
 * A worker leaves another one as many of its own ready tasks as that has free slots for, since moving them
 * would be in vain; so a host with several workers asks for all, and again until nobody is given any more.
 *
 * Every `nextTask` ends in exactly one report: `taskFinished`, `taskErred`, `missingData` or
 * `taskReleased`. The slot is free from then on. Reports carry the number of the attempt, which
 * is never used twice: one that comes late, of a task cancelled, recomputed or forgotten
 * meanwhile, is recognised whatever messages overtook it, and its value is freed.
 *
 * A worker may have more attempts than it runs at once. It may even be sent tasks ahead whose
 * inputs it is still making (`ahead.ts`): these go from waiting to processing directly.
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

import type { TransitionLog } from "../log.ts";
import type { Holders } from "./holders.ts";
import { CANCEL_TASK, FREE_KEYS, type InstructionQueue, KEY_IN_MEMORY, KILLED_WORKER } from "./messages.ts";
import { movable } from "./movable.ts";
import { MEMORY, PROCESSING, QUEUED, RELEASED, STATE_NAMES, type StateName, WAITING } from "./task-state.ts";
import { type GraphRange, type GraphShape, KEPT, RUN_ONLY, type TaskTable } from "./task-table.ts";
import { Tasks } from "./tasks.ts";
import { type Timer, TimerQueue } from "./timer-queue.ts";
import type { Workers } from "./workers.ts";

/** A graph for the scheduler. */
export interface SchedulerGraph extends GraphShape {
  /** Priorities by task; without them all are 0. */
  readonly priorities?: Int8Array | undefined;
  /** Restrictions by task, `WITH_DATA` or from `restriction`; without them there are none. */
  readonly restrictions?: Uint8Array | undefined;
}

/** How many workers may be lost while they run one and the same task, before the task is blamed. */
const ALLOWED_LOSSES = 3;

export class SchedulerState {
  readonly #tasks = new Tasks();
  readonly instructions: InstructionQueue = this.#tasks.instructions;
  readonly log: TransitionLog = this.#tasks.log;
  /** @internal for checks */
  readonly table: TaskTable = this.#tasks.table;
  /** @internal for checks */
  readonly graphs: Map<number, GraphRange & { wanted: number }> = new Map();
  /** @internal for checks */
  readonly workers: Workers = this.#tasks.workers;
  /** @internal for checks: pauses before retries */
  readonly timers: TimerQueue = new TimerQueue();
  /** @internal for checks */
  readonly holders: Holders = this.#tasks.holders;
  readonly #allowedLosses: number;

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
    return this.holders.of(task);
  }

  /** Bytes of results by the worker that holds them. Looks at every task. */
  bytesHeld(): Map<number, number> {
    const held = new Map<number, number>();
    for (let task = 0; task < this.table.end; task++) {
      for (const holder of this.whoHas(task)) {
        held.set(holder, (held.get(holder) ?? 0) + this.table.bytes[task]!);
      }
    }
    return held;
  }

  /**
   * How many edges still need the task's value, plus 1 if the client keeps it: a task that has all
   * of them is the last to use it.
   */
  usesOf(task: number): number {
    const { needed, wanted } = this.table;
    return needed[task]! - (wanted[task] === RUN_ONLY ? 1 : 0);
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

  /**
   * @param slots how many attempts the worker may have at once
   * @param place what restrictions name it by; the worker's index if not given
   * @param ahead whether it may be sent tasks whose missing inputs it is making itself. It must
   *   then begin tasks in the order in which it got them, and hand back those whose inputs it fails to make
   * @returns the worker's index, by which events and instructions name it
   */
  addWorker(slots: number, place?: number, ahead = false): number {
    if (ahead) this.#tasks.sendsAhead = true;
    return this.workers.add(slots, place, ahead);
  }

  /**
   * Adds a worker that runs only what is restricted to its place, any number of tasks at once: the
   * host itself, for tasks that are its own to run.
   * @returns its index
   */
  addReserved(place: number): number {
    const index = this.workers.add(Infinity, place);
    this.workers.reserve(index);
    return index;
  }

  /** The worker may have more or fewer attempts at once from now on. */
  setSlots(index: number, slots: number): void {
    const worker = this.workers.at(index);
    if (worker !== undefined) worker.slots = slots;
  }

  /** The number by which graphs restrict tasks to the workers in these places. */
  restriction(places: Iterable<number>): number {
    return this.workers.restriction(places);
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
      else if (table.state[task] === MEMORY && this.holders.drop(task, index)) lost.push(task);
    }
    this.#tasks.lose(lost);
    for (const task of interrupted) {
      if (++table.losses[task]! > this.#allowedLosses) {
        this.instructions.push(KILLED_WORKER, index, task, table.attempt[task]!);
        this.#tasks.err(task, task);
      } else this.#tasks.waitAgain(task, 0);
    }
    this.#tasks.recompute(lost);
    this.#tasks.settleUnneeded();
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
    if (graph.restrictions !== undefined) table.restriction.set(graph.restrictions.subarray(0, size), base);
    for (let task = base; task < base + size; task++) {
      this.#tasks.move(task, WAITING);
      const missing = table.dependencyStart[task + 1]! - table.dependencyStart[task]!;
      table.waiting[task] = missing;
      if (missing === 0) this.#tasks.enqueue(task);
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
      if (--table.needed[task]! === 0) this.#tasks.unneeded.push(task);
    }
    this.#tasks.settleUnneeded();
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
      else if (state === PROCESSING) this.#tasks.instruct(CANCEL_TASK, task);
      else if (state === MEMORY) this.#tasks.freeCopies(task);
      this.#tasks.move(task, RELEASED);
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
      if (!this.#isDue(timer)) continue;
      if (--table.waiting[timer.task]! === 0) this.#tasks.enqueue(timer.task);
      else if (this.#tasks.sendsAhead) this.#tasks.ahead.update(timer.task);
    }
  }

  /** False when the task was dropped, or waits anew for another reason: then it has another attempt number. */
  #isDue({ task, attempt }: Timer): boolean {
    return this.table.attempt[task] === attempt && this.table.state[task] === WAITING;
  }

  // ---------------------------------------------------------------- slots

  /**
   * Gives a task to a slot of the worker, or -1 if it has no free slot or nothing is ready. A task
   * that was being run when a worker was lost runs alone: if it is to blame, it takes no other with it.
   */
  nextTask(index: number): number {
    const worker = this.workers.at(index);
    if (worker === undefined || worker.running >= worker.slots || worker.isolated) return -1;
    const task = this.workers.choose(worker);
    if (task < 0) return -1;
    const { table } = this;
    if (table.losses[task]! > 0) {
      if (worker.running > 0) return -1;
      worker.isolated = true;
    }
    if (table.state[task] === WAITING) this.workers.withdraw(task);
    else this.workers.take(worker, task);
    table.worker[task] = index;
    table.attempt[task] = this.#tasks.newAttempt();
    worker.running++;
    this.#tasks.move(task, PROCESSING);
    if (worker.ahead) this.#tasks.ahead.begun(task, index);
    return task;
  }

  /** Whether there is a ready task that the worker would be given if it had a slot. */
  hasTaskFor(index: number): boolean {
    const worker = this.workers.at(index);
    return worker !== undefined && this.workers.choose(worker) >= 0;
  }

  /**
   * What an idle worker may be given of what another has been sent. The host asks the other to hand
   * it back, and reports what it gets with `taskReleased`.
   * @param tasks those that the other has not begun, in the order in which it got them
   */
  movable(tasks: readonly number[], idle: number): number[] {
    const worker = this.workers.at(idle);
    return worker === undefined ? [] : movable(this.table, this.workers, tasks, worker);
  }

  // ---------------------------------------------------------------- reports of workers

  /**
   * The attempt has made a value of `bytes` bytes.
   * @param holder the worker that holds it, which may be another one than that which made it
   */
  taskFinished(index: number, task: number, attempt: number, bytes: number, holder: number = index): void {
    if (!this.#endAttempt(index, task, attempt)) {
      this.instructions.push(FREE_KEYS, holder, task, attempt);
      return;
    }
    const { table } = this;
    table.bytes[task] = bytes;
    table.worker[task] = holder;
    this.#tasks.move(task, MEMORY);
    const { state, waiting, dependents, dependencies, needed } = table;
    const { sendsAhead, ahead } = this.#tasks;
    const lastDependent = table.dependentStart[task + 1]!;
    for (let e = table.dependentStart[task]!; e < lastDependent; e++) {
      const dependent = dependents[e]!;
      if (state[dependent] === WAITING) {
        if (sendsAhead) ahead.made(dependent, index);
        if (--waiting[dependent]! === 0) this.#tasks.enqueue(dependent);
        else if (sendsAhead) ahead.update(dependent);
      } else if (state[dependent] === PROCESSING && waiting[dependent]! > 0) {
        if (--waiting[dependent]! === 0) this.#tasks.recordBegin(dependent);
      }
    }
    const lastDependency = table.dependencyStart[task + 1]!;
    for (let e = table.dependencyStart[task]!; e < lastDependency; e++) {
      const dependency = dependencies[e]!;
      if (--needed[dependency]! === 0) this.#tasks.unneeded.push(dependency);
    }
    if (table.wanted[task] === KEPT) this.#tasks.instruct(KEY_IN_MEMORY, task);
    else if (table.wanted[task] === RUN_ONLY) {
      table.wanted[task] = 0;
      needed[task]!--;
    }
    if (needed[task] === 0) this.#tasks.unneeded.push(task);
    if (this.#tasks.unneeded.length > 0) this.#tasks.settleUnneeded();
  }

  /**
   * The attempt has failed.
   * @param retryAt when to try again, in milliseconds of the host's clock, or -1 for not at all
   */
  taskErred(index: number, task: number, attempt: number, retryAt: number): void {
    if (!this.#endAttempt(index, task, attempt)) return;
    if (retryAt < 0) this.#tasks.err(task, task);
    else {
      this.#tasks.waitAgain(task, 1);
      // Not so if an input has failed meanwhile: then the task has failed with it.
      if (this.table.state[task] === WAITING) {
        this.timers.add({ at: retryAt, task, attempt: this.table.attempt[task]! });
      }
    }
    this.#tasks.settleUnneeded();
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
    if (known) {
      // It may be there all the same, if the holder could not be reached.
      this.instructions.push(FREE_KEYS, holder, dependency, dependencyAttempt);
      if (this.holders.drop(dependency, holder)) lost.push(dependency);
    }
    this.#tasks.lose(lost);
    if (this.#endAttempt(index, task, attempt)) this.#tasks.waitAgain(task, 0);
    this.#tasks.recompute(lost);
    this.#tasks.settleUnneeded();
  }

  /** The holder does not have this copy, as a client has found out. */
  missingCopy(task: number, attempt: number, holder: number): void {
    const { table } = this;
    if (table.state[task] !== MEMORY || table.attempt[task] !== attempt) return;
    const lost = this.holders.drop(task, holder) ? [task] : [];
    this.#tasks.lose(lost);
    this.#tasks.recompute(lost);
    this.#tasks.settleUnneeded();
  }

  /** A cancelled attempt has ended without a value, or never began. */
  taskReleased(index: number, task: number, attempt: number): void {
    if (this.#endAttempt(index, task, attempt)) this.#tasks.waitAgain(task, 0);
    this.#tasks.settleUnneeded();
  }

  /** The worker has fetched a copy of the value that this attempt made. */
  addKeys(index: number, task: number, attempt: number): void {
    const { table } = this;
    if (this.workers.at(index) === undefined) return;
    if (table.state[task] !== MEMORY || table.attempt[task] !== attempt) {
      this.instructions.push(FREE_KEYS, index, task, attempt);
      return;
    }
    this.holders.add(task, index);
  }

  /** The worker has taken over the value that this attempt made: `from` has it no more. */
  keysTaken(index: number, task: number, attempt: number, from: number): void {
    this.addKeys(index, task, attempt);
    const { table } = this;
    if (table.state[task] !== MEMORY || table.attempt[task] !== attempt) return;
    // Not the last copy, unless the one who took it is lost already.
    const lost = this.holders.drop(task, from) ? [task] : [];
    this.#tasks.lose(lost);
    this.#tasks.recompute(lost);
    this.#tasks.settleUnneeded();
  }

  // ---------------------------------------------------------------- inside

  /** Frees the slot of a reported attempt; false if the report is late, its task having gone on without it. */
  #endAttempt(index: number, task: number, attempt: number): boolean {
    const worker = this.workers.at(index);
    if (worker === undefined) return false;
    if (--worker.running === 0) worker.isolated = false;
    const { table } = this;
    return (
      table.attempt[task] === attempt && table.state[task] === PROCESSING && table.worker[task] === index
    );
  }
}
