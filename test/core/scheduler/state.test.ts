import { describe, expect, test } from "vitest";
import { WITH_DATA } from "../../../src/core/scheduler/task-table.ts";
import { shape, TestScheduler } from "../../support/scheduler.ts";

/** A scheduler with one graph from task 0 on, and workers with one slot each. */
function scheduler(graph: ReturnType<typeof shape>, wanted: readonly number[], workers = 1): TestScheduler {
  const made = new TestScheduler();
  made.step((core) => core.updateGraph(graph, wanted));
  for (let i = 0; i < workers; i++) made.step((core) => core.addWorker(1));
  return made;
}

describe("a graph", () => {
  test("runs in the order of its dependencies, and frees each result after its last use", () => {
    const s = scheduler(shape([], [0], [0, 1]), [2]);
    expect(s.states(0, 1, 2)).toBe("queued waiting waiting");
    expect(s.complete(0, 0)).toEqual([]);
    expect(s.complete(0, 1)).toEqual([]);
    expect(s.complete(0, 2)).toEqual([
      "key-in-memory 2 of worker 0",
      "free-keys 1 of worker 0",
      "free-keys 0 of worker 0",
    ]);
    expect(s.states(0, 1, 2)).toBe("released released memory");
  });

  test("may name a dependency twice", () => {
    const s = scheduler(shape([], [0, 0]), [1]);
    s.complete(0, 0);
    expect(s.states(1)).toBe("queued");
    expect(s.complete(0, 1)).toContain("free-keys 0 of worker 0");
  });

  test("is forgotten with its last wanted result, and its numbers are used again", () => {
    const s = scheduler(shape([], [0]), [0, 1]);
    s.complete(0, 0);
    expect(s.step((core) => core.clientReleasesKeys(0, [1]))).toEqual([]);
    expect(s.states(0, 1)).toBe("memory released");
    expect(s.step((core) => core.clientReleasesKeys(0, [0]))).toEqual(["free-keys 0 of worker 0"]);
    expect(s.core.table.end).toBe(0);
    expect(s.core.updateGraph(shape([]), [0])).toBe(0);
  });

  test("that is forgotten while it runs is cancelled and freed", () => {
    const s = scheduler(shape([], [], [], [0, 1, 2]), [3], 2);
    s.complete(0, 0);
    const { task, attempt } = s.start(1);
    expect(s.step((core) => core.forgetGraph(0))).toEqual([
      "free-keys 0 of worker 0",
      "cancel-task 1 of worker 1",
    ]);
    expect(s.start(1).task).toBe(-1);
    s.step((core) => core.taskReleased(1, task, attempt));
    s.step((core) => core.updateGraph(shape([]), [0]));
    expect(s.start(1).task).toBe(0);
  });

  test("stands beside others, and the earlier one goes first", () => {
    const s = scheduler(shape([], []), [0, 1]);
    const base = s.core.updateGraph(shape([]), [0]);
    expect(base).toBeGreaterThan(1);
    expect([s.start(0).task]).toEqual([0]);
    s.step((core) => core.taskFinished(0, 0, core.attemptOf(0), 1));
    s.complete(0, 1);
    s.complete(0, base);
  });
});

describe("a result that nobody needs any more", () => {
  test("is not computed: what waits, is queued or runs for it is dropped", () => {
    // 3 and 4 are wanted; 0, 1, 2 are for 4 alone.
    const s = scheduler(shape([], [], [1], [], [0, 2]), [3, 4], 1);
    const { task } = s.start(0);
    expect(task).toBe(0);
    expect(s.step((core) => core.clientReleasesKeys(0, [4]))).toEqual(["cancel-task 0 of worker 0"]);
    expect(s.states(0, 1, 2, 3, 4)).toBe("released released released queued released");
  });

  test("keeps its slot busy until the worker has reported", () => {
    const s = scheduler(shape([], []), [0, 1]);
    const { task, attempt } = s.start(0);
    s.step((core) => core.clientReleasesKeys(0, [task]));
    expect(s.start(0).task).toBe(-1);
    s.step((core) => core.taskReleased(0, task, attempt));
    expect(s.start(0).task).toBe(1);
  });
});

