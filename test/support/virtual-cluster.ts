import { FREE_KEYS } from "../../src/core/scheduler/messages.ts";
import { type SchedulerGraph, SchedulerState } from "../../src/core/scheduler/state.ts";
import { inputsOf } from "./scheduler.ts";

/** A graph, and what nobody knows before it has run. */
export interface Work {
  readonly graph: SchedulerGraph;
  /** How long each task takes. */
  readonly durations: readonly number[];
  /** Bytes of each task's result; 1 each if not given. */
  readonly sizes?: readonly number[];
  /** How many attempts of each task fail before one succeeds; none if not given. */
  readonly failures?: readonly number[];
}

/** An attempt that had a slot for a while. */
interface Turn {
  readonly task: number;
  readonly attempt: number;
  readonly worker: number;
  readonly begin: number;
  /** When it ends, if its worker lives. */
  readonly end: number;
}

interface Due {
  readonly at: number;
  readonly happen: () => void;
}

/** How long a task that failed waits for its next attempt. */
const PAUSE = 0.5;

/**
 * The scheduler core and workers that take time without a clock: the time of the next event is the
 * present. Each worker runs as many tasks at once as it has slots, a task begins when it is given to
 * a slot, and its missing inputs are there at once and counted as moved.
 */
export class VirtualCluster {
  readonly core: SchedulerState = new SchedulerState(Number.MAX_SAFE_INTEGER);
  /** All attempts in the order of their beginning. */
  readonly turns: Turn[] = [];
  now = 0;
  /** Bytes of inputs that were at other workers when a task began. */
  bytesMoved = 0;
  /** Called after each event, when free slots have been given what there was for them. */
  afterEvent: () => void = () => {};
  readonly #works = new Map<number, Work>();
  readonly #running = new Map<number, Turn>();
  readonly #failed = new Map<number, number>();
  readonly #due: Due[] = [];

  /** @param slots one worker with so many slots for each */
  constructor(...slots: readonly number[]) {
    for (const count of slots) this.core.addWorker(count);
  }

  /** @returns the number of the graph's first task */
  submit(work: Work): number {
    const { size } = work.graph;
    const wanted = leavesOf(work.graph);
    const base = this.core.updateGraph(work.graph, wanted);
    this.#works.set(base, work);
    for (let t = 0; t < size; t++) this.#failed.set(base + t, 0);
    return base;
  }

  /** Something happens at that time. */
  at(time: number, happen: () => void): void {
    this.#due.push({ at: time, happen });
  }

  /** The worker is lost, with all that it ran and held. */
  lose(worker: number): void {
    for (const { attempt } of this.runningAt(worker)) this.#running.delete(attempt);
    this.core.removeWorker(worker);
  }

  runningAt(worker: number): Turn[] {
    return [...this.#running.values()].filter((turn) => turn.worker === worker);
  }

  /** Lets time pass until nothing happens any more. */
  run(): void {
    this.#settle();
    for (let due = this.#next(); due !== undefined; due = this.#next()) {
      this.now = due.at;
      due.happen();
      this.#settle();
    }
  }

  #next(): Due | undefined {
    let first: Due | undefined;
    const timer = this.core.nextTimer();
    if (timer !== undefined) first = { at: timer, happen: () => this.core.tick(timer) };
    for (const turn of this.#running.values()) {
      if (first === undefined || turn.end < first.at) first = { at: turn.end, happen: () => this.#end(turn) };
    }
    let found = -1;
    this.#due.forEach(({ at }, i) => {
      if (first !== undefined && at >= first.at) return;
      first = this.#due[i]!;
      found = i;
    });
    if (found >= 0) this.#due.splice(found, 1);
    return first;
  }

  #end(turn: Turn): void {
    const { task, attempt, worker } = turn;
    this.#running.delete(attempt);
    const { work, t } = this.#workOf(task);
    const failures = this.#failed.get(task)!;
    if (failures < (work.failures?.[t] ?? 0)) {
      this.#failed.set(task, failures + 1);
      this.core.taskErred(worker, task, attempt, this.now + PAUSE);
    } else this.core.taskFinished(worker, task, attempt, work.sizes?.[t] ?? 1);
  }

  /** Gives free slots their tasks, until nobody gets any more. */
  #settle(): void {
    for (let isGiven = true; isGiven; ) {
      isGiven = false;
      for (const { index } of this.core.workers.all()) {
        for (let task = this.core.nextTask(index); task >= 0; task = this.core.nextTask(index)) {
          this.#begin(index, task);
          isGiven = true;
        }
      }
    }
    const { instructions } = this.core;
    while (instructions.next()) {
      // A cancelled attempt has a value that nobody takes.
      if (instructions.op === FREE_KEYS) continue;
    }
    this.afterEvent();
  }

  #begin(worker: number, task: number): void {
    for (const { task: input, attempt, holders } of inputsOf(this.core, task)) {
      if (holders.includes(worker)) continue;
      const { work, t } = this.#workOf(input);
      this.bytesMoved += work.sizes?.[t] ?? 1;
      this.core.addKeys(worker, input, attempt);
    }
    const { work, t } = this.#workOf(task);
    const turn = {
      task,
      attempt: this.core.attemptOf(task),
      worker,
      begin: this.now,
      end: this.now + work.durations[t]!,
    };
    this.#running.set(turn.attempt, turn);
    this.turns.push(turn);
  }

  #workOf(task: number): { work: Work; t: number } {
    for (const [base, work] of this.#works) {
      if (task >= base && task < base + work.graph.size) return { work, t: task - base };
    }
    throw new Error(`task ${task} is of no graph`);
  }
}

/** Tasks that no other needs. */
function leavesOf({ size, dependencies }: SchedulerGraph): Set<number> {
  const leaves = new Set(Array.from({ length: size }, (_, t) => t));
  for (const d of dependencies) leaves.delete(d);
  return leaves;
}
