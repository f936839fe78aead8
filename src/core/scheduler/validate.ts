import type { SchedulerState } from "./state.ts";
import { ERRED, MEMORY, PROCESSING, QUEUED, RELEASED, STATE_NAMES, WAITING } from "./task-state.ts";
import { KEPT, NOBODY, SEVERAL } from "./task-table.ts";

/**
 * Checks every invariant of the scheduler against a fresh count. Slow; for tests, after each event.
 * @throws Error naming the task, what is wrong, and the task's story
 */
export function validate(scheduler: SchedulerState): void {
  const { table } = scheduler;
  const pausing = new Map<number, number>();
  for (const { task, attempt } of scheduler.timers.values()) {
    if (table.attempt[task] === attempt && table.state[task] === WAITING) pausing.set(task, 1);
  }
  for (const { base, size, wanted } of scheduler.graphs.values()) {
    let wants = 0;
    for (let task = base; task < base + size; task++) {
      if (table.wanted[task] === KEPT) wants++;
      checkTask(scheduler, task, pausing.get(task) ?? 0);
    }
    if (wants !== wanted) throw new Error(`graph ${base}: ${wants} wanted tasks, counted as ${wanted}`);
  }
  checkWorkers(scheduler);
}

/** What the workers' queues and counters say, against the tasks that name the worker. */
function checkWorkers(scheduler: SchedulerState): void {
  const { table, workers } = scheduler;
  let queued = 0;
  const processing = new Map<number, number>();
  const fixed = new Map<number, number>();
  const own = new Map<number, number>();
  const count = (counts: Map<number, number>, index: number): void => {
    counts.set(index, (counts.get(index) ?? 0) + 1);
  };
  for (const { base, size } of scheduler.graphs.values()) {
    for (let task = base; task < base + size; task++) {
      const index = table.worker[task]!;
      if (table.state[task] === QUEUED) queued++;
      if (table.state[task] === PROCESSING) count(processing, index);
      if (table.offered[task] === 1) count(fixed, index);
      else if (table.state[task] === QUEUED) count(own, index);
    }
  }
  for (const { index, running, isolated, queue, fixed: fixedQueue } of workers.all()) {
    const check = (holds: boolean, what: string): void => {
      if (!holds) throw new Error(`worker ${index}: ${what}`);
    };
    const processed = processing.get(index) ?? 0;
    check(processed <= running, `processes ${processed}, more than its ${running} attempts`);
    check(!isolated || running === 1, `runs a task alone, and has ${running} attempts`);
    check(fixedQueue.size === (fixed.get(index) ?? 0), `${fixedQueue.size} tasks are meant for it alone`);
    check(queue.size === (own.get(index) ?? 0), `${queue.size} tasks are in its queue`);
  }
  if (workers.queued !== queued) throw new Error(`${queued} tasks are queued, counted as ${workers.queued}`);
}

function checkTask(scheduler: SchedulerState, task: number, pause: number): void {
  const { table } = scheduler;
  const state = table.state[task]!;
  const check = (holds: boolean, what: string): void => {
    if (holds) return;
    throw new Error(
      `task ${task} is ${STATE_NAMES[state]}, and ${what} (story: ${scheduler.log.story(task).join(", ")})`,
    );
  };
  const dependencies = table.dependencies.subarray(
    table.dependencyStart[task],
    table.dependencyStart[task + 1],
  );
  const dependents = table.dependents.subarray(table.dependentStart[task], table.dependentStart[task + 1]);
  const missing = dependencies.filter((one) => table.state[one] !== MEMORY).length;
  const needing = dependents.filter((one) =>
    [WAITING, QUEUED, PROCESSING].includes(table.state[one]!),
  ).length;

  const needed = table.needed[task]!;
  const expected = needing + (table.wanted[task] === 0 ? 0 : 1);
  check(needed === expected, `needed is ${needed}, not ${expected}`);
  check(needed > 0 || state === RELEASED || state === ERRED, "nobody needs it");
  check(needed === 0 || state !== RELEASED, "it is needed");
  if (state === WAITING) {
    check(
      table.waiting[task] === missing + pause,
      `waiting is ${table.waiting[task]}, not ${missing} + ${pause}`,
    );
    check(missing + pause > 0, "there is nothing to wait for");
    check(!dependencies.some((one) => table.state[one] === ERRED), "a dependency has failed");
    checkAhead(scheduler, task, dependencies, check);
  } else check(table.offered[task] === 0 || state === QUEUED, "it is on offer");
  if (state === QUEUED) {
    check(missing === 0, `${missing} inputs are missing`);
    const home = table.worker[task]!;
    check(home < 0 || scheduler.workers.at(home) !== undefined, `it is queued at the lost worker ${home}`);
  }
  for (const holder of scheduler.whoHas(task)) {
    check(scheduler.workers.at(holder) !== undefined, `its holder ${holder} is lost`);
  }
  if (state === PROCESSING) {
    const worker = scheduler.workers.at(table.worker[task]!);
    check(worker !== undefined, "its worker is lost");
    check(scheduler.workers.mayRun(worker!, task), "its worker must not run it");
    check(table.losses[task] === 0 || worker!.isolated, "it should run alone");
    check(table.waiting[task]! <= missing, `its worker makes ${table.waiting[task]} of ${missing} inputs`);
  }
  if (state !== MEMORY) check(scheduler.holders.others(task).length === 0, "there are copies");
}

/** A waiting task is on offer to the worker that makes all that it waits for, and to no other. */
function checkAhead(
  { table, workers }: SchedulerState,
  task: number,
  dependencies: Int32Array,
  check: (holds: boolean, what: string) => void,
): void {
  const makers = [...dependencies]
    .filter((one) => table.state[one] === PROCESSING)
    .map((one) => workers.at(table.worker[one]!))
    .filter((worker) => worker?.ahead === true);
  const waiting = table.waiting[task]!;
  const aheadAt = table.aheadAt[task]!;
  if (aheadAt === SEVERAL) {
    // Looked at again when one input is left.
    check(waiting > 1, "only one worker can be making its input");
    check(table.offered[task] === 0, "it is on offer");
    return;
  }
  const { length } = makers;
  check(
    makers.every((worker) => worker!.index === aheadAt),
    `its inputs are made at other workers than ${aheadAt}`,
  );
  check(length > 0 || aheadAt === NOBODY, `none of its inputs is made at worker ${aheadAt}`);
  check(table.ahead[task] === length, `${table.ahead[task]} of its inputs are being made, and not ${length}`);
  const maker = makers[0];
  const possible =
    maker !== undefined && length === waiting && table.losses[task] === 0 && workers.mayRun(maker, task);
  check((table.offered[task] === 1) === possible, possible ? "it is not on offer" : "it is on offer");
  check(!possible || table.worker[task] === maker.index, "it is on offer elsewhere");
}