describe("a failure", () => {
  test("reaches all that wait for it, each through one dependency, and frees what only they needed", () => {
    const s = scheduler(shape([], [], [1], [0, 2], [0]), [3, 4]);
    s.complete(0, 0);
    const { task, attempt } = s.start(0);
    expect(task).toBe(1);
    expect(s.step((core) => core.taskErred(0, 1, attempt, -1))).toEqual([
      "task-erred 1 via 1",
      "task-erred 2 via 1",
      "task-erred 3 via 2",
    ]);
    expect(s.states(0, 1, 2, 3, 4)).toBe("memory erred erred erred queued");
    expect(s.complete(0, 4)).toContain("free-keys 0 of worker 0");
  });

  test("is tried again when its pause is over", () => {
    const s = scheduler(shape([]), [0]);
    const { attempt } = s.start(0);
    s.step((core) => core.taskErred(0, 0, attempt, 150));
    expect([s.states(0), s.core.nextTimer(), s.start(0).task]).toEqual(["waiting", 150, -1]);
    s.step((core) => core.tick(149));
    expect(s.states(0)).toBe("waiting");
    s.step((core) => core.tick(150));
    expect([s.states(0), s.core.nextTimer()]).toEqual(["queued", undefined]);
    expect(s.complete(0, 0)).toEqual(["key-in-memory 0 of worker 0"]);
  });

  test("whose pause outlives its input waits for both", () => {
    const s = scheduler(shape([], [0]), [1], 2);
    s.complete(0, 0);
    const { task, attempt } = s.start(1);
    s.step((core) => core.taskErred(1, task, attempt, 100));
    s.step((core) => core.removeWorker(0));
    s.step((core) => core.tick(100));
    expect(s.states(0, 1)).toBe("queued waiting");
    s.complete(1, 0);
    expect(s.states(1)).toBe("queued");
  });

  test("of a task that was dropped and is needed again is not hurried by the old pause", () => {
    // 2 and 3 need 1. While 1 pauses for 3, 3 is given up; then 2 is lost, and needs 1 again.
    const s = scheduler(shape([], [0], [1], [1]), [2, 3], 3);
    s.complete(0, 0);
    s.complete(0, 1);
    const two = s.start(0);
    s.step((core) => core.taskFinished(0, two.task, two.attempt, 1));
    s.step((core) => core.addKeys(1, 2, core.attemptOf(2)));
    // The copy at worker 1 survives; 1 is lost with worker 0, and needed by 3.
    s.step((core) => core.removeWorker(0));
    s.complete(1, 0);
    const one = s.start(1);
    expect(one.task).toBe(1);
    s.step((core) => core.taskErred(1, 1, one.attempt, 1000));
    s.step((core) => core.clientReleasesKeys(0, [3]));
    expect(s.states(0, 1, 2)).toBe("released released memory");
    s.step((core) => core.removeWorker(1));
    expect(s.states(0, 1, 2)).toBe("queued waiting waiting");
    s.step((core) => core.tick(1000));
    expect(s.states(1)).toBe("waiting");
  });
});

describe("a lost worker", () => {
  test("takes results with it: those that are needed are computed again, with their inputs", () => {
    const s = scheduler(shape([], [0], [1], []), [2, 3], 2);
    s.complete(0, 0);
    s.complete(0, 1);
    expect(s.states(0, 1, 2)).toBe("released memory queued");
    expect(s.step((core) => core.removeWorker(0))).toEqual([]);
    expect(s.states(0, 1, 2)).toBe("queued waiting waiting");
    expect(s.complete(1, 0)).toEqual([]);
    s.complete(1, 1);
    s.complete(1, 2);
    expect(s.states(0, 1, 2)).toBe("released released memory");
  });

  test("with a wanted result is reported", () => {
    const s = scheduler(shape([], [0]), [1], 2);
    s.complete(0, 0);
    s.complete(0, 1);
    expect(s.step((core) => core.removeWorker(0))).toEqual(["lost-data 1 of worker 0"]);
    expect(s.states(0, 1)).toBe("queued waiting");
  });

  test("costs nothing when another has a copy", () => {
    const s = scheduler(shape([], [0], [0]), [1, 2], 3);
    s.complete(0, 0);
    s.step((core) => core.addKeys(1, 0, core.attemptOf(0)));
    expect(s.core.whoHas(0)).toEqual([0, 1]);
    s.step((core) => core.removeWorker(0));
    expect([s.states(0, 1, 2), s.core.whoHas(0)]).toEqual(["memory queued queued", [1]]);
    s.complete(1, 1);
    expect(s.complete(1, 2)).toContain("free-keys 0 of worker 1");
  });

  test("hands its queue to the others", () => {
    const s = scheduler(shape([], [0], [0]), [1, 2], 2);
    s.complete(0, 0);
    s.step((core) => core.addKeys(1, 0, core.attemptOf(0)));
    s.step((core) => core.removeWorker(0));
    s.complete(1, 1);
    s.complete(1, 2);
  });

  test("is not the fault of its task, up to a bound", () => {
    const s = new TestScheduler(2);
    s.step((core) => core.updateGraph(shape([], [0]), [1]));
    for (let worker = 0; worker < 2; worker++) {
      s.step((core) => core.addWorker(1));
      expect(s.start(worker).task).toBe(0);
      expect(s.step((core) => core.removeWorker(worker))).toEqual([]);
    }
    s.step((core) => core.addWorker(1));
    s.start(2);
    expect(s.step((core) => core.removeWorker(2))).toEqual([
      "killed-worker 0 of worker 2",
      "task-erred 0 via 0",
      "task-erred 1 via 0",
    ]);
  });

  test("that is lost twice is lost once", () => {
    const s = scheduler(shape([]), [0], 2);
    s.step((core) => core.removeWorker(0));
    expect(s.step((core) => core.removeWorker(0))).toEqual([]);
    expect(s.start(0).task).toBe(-1);
    s.complete(1, 0);
  });

  test("leaves its tasks waiting until there is another", () => {
    const s = scheduler(shape([]), [0]);
    s.start(0);
    s.step((core) => core.removeWorker(0));
    expect(s.states(0)).toBe("queued");
    s.step((core) => core.addWorker(1));
    s.complete(1, 0);
  });
});

