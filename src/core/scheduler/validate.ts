import type { SchedulerState } from "./state.ts";
import { ERRED, MEMORY, PROCESSING, QUEUED, RELEASED, WAITING } from "./task-state.ts";
import { KEPT, NOBODY, SEVERAL } from "./task-table.ts";
import type { Worker } from "./workers.ts";

/**
 * Checks every invariant of the scheduler against a fresh count. Slow; for tests, after each event.
 * @throws Error naming the task, what is wrong, and the task's story
 */
export function validate(scheduler: SchedulerState): void {
  const { table } = scheduler;
  const pausing = new Set<number>();
  for (const { task, attempt } of scheduler.timers.values()) {
    if (table.attempt[task] === attempt && table.state[task] === WAITING) pausing.add(task);
  }
  for (const { base, size, wanted } of scheduler.graphs.values()) {
    let wants = 0;
    for (let task = base; task < base + size; task++) {
      if (table.wanted[task] === KEPT) wants++;
      const wrong = faultOf(scheduler, task, pausing.has(task) ? 1 : 0);
      if (wrong === undefined) continue;
      const story = scheduler.log.story(task).join(", ");
      throw new Error(`task ${task} is ${scheduler.stateOf(task)}, and ${wrong} (story: ${story})`);
    }
    if (wants !== wanted) throw new Error(`graph ${base}: ${wants} wanted tasks, counted as ${wanted}`);
  }
  checkWorkers(scheduler);
}

/** What is wrong with a task. */
function faultOf(scheduler: SchedulerState, task: number, pause: number): string | undefined {
  const { table, workers, holders } = scheduler;
  const state = table.state[task]!;
  let missing = 0;
  let failed = 0;
  for (const dependency of dependenciesOf(scheduler, task)) {
    if (table.state[dependency] !== MEMORY) missing++;
    if (table.state[dependency] === ERRED) failed++;
  }
  let needing = table.wanted[task] === 0 ? 0 : 1;
  for (let e = table.dependentStart[task]!; e < table.dependentStart[task + 1]!; e++) {
    const dependent = table.state[table.dependents[e]!]!;
    if (dependent === WAITING || dependent === QUEUED || dependent === PROCESSING) needing++;
  }

  const needed = table.needed[task]!;
  const waiting = table.waiting[task]!;
  if (needed !== needing) return `needed is ${needed}, not ${needing}`;
  if (needed === 0 && state !== RELEASED && state !== ERRED) return "nobody needs it";
  if (needed > 0 && state === RELEASED) return "it is needed";
  if (state !== WAITING && state !== QUEUED && table.offered[task] === 1) return "it is on offer";
  if (state !== MEMORY && holders.others(task).length > 0) return "there are copies";
  if (state === WAITING) {
    if (waiting !== missing + pause) return `waiting is ${waiting}, not ${missing} + ${pause}`;
    if (waiting === 0) return "there is nothing to wait for";
    if (failed > 0) return "a dependency has failed";
    return faultAhead(scheduler, task);
  }
  const index = table.worker[task]!;
  const worker = workers.at(index);
  if (state === QUEUED) {
    if (missing > 0) return `${missing} inputs are missing`;
    if (waiting !== 0) return `it waits for ${waiting} inputs`;
    if (index !== NOBODY && worker === undefined) return `it is queued at the lost worker ${index}`;
  } else if (state === PROCESSING) {
    if (worker === undefined) return "its worker is lost";
    if (!workers.mayRun(worker, task)) return "its worker must not run it";
    if (table.losses[task]! > 0 && !worker.isolated) return "it should run alone";
    if (waiting > missing) return `its worker makes ${waiting} of ${missing} inputs`;
  } else if (state === MEMORY) {
    const lost = holders.of(task).find((holder) => workers.at(holder) === undefined);
    if (lost !== undefined) return `its holder ${lost} is lost`;
  }
  return undefined;
}

/** A waiting task is on offer to the worker that makes all that it waits for, and to no other. */
function faultAhead(scheduler: SchedulerState, task: number): string | undefined {
  const { table, workers } = scheduler;
  const isOnOffer = table.offered[task] === 1;
  const aheadAt = table.aheadAt[task]!;
  if (aheadAt === SEVERAL) {
    // Looked at again when one input is left.
    if (table.waiting[task] === 1) return "only one worker can be making its input";
    return isOnOffer ? "it is on offer" : undefined;
  }
  let made = 0;
  let maker: Worker | undefined;
  for (const dependency of dependenciesOf(scheduler, task)) {
    const worker = table.state[dependency] === PROCESSING ? workers.at(table.worker[dependency]!) : undefined;
    if (worker?.ahead !== true) continue;
    if (worker.index !== aheadAt) return `an input is made at worker ${worker.index}, not ${aheadAt}`;
    maker = worker;
    made++;
  }
  if (made === 0 && aheadAt !== NOBODY) return `none of its inputs is made at worker ${aheadAt}`;
  if (table.ahead[task] !== made) return `${table.ahead[task]} of its inputs are being made, and not ${made}`;
  const isPossible =
    maker !== undefined &&
    made === table.waiting[task] &&
    table.losses[task] === 0 &&
    workers.mayRun(maker, task);
  if (isOnOffer !== isPossible) return isOnOffer ? "it is on offer" : "it is not on offer";
  return isOnOffer && table.worker[task] !== aheadAt ? "it is on offer elsewhere" : undefined;
}

/** What the workers' queues and counters say, against the tasks that name the worker. */
function checkWorkers({ graphs, table, workers }: SchedulerState): void {
  let queued = 0;
  const processing = new Map<number, number>();
  const fixed = new Map<number, number>();
  const own = new Map<number, number>();
  for (const { base, size } of graphs.values()) {
    for (let task = base; task < base + size; task++) {
      const index = table.worker[task]!;
      const state = table.state[task]!;
      if (state === QUEUED) queued++;
      if (state === PROCESSING) processing.set(index, (processing.get(index) ?? 0) + 1);
      if (table.offered[task] === 1) fixed.set(index, (fixed.get(index) ?? 0) + 1);
      else if (state === QUEUED) own.set(index, (own.get(index) ?? 0) + 1);
    }
  }
  for (const { index, running, isolated, queue, fixed: meant } of workers.all()) {
    const processed = processing.get(index) ?? 0;
    const wrong =
      processed > running
        ? `processes ${processed}, more than its ${running} attempts`
        : isolated && running !== 1
          ? `runs a task alone, and has ${running} attempts`
          : meant.size !== (fixed.get(index) ?? 0)
            ? `${meant.size} tasks are meant for it alone`
            : queue.size !== (own.get(index) ?? 0)
              ? `${queue.size} tasks are in its queue`
              : undefined;
    if (wrong !== undefined) throw new Error(`worker ${index}: ${wrong}`);
  }
  if (workers.queued !== queued) throw new Error(`${queued} tasks are queued, counted as ${workers.queued}`);
}

function dependenciesOf({ table }: SchedulerState, task: number): Int32Array {
  return table.dependencies.subarray(table.dependencyStart[task], table.dependencyStart[task + 1]);
}
