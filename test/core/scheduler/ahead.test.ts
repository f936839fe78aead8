import { describe, expect, test } from "vitest";
import type { SchedulerGraph } from "../../../src/core/scheduler/state.ts";
import { STATE_NAMES } from "../../../src/core/scheduler/task-state.ts";
import { WITH_DATA } from "../../../src/core/scheduler/task-table.ts";
import { shape, TestScheduler } from "../../support/scheduler.ts";

/** Workers with windows of this size that are sent tasks ahead, and a graph. */
function scheduler(graph: SchedulerGraph, wanted: readonly number[], workers = 2, slots = 10): TestScheduler {
  const s = new TestScheduler();
  for (let i = 0; i < workers; i++) s.step((core) => core.addWorker(slots, i, true));
  s.step((core) => core.updateGraph(graph, wanted));
  return s;
}

/** What the worker is given as long as it is given anything. */
function startAll(s: TestScheduler, worker: number): number[] {
  const tasks: number[] = [];
  for (let { task } = s.start(worker); task >= 0; task = s.start(worker).task) tasks.push(task);
  return tasks;
}

test("a chain goes to one worker as a whole, in a window that is large enough", () => {
  const s = scheduler(shape([], [0], [1], [2], [3]), [4]);
  expect([startAll(s, 0), startAll(s, 1)]).toEqual([[0, 1, 2, 3, 4], []]);
  for (let task = 0; task < 5; task++) {
    s.step((core) => core.taskFinished(0, task, core.attemptOf(task), 1));
  }
  expect(s.states(0, 1, 2, 3, 4)).toBe("released released released released memory");
});

test("a window that is full is filled as tasks end", () => {
  const s = scheduler(shape([], [0], [1]), [2], 1, 2);
  expect(startAll(s, 0)).toEqual([0, 1]);
  s.step((core) => core.taskFinished(0, 0, core.attemptOf(0), 1));
  expect(startAll(s, 0)).toEqual([2]);
});

test("a task whose inputs are made at several workers waits for them, until one is left", () => {
  const s = scheduler(shape([], [], [], [0, 1, 2]), [3], 3, 1);
  expect([s.start(0).task, s.start(1).task, s.start(2).task]).toEqual([0, 1, 2]);
  s.step((core) => {
    core.setSlots(1, 2);
    core.taskFinished(0, 0, core.attemptOf(0), 1);
  });
  expect(s.start(1).task).toBe(-1);
  s.step((core) => core.taskFinished(2, 2, core.attemptOf(2), 1));
  expect([s.start(0).task, s.start(1).task]).toEqual([-1, 3]);
});

test("an input that is there, wherever it is, is no hindrance", () => {
  const s = scheduler(shape([], [], [0, 1]), [2]);
  s.complete(1, 0);
  expect(startAll(s, 0)).toEqual([1, 2]);
});

test("an input named twice counts twice", () => {
  const s = scheduler(shape([], [0, 0]), [1]);
  expect(startAll(s, 0)).toEqual([0, 1]);
  s.step((core) => core.taskFinished(0, 0, core.attemptOf(0), 1));
  expect(s.step((core) => core.taskFinished(0, 1, core.attemptOf(1), 1))).toEqual([
    "key-in-memory 1 of worker 0",
    "free-keys 0 of worker 0",
  ]);
});

test("workers that do not ask for it are sent nothing ahead", () => {
  const s = new TestScheduler();
  s.step((core) => core.addWorker(10));
  s.step((core) => core.addWorker(10, 1, true));
  s.step((core) => core.updateGraph(shape([], [0]), [1]));
  expect([startAll(s, 0), startAll(s, 1)]).toEqual([[0], []]);
});