describe("an input that has failed while it was computed again", () => {
  /** Task 1 runs at worker 1 while its input 0, lost with worker 0, has failed at worker 2. */
  function withFailedInput(): { s: TestScheduler; attempt: number } {
    const s = scheduler(shape([], [0]), [1], 3);
    s.complete(0, 0);
    const { task, attempt } = s.start(1);
    expect(task).toBe(1);
    s.step((core) => core.removeWorker(0));
    const again = s.start(2);
    expect(s.step((core) => core.taskErred(2, 0, again.attempt, -1))).toEqual(["task-erred 0 via 0"]);
    expect(s.states(0, 1)).toBe("erred processing");
    return { s, attempt };
  }

  test("does not stop a dependent that has its copy", () => {
    const { s, attempt } = withFailedInput();
    expect(s.step((core) => core.taskFinished(1, 1, attempt, 1))).toEqual(["key-in-memory 1 of worker 1"]);
  });

  test("fails a dependent that does not find it", () => {
    const { s, attempt } = withFailedInput();
    expect(s.step((core) => core.missingData(1, 1, attempt, 0, 1, 0))).toEqual(["task-erred 1 via 0"]);
  });

  test("fails a dependent that would be tried again", () => {
    const { s, attempt } = withFailedInput();
    expect(s.step((core) => core.taskErred(1, 1, attempt, 100))).toEqual(["task-erred 1 via 0"]);
    expect(s.core.nextTimer()).toBeUndefined();
  });

  test("fails a dependent that is handed back, or whose worker is lost", () => {
    const handed = withFailedInput();
    expect(handed.s.step((core) => core.taskReleased(1, 1, handed.attempt))).toEqual(["task-erred 1 via 0"]);
    const lost = withFailedInput();
    expect(lost.s.step((core) => core.removeWorker(1))).toEqual(["task-erred 1 via 0"]);
  });

  test("fails a lost result that needs it again", () => {
    // 1 is in memory at worker 1 when 0 fails on being computed again for 2.
    const s = scheduler(shape([], [0], [0]), [1, 2], 3);
    s.complete(0, 0);
    s.complete(1, 1);
    s.step((core) => core.removeWorker(0));
    const again = s.start(2);
    expect(s.step((core) => core.taskErred(2, 0, again.attempt, -1))).toEqual([
      "task-erred 0 via 0",
      "task-erred 2 via 0",
    ]);
    expect(s.step((core) => core.removeWorker(1))).toEqual(["lost-data 1 of worker 1", "task-erred 1 via 0"]);
  });
});

