import { describe, expect, test } from "vitest";
import type { StateName } from "../../../src/core/scheduler/task-state.ts";
import { shape, TestScheduler } from "../../support/scheduler.ts";

/*
 * The simulation hardly ever reaches these: a report about an attempt that was cancelled, while
 * its task, needed again, has gone on to any other state. None may change the task.
 */

const INPUT = 0;
const TASK = 1;
const LATE_WORKER = 2;

/** An attempt of TASK is still out at LATE_WORKER, cancelled, and TASK is in the given state. */
function withLateAttempt(state: StateName): { s: TestScheduler; attempt: number } {
  // TASK has two dependents, 2 and 3, both wanted, and an input.
  const s = new TestScheduler();
  s.step((core) => core.updateGraph(shape([], [INPUT], [TASK], [TASK]), [2, 3]));
  for (let i = 0; i < 5; i++) s.step((core) => core.addWorker(2));
  s.complete(0, INPUT);
  s.complete(0, TASK);
  s.complete(1, 2);
  // Its result is lost, and computed again for 3; then nobody needs it.
  s.step((core) => core.removeWorker(0));
  s.complete(LATE_WORKER, INPUT);
  const { task, attempt } = s.start(LATE_WORKER);
  expect(task).toBe(TASK);
  expect(s.step((core) => core.clientReleasesKeys(0, [3]))).toContain(
    `cancel-task ${TASK} of worker ${LATE_WORKER}`,
  );
  if (state === "released") return { s, attempt };

  // 2 is lost, and needs it after all.
  s.step((core) => core.removeWorker(1));
  if (state === "waiting") return { s, attempt };
  s.complete(3, INPUT);
  if (state === "queued") return { s, attempt };
  const again = s.start(3);
  expect(again.task).toBe(TASK);
  if (state === "memory") s.step((core) => core.taskFinished(3, TASK, again.attempt, 1));
  if (state === "erred") s.step((core) => core.taskErred(3, TASK, again.attempt, -1));
  return { s, attempt };
}

const STATES: readonly StateName[] = ["released", "waiting", "queued", "processing", "memory", "erred"];

describe.each(STATES)("while the task is %s", (state) => {
  const everything = (s: TestScheduler): unknown => [
    s.states(0, 1, 2, 3),
    s.core.whoHas(TASK),
    s.core.attemptOf(TASK),
    [...s.core.table.needed.subarray(0, 4)],
  ];

  test("the state is what this file says", () => {
    expect(withLateAttempt(state).s.states(TASK)).toBe(state);
  });

  test("a late value is freed", () => {
    const { s, attempt } = withLateAttempt(state);
    const before = everything(s);
    expect(s.step((core) => core.taskFinished(LATE_WORKER, TASK, attempt, 1))).toEqual([
      `free-keys ${TASK} of worker ${LATE_WORKER}`,
    ]);
    expect(everything(s)).toEqual(before);
    expect(s.core.workers.at(LATE_WORKER)!.running).toBe(0);
  });

  test.each([
    ["failure", -1],
    ["failure to be retried", 100],
  ])("a late %s changes nothing", (_, retryAt) => {
    const { s, attempt } = withLateAttempt(state);
    const before = everything(s);
    expect(s.step((core) => core.taskErred(LATE_WORKER, TASK, attempt, retryAt))).toEqual([]);
    expect(everything(s)).toEqual(before);
    expect([s.core.workers.at(LATE_WORKER)!.running, s.core.nextTimer()]).toEqual([0, undefined]);
  });

  test("a late acknowledgement of the cancellation changes nothing", () => {
    const { s, attempt } = withLateAttempt(state);
    const before = everything(s);
    expect(s.step((core) => core.taskReleased(LATE_WORKER, TASK, attempt))).toEqual([]);
    expect(everything(s)).toEqual(before);
    expect(s.core.workers.at(LATE_WORKER)!.running).toBe(0);
  });

  test("late missing data changes nothing, if the data is not what is there now", () => {
    const { s, attempt } = withLateAttempt(state);
    const before = everything(s);
    expect(s.step((core) => core.missingData(LATE_WORKER, TASK, attempt, INPUT, 1, 0))).toEqual([]);
    expect(everything(s)).toEqual(before);
    expect(s.core.workers.at(LATE_WORKER)!.running).toBe(0);
  });

  test("a copy of the late attempt's value is freed", () => {
    const { s, attempt } = withLateAttempt(state);
    const before = everything(s);
    expect(s.step((core) => core.addKeys(4, TASK, attempt))).toEqual([`free-keys ${TASK} of worker 4`]);
    expect(everything(s)).toEqual(before);
  });
});

test("late missing data of a result that has failed meanwhile changes nothing more", () => {
  const { s, attempt } = withLateAttempt("erred");
  const dependent = s.core.stateOf(3);
  s.step((core) => core.missingData(LATE_WORKER, TASK, attempt, TASK, 1, 0));
  expect([s.states(TASK), s.core.stateOf(3)]).toEqual(["erred", dependent]);
});

describe("about a forgotten graph", () => {
  test("a value is freed, also when another graph has the numbers now", () => {
    const s = new TestScheduler();
    s.step((core) => core.addWorker(2));
    s.step((core) => core.updateGraph(shape([]), [0]));
    const { attempt } = s.start(0);
    s.step((core) => core.forgetGraph(0));
    s.step((core) => core.updateGraph(shape([]), [0]));
    const { attempt: other } = s.start(0);
    expect(s.step((core) => core.taskFinished(0, 0, attempt, 1))).toEqual(["free-keys 0 of worker 0"]);
    expect(s.states(0)).toBe("processing");
    expect(s.step((core) => core.taskFinished(0, 0, other, 1))).toEqual(["key-in-memory 0 of worker 0"]);
  });

  test("a copy is freed", () => {
    const s = new TestScheduler();
    s.step((core) => core.addWorker(1));
    s.step((core) => core.addWorker(1));
    s.step((core) => core.updateGraph(shape([]), [0]));
    s.complete(0, 0);
    const attempt = s.core.attemptOf(0);
    s.step((core) => core.forgetGraph(0));
    expect(s.step((core) => core.addKeys(1, 0, attempt))).toEqual(["free-keys 0 of worker 1"]);
  });

  test("releasing keys or forgetting again does nothing", () => {
    const s = new TestScheduler();
    s.step((core) => core.updateGraph(shape([]), [0]));
    s.step((core) => core.forgetGraph(0));
    expect(s.step((core) => core.clientReleasesKeys(0, [0]))).toEqual([]);
    expect(s.step((core) => core.forgetGraph(0))).toEqual([]);
  });
});

test("reports of a worker that is lost are not heard", () => {
  const s = new TestScheduler();
  s.step((core) => core.addWorker(1));
  s.step((core) => core.updateGraph(shape([]), [0]));
  const { attempt } = s.start(0);
  s.step((core) => core.removeWorker(0));
  for (const report of [
    () => s.core.taskErred(0, 0, attempt, -1),
    () => s.core.taskReleased(0, 0, attempt),
    () => s.core.addKeys(0, 0, attempt),
    () => s.core.missingData(0, 0, attempt, 0, attempt, 0),
  ]) {
    s.step(report);
    expect(s.states(0)).toBe("queued");
  }
});
