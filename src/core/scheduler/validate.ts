import type { SchedulerState } from "./state.ts";
import { ERRED, MEMORY, PROCESSING, QUEUED, RELEASED, STATE_NAMES, WAITING } from "./task-state.ts";
import { KEPT } from "./task-table.ts";

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
  const processing = new Map<number, number>();
  for (const { base, size, wanted } of scheduler.graphs.values()) {
    let wants = 0;
    for (let task = base; task < base + size; task++) {
      if (table.wanted[task] === KEPT) wants++;
      checkTask(scheduler, task, pausing.get(task) ?? 0);
      if (table.state[task] === PROCESSING) {
        processing.set(table.worker[task]!, (processing.get(table.worker[task]!) ?? 0) + 1);
      }
    }
    if (wants !== wanted) throw new Error(`graph ${base}: ${wants} wanted tasks, counted as ${wanted}`);
  }
  for (const worker of scheduler.workers.all()) {
    const { running, slots, index } = worker;
    if (running > slots) throw new Error(`worker ${index}: ${running} attempts on ${slots} slots`);
    if (running < (processing.get(index) ?? 0))
      throw new Error(`worker ${index}: processes more than its ${running} attempts`);
  }
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
  }
  if (state === QUEUED) {
    check(missing === 0, `${missing} inputs are missing`);
    const home = table.worker[task]!;
    check(home < 0 || scheduler.workers.at(home) !== undefined, `it is queued at the lost worker ${home}`);
  }
  for (const holder of scheduler.whoHas(task)) {
    check(scheduler.workers.at(holder) !== undefined, `its holder ${holder} is lost`);
  }
  if (state === PROCESSING)
    check(scheduler.workers.at(table.worker[task]!) !== undefined, "its worker is lost");
  if (state !== MEMORY) check(!scheduler.replicas.has(task), "there are copies");
}