describe("missing data", () => {
  test("takes the copy from its holder and computes the result again", () => {
    const s = scheduler(shape([], [0]), [1], 2);
    s.complete(0, 0);
    const { attempt } = s.start(1);
    // It may have the copy all the same, when only the way to it is broken.
    expect(s.step((core) => core.missingData(1, 1, attempt, 0, core.attemptOf(0), 0))).toEqual([
      "free-keys 0 of worker 0",
    ]);
    expect(s.states(0, 1)).toBe("queued waiting");
  });

  test("leaves a result alone of which there is another copy, or a newer one", () => {
    const s = scheduler(shape([], [0]), [1], 3);
    s.complete(0, 0);
    s.step((core) => core.addKeys(2, 0, core.attemptOf(0)));
    const first = s.start(1);
    s.step((core) => core.missingData(1, 1, first.attempt, 0, core.attemptOf(0), 0));
    expect([s.states(0, 1), s.core.whoHas(0)]).toEqual(["memory queued", [2]]);
    const second = s.start(1);
    s.step((core) => core.missingData(1, 1, second.attempt, 0, 12345, 2));
    expect([s.states(0, 1), s.core.whoHas(0)]).toEqual(["memory queued", [2]]);
  });
});

describe("placement", () => {
  test("sends a task to the worker that holds most of its input", () => {
    const s = scheduler(shape([], [], [0, 1]), [2], 2);
    s.complete(0, 0, 10);
    s.complete(1, 1, 1000);
    expect(s.core.workers.all().map((worker) => worker.queue.size)).toEqual([0, 1]);
  });

  test("gives the task just made ready to the worker that made it ready", () => {
    const s = scheduler(shape([], [], [], [0]), [1, 2, 3], 2);
    s.complete(0, 0);
    expect(s.start(0).task).toBe(3);
  });

  test("lets no slot idle while a task is ready, wherever its input is", () => {
    const s = scheduler(shape([], [0], [0], [0], [0], [0]), [1, 2, 3, 4, 5], 3);
    s.complete(0, 0);
    // Its own worker begins with the first, others take the last as long as there are more than enough.
    expect([s.start(0).task, s.start(1).task, s.start(2).task]).toEqual([1, 5, 2]);
    s.step((core) => core.setSlots(1, 3));
    expect([s.start(1).task, s.start(1).task]).toEqual([3, 4]);
    expect(s.core.queued).toBe(0);
  });

  test("says whether there is a task for a worker, slots or not", () => {
    const s = new TestScheduler();
    for (let i = 0; i < 2; i++) s.step((core) => core.addWorker(0));
    const restrictions = Uint8Array.of(s.core.restriction([1]));
    s.step((core) => core.updateGraph({ ...shape([]), restrictions }, [0]));
    expect([0, 1, 2].map((worker) => s.core.hasTaskFor(worker))).toEqual([false, true, false]);
  });

  test("starts tasks of higher priority first", () => {
    const s = new TestScheduler();
    s.step((core) => core.addWorker(1));
    s.step((core) =>
      core.updateGraph({ ...shape([], [], []), priorities: Int8Array.of(0, -1, 5) }, [0, 1, 2]),
    );
    s.complete(0, 2);
    s.complete(0, 0);
    s.complete(0, 1);
  });

  test("prefers a common task of higher priority to one's own", () => {
    const s = new TestScheduler();
    s.step((core) => core.addWorker(1));
    s.step((core) => core.addWorker(1));
    s.step((core) => core.updateGraph(shape([], [0]), [1]));
    s.complete(0, 0);
    s.step((core) => core.updateGraph({ ...shape([]), priorities: Int8Array.of(1) }, [0]));
    expect(s.start(0).task).toBe(3);
  });

  test("gives a worker no more tasks than it has slots", () => {
    const s = new TestScheduler();
    s.step((core) => core.addWorker(2));
    s.step((core) => core.updateGraph(shape([], [], []), [0, 1, 2]));
    expect([s.start(0).task, s.start(0).task, s.start(0).task]).toEqual([0, 1, -1]);
  });
});

describe("slots", () => {
  test("can become more, and fewer than are in use", () => {
    const s = scheduler(shape([], [], [], []), [0, 1, 2, 3]);
    expect([s.start(0).task, s.start(0).task]).toEqual([0, -1]);
    s.step((core) => core.setSlots(0, 3));
    expect([s.start(0).task, s.start(0).task, s.start(0).task]).toEqual([1, 2, -1]);
    s.step((core) => core.setSlots(0, 1));
    s.step((core) => core.taskFinished(0, 0, core.attemptOf(0), 1));
    expect(s.start(0).task).toBe(-1);
    s.step((core) => core.taskFinished(0, 1, core.attemptOf(1), 1));
    s.step((core) => core.taskFinished(0, 2, core.attemptOf(2), 1));
    expect(s.start(0).task).toBe(3);
  });

  test("of a lost worker are nobody's business", () => {
    const s = scheduler(shape([]), [0]);
    s.step((core) => core.removeWorker(0));
    expect(s.step((core) => core.setSlots(0, 5))).toEqual([]);
  });
});