describe("a task on offer", () => {
  /** Task 1 waits for 0, which worker 0 is making; it is offered to that worker. */
  function withOffer(): { s: TestScheduler; attempt: number } {
    const s = scheduler(shape([], [0]), [1]);
    return { s, attempt: s.start(0).attempt };
  }

  test("is queued when its input is there before it was sent", () => {
    const { s, attempt } = withOffer();
    s.step((core) => core.taskFinished(0, 0, attempt, 1));
    expect([s.states(1), s.start(1).task]).toEqual(["queued", 1]);
  });

  test.each<[string, (s: TestScheduler, attempt: number) => unknown]>([
    ["fails", (s, attempt) => s.core.taskErred(0, 0, attempt, -1)],
    ["is to be tried again", (s, attempt) => s.core.taskErred(0, 0, attempt, 100)],
    ["is handed back", (s, attempt) => s.core.taskReleased(0, 0, attempt)],
    ["is lost with its worker", (s) => s.core.removeWorker(0)],
    ["is not needed any more", (s) => s.core.clientReleasesKeys(0, [1])],
    ["is forgotten", (s) => s.core.forgetGraph(0)],
  ])("is taken back when its input %s", (_, event) => {
    const { s, attempt } = withOffer();
    s.step(() => event(s, attempt));
    expect(s.start(0).task).not.toBe(1);
    expect(s.start(1).task).not.toBe(1);
  });

  test("is taken back when another input fails", () => {
    const s = scheduler(shape([], [], [0, 1]), [2]);
    s.start(0);
    s.step((core) => core.setSlots(0, 2));
    const { attempt } = s.start(0);
    s.step((core) => core.setSlots(0, 5));
    s.step((core) => core.taskErred(0, 1, attempt, -1));
    expect([s.states(2), s.start(0).task]).toEqual(["erred", -1]);
  });

  test("is taken back when an input that was there is lost, and offered again when that is being made", () => {
    const s = scheduler(shape([], [], [0, 1]), [2]);
    s.complete(1, 0);
    s.step((core) => core.setSlots(0, 1));
    s.start(0);
    s.step((core) => core.removeWorker(1));
    s.step((core) => core.setSlots(0, 10));
    expect(startAll(s, 0)).toEqual([0, 2]);
  });

  test("stays where its data are, like any other, and where it may run", () => {
    const graph = { ...shape([], [0], [0], [0]), restrictions: Uint8Array.of(0, WITH_DATA, 0, 0) };
    const s = scheduler(graph, [1, 2, 3]);
    graph.restrictions[2] = s.core.restriction([0]);
    graph.restrictions[3] = s.core.restriction([1]);
    const base = s.core.updateGraph(graph, [1, 2, 3]);
    s.step((core) => core.forgetGraph(0));
    expect(startAll(s, 0)).toEqual([base, base + 1, base + 2]);
  });
});

describe("a task that was sent ahead", () => {
  function withTaskAhead(): { s: TestScheduler; first: number; second: number } {
    const s = scheduler(shape([], [0]), [1]);
    return { s, first: s.start(0).attempt, second: s.start(0).attempt };
  }

  test("is cancelled when nobody needs it, after what it waits for or before", () => {
    const { s } = withTaskAhead();
    expect(s.step((core) => core.clientReleasesKeys(0, [1]))).toEqual([
      "cancel-task 1 of worker 0",
      "cancel-task 0 of worker 0",
    ]);
  });

  test("waits again when its worker hands it back, because its input failed there", () => {
    const { s, first, second } = withTaskAhead();
    s.step((core) => core.taskErred(0, 0, first, 100));
    expect(s.states(0, 1)).toBe("waiting processing");
    s.step((core) => core.taskReleased(0, 1, second));
    s.step((core) => core.tick(100));
    expect(s.states(0, 1)).toBe("queued waiting");
    expect(startAll(s, 1)).toEqual([0, 1]);
  });

  test("fails when its worker hands it back and its input has failed for good", () => {
    const { s, first, second } = withTaskAhead();
    expect(s.step((core) => core.taskErred(0, 0, first, -1))).toEqual(["task-erred 0 via 0"]);
    expect(s.step((core) => core.taskReleased(0, 1, second))).toEqual(["task-erred 1 via 0"]);
  });

  test("is lost with its worker, and its input too", () => {
    const { s } = withTaskAhead();
    s.step((core) => core.removeWorker(0));
    expect(s.states(0, 1)).toBe("queued waiting");
    s.complete(1, 0);
    s.complete(1, 1);
  });

  test("is ready at once when its input was made elsewhere meanwhile", () => {
    const { s, first, second } = withTaskAhead();
    s.step((core) => core.taskReleased(0, 0, first));
    s.complete(1, 0);
    s.step((core) => core.taskReleased(0, 1, second));
    expect(s.states(0, 1)).toBe("memory queued");
    // Lost, and not on offer to the worker that was making it once.
    s.step((core) => core.removeWorker(1));
    expect([s.states(0, 1), startAll(s, 0)]).toEqual(["queued waiting", [0, 1]]);
  });
});

test("those who look on see a task that was sent ahead begin when its input is there", () => {
  const s = scheduler(shape([], [0], [1]), [2]);
  const seen: string[] = [];
  s.core.log.observer = (task, from, to) => {
    if (task === 1) seen.push(`${STATE_NAMES[from]} → ${STATE_NAMES[to]}`);
  };
  startAll(s, 0);
  expect(seen).toEqual([]);
  s.step((core) => core.taskFinished(0, 0, core.attemptOf(0), 1));
  expect(seen).toEqual(["waiting → queued", "queued → processing"]);
  s.step((core) => core.taskFinished(0, 1, core.attemptOf(1), 1));
  expect(seen.slice(2)).toEqual(["processing → memory"]);
  // Sent ahead and cancelled before its turn.
  seen.length = 0;
  const base = s.core.updateGraph(shape([], [0]), [1]);
  s.core.log.observer = (task, from, to) => {
    if (task === base + 1) seen.push(`${STATE_NAMES[from]} → ${STATE_NAMES[to]}`);
  };
  startAll(s, 0);
  s.step((core) => core.clientReleasesKeys(base, [base + 1]));
  expect(seen).toEqual(["waiting → released"]);
});