describe("a task that a worker was lost with", () => {
  /** Tasks 0 and 1 were at worker 0, which is lost; task 2 is ready as well. */
  function withSuspects(allowedLosses?: number): TestScheduler {
    const s = new TestScheduler(allowedLosses);
    s.step((core) => core.addWorker(2));
    s.step((core) => core.updateGraph(shape([], [], []), [0, 1, 2]));
    expect([s.start(0).task, s.start(0).task]).toEqual([0, 1]);
    s.step((core) => core.addWorker(3));
    s.step((core) => core.removeWorker(0));
    return s;
  }

  test("runs alone: nothing runs beside it", () => {
    const s = withSuspects();
    expect([s.start(1).task, s.start(1).task]).toEqual([0, -1]);
    s.step((core) => core.taskFinished(1, 0, core.attemptOf(0), 1));
    expect([s.start(1).task, s.start(1).task]).toEqual([1, -1]);
    s.step((core) => core.taskErred(1, 1, core.attemptOf(1), -1));
    expect(s.start(1).task).toBe(2);
  });

  test("waits until its worker has nothing else", () => {
    const s = new TestScheduler();
    s.step((core) => core.addWorker(1));
    s.step((core) => core.addWorker(3));
    s.step((core) => core.updateGraph(shape([], []), [0, 1]));
    expect([s.start(0).task, s.start(1).task]).toEqual([0, 1]);
    s.step((core) => core.removeWorker(0));
    expect([s.states(0), s.start(1).task]).toEqual(["queued", -1]);
    s.step((core) => core.taskReleased(1, 1, core.attemptOf(1)));
    expect(s.start(1).task).toBe(0);
  });

  test("alone is blamed when it takes more workers with it than are allowed", () => {
    const s = withSuspects(1);
    expect(s.start(1).task).toBe(0);
    s.step((core) => core.addWorker(3));
    expect(s.step((core) => core.removeWorker(1))).toEqual([
      "killed-worker 0 of worker 1",
      "task-erred 0 via 0",
    ]);
    s.complete(2, 1);
    s.complete(2, 2);
  });

  test("that was cancelled keeps others away until its end is reported", () => {
    const s = withSuspects();
    const { attempt } = s.start(1);
    s.step((core) => core.clientReleasesKeys(0, [0]));
    expect(s.start(1).task).toBe(-1);
    s.step((core) => core.taskReleased(1, 0, attempt));
    expect(s.start(1).task).toBe(1);
  });

  test("is not sent ahead", () => {
    const s = new TestScheduler();
    s.step((core) => core.addWorker(5, 0, true));
    s.step((core) => core.updateGraph(shape([], [0]), [1]));
    expect([s.start(0).task, s.start(0).task]).toEqual([0, 1]);
    s.step((core) => core.addWorker(5, 0, true));
    s.step((core) => core.removeWorker(0));
    expect([s.start(1).task, s.start(1).task]).toEqual([0, -1]);
    s.step((core) => core.taskFinished(1, 0, core.attemptOf(0), 1));
    s.complete(1, 1);
  });
});

describe("restrictions", () => {
  test("to places hold for whoever has the place", () => {
    const s = new TestScheduler();
    s.step((core) => core.addWorker(1, 5));
    s.step((core) => core.addWorker(1, 6));
    const restrictions = Uint8Array.of(s.core.restriction([6]));
    s.step((core) => core.updateGraph({ ...shape([]), restrictions }, [0]));
    expect([s.start(0).task, s.start(1).task]).toEqual([-1, 0]);
    s.step((core) => core.removeWorker(1));
    expect(s.start(0).task).toBe(-1);
    s.step((core) => core.addWorker(1, 6));
    s.complete(2, 0);
  });

  test("to the data hold as long as there are any", () => {
    const graph = { ...shape([], [0], [0]), restrictions: Uint8Array.of(0, WITH_DATA, WITH_DATA) };
    const s = scheduler(graph, [0, 1, 2], 2);
    s.complete(0, 0);
    expect(s.start(1).task).toBe(-1);
    s.step((core) => core.addKeys(1, 0, core.attemptOf(0)));
    s.step((core) => core.removeWorker(0));
    s.complete(1, 1);
    s.complete(1, 2);
  });

  test("to the data also hold for the only worker, when another comes", () => {
    const graph = { ...shape([], [0]), restrictions: Uint8Array.of(0, WITH_DATA) };
    const s = scheduler(graph, [1]);
    s.complete(0, 0);
    s.step((core) => core.addWorker(1));
    expect([s.start(1).task, s.start(0).task]).toEqual([-1, 1]);
  });
});

describe("a value that was taken over", () => {
  test("is at the new holder alone", () => {
    const s = scheduler(shape([], [0]), [1], 2);
    s.complete(0, 0);
    s.start(1);
    s.step((core) => core.keysTaken(1, 0, core.attemptOf(0), 0));
    expect(s.core.whoHas(0)).toEqual([1]);
    s.step((core) => core.removeWorker(0));
    expect(s.states(0, 1)).toBe("memory processing");
  });

  test("is freed at the new holder, if nobody needs it or there is a newer one", () => {
    const s = scheduler(shape([], [0]), [1], 3);
    s.complete(0, 0);
    const old = s.core.attemptOf(0);
    s.step((core) => core.removeWorker(0));
    expect(s.step((core) => core.keysTaken(1, 0, old, 0))).toEqual(["free-keys 0 of worker 1"]);
    s.complete(1, 0);
    expect(s.step((core) => core.keysTaken(2, 0, old, 0))).toEqual(["free-keys 0 of worker 2"]);
    expect(s.core.whoHas(0)).toEqual([1]);
  });

  test("by a worker that is lost already is made again", () => {
    const s = scheduler(shape([], [0]), [1], 2);
    s.complete(0, 0);
    s.start(1);
    s.step((core) => core.removeWorker(1));
    s.step((core) => core.keysTaken(1, 0, core.attemptOf(0), 0));
    expect(s.states(0, 1)).toBe("queued waiting");
  });
});

test("a lone worker is given tasks in the static order, whatever they wait for", () => {
  const s = new TestScheduler();
  s.step((core) => core.addWorker(10, 0, true));
  s.step((core) => core.updateGraph(shape([], [], [0], [], [1, 2]), [3, 4]));
  expect([0, 1, 2, 3, 4].map(() => s.start(0).task)).toEqual([0, 1, 2, 3, 4]);
});

describe("the reserved worker", () => {
  /** Task 0 is restricted to the reserved worker 0; 1 needs it; 2 is anybody's. */
  function withReserved(): TestScheduler {
    const s = new TestScheduler();
    s.step((core) => core.addReserved(-1));
    for (let i = 0; i < 2; i++) s.step((core) => core.addWorker(1));
    s.step((core) => {
      const restrictions = Uint8Array.of(core.restriction([-1]), 0, 0);
      core.updateGraph({ ...shape([], [0], []), restrictions }, [1, 2]);
    });
    return s;
  }

  test("takes what is restricted to it, and nothing else", () => {
    const s = withReserved();
    expect(s.start(0).task).toBe(0);
    expect(s.start(0).task).toBe(-1);
    expect([s.start(1).task, s.start(2).task]).toEqual([2, -1]);
  });

  test("has any number of tasks at once", () => {
    const s = new TestScheduler();
    s.step((core) => core.addReserved(-1));
    s.step((core) => {
      const restrictions = new Uint8Array(50).fill(core.restriction([-1]));
      const tasks = Array.from({ length: 50 }, () => []);
      core.updateGraph({ ...shape(...tasks), restrictions }, tasks.keys());
    });
    expect(Array.from({ length: 50 }, () => s.start(0).task)).not.toContain(-1);
  });

  test("is best for nothing, although it has the inputs", () => {
    const s = withReserved();
    s.complete(0, 0, 1000);
    expect([s.start(0).task, s.start(2).task]).toEqual([-1, 1]);
  });

  test("may leave its results with another worker, which then is best for what needs them", () => {
    const s = withReserved();
    const { task, attempt } = s.start(0);
    s.step((core) => core.taskFinished(0, task, attempt, 1000, 2));
    expect(s.core.whoHas(0)).toEqual([2]);
    expect(s.start(2).task).toBe(1);
    s.step((core) => core.removeWorker(2));
    expect(s.states(0, 1)).toBe("queued waiting");
  });

  test("leaves nothing with another worker that nobody wants any more", () => {
    const s = withReserved();
    const { task, attempt } = s.start(0);
    s.step((core) => core.clientReleasesKeys(0, [1]));
    expect(s.step((core) => core.taskFinished(0, task, attempt, 1000, 2))).toEqual([
      "free-keys 0 of worker 2",
    ]);
  });
});
