import { describe, expect, test } from "vitest";
import type { SchedulerMessage } from "../../../src/dask/worker-state/messages.ts";
import { A, B, info, OWN, TestWorker, values } from "../../support/dask-worker-state.ts";

/** What goes to the scheduler, all of it. */
function messagesOf(
  worker: TestWorker,
  event: Parameters<TestWorker["instructions"]>[0],
): SchedulerMessage[] {
  return worker
    .instructions(event, "why")
    .flatMap((instruction) => (instruction.op === "send" ? [instruction.message] : []));
}

describe("the fields on the wire", () => {
  test("task-finished", () => {
    const worker = new TestWorker();
    worker.compute("x", {}, { runId: 3 });
    const startstops = [{ action: "compute", start: 1, stop: 2 }] as const;
    const value = info(28);
    expect(
      messagesOf(worker, { op: "execution-finished", key: "x", value, startstops, thread: 7 }),
    ).toStrictEqual([
      {
        op: "task-finished",
        status: "OK",
        key: "x",
        run_id: 3,
        nbytes: 28,
        type: value.type,
        typename: "int",
        metadata: {},
        thread: 7,
        startstops,
        stimulus_id: "why",
      },
    ]);
  });

  test("task-erred", () => {
    const worker = new TestWorker();
    worker.compute("x");
    const failure = { exception: "e", traceback: null, exception_text: "E", traceback_text: "T" };
    expect(
      messagesOf(worker, { op: "execution-failed", key: "x", failure, startstops: [], thread: null }),
    ).toStrictEqual([
      {
        op: "task-erred",
        status: "error",
        key: "x",
        run_id: 1,
        exception: "e",
        traceback: null,
        exception_text: "E",
        traceback_text: "T",
        thread: null,
        startstops: [],
        stimulus_id: "why",
      },
    ]);
  });

  test("long-running, reschedule, add-keys, release-worker-data, request-refresh-who-has", () => {
    const worker = new TestWorker({ slots: 2 });
    worker.compute("x");
    worker.compute("y");
    worker.compute("z", { i: [A], j: [A] });
    const stimulus_id = "why";
    expect(messagesOf(worker, { op: "execution-long-running", key: "x", computeDuration: 2 })).toStrictEqual([
      { op: "long-running", key: "x", run_id: 1, compute_duration: 2, stimulus_id },
    ]);
    expect(messagesOf(worker, { op: "execution-rescheduled", key: "y" })).toStrictEqual([
      { op: "reschedule", key: "y", stimulus_id },
    ]);
    expect(messagesOf(worker, { op: "gather-received", peer: A, values: values("i") })).toStrictEqual([
      { op: "add-keys", keys: ["i"], stimulus_id },
    ]);
    expect(messagesOf(worker, { op: "find-missing" })).toStrictEqual([
      { op: "request-refresh-who-has", keys: ["j"], stimulus_id },
    ]);
    expect(messagesOf(worker, { op: "free-keys", keys: ["z", "i"] })).toStrictEqual([
      { op: "release-worker-data", key: "i", stimulus_id },
    ]);
  });
});

describe("race 1: names of runs", () => {
  test("the name in force when it began is reported", () => {
    const worker = new TestWorker();
    expect(worker.compute("x", {}, { runId: 1 })).toEqual(["execute x run 1 on []"]);
    expect(worker.compute("x", {}, { runId: 2 })).toEqual([]);
    expect(worker.finish("x")).toEqual(["task-finished x run 1"]);
  });

  test("of what has not begun it is the latest", () => {
    const worker = new TestWorker();
    worker.compute("other");
    worker.compute("x", {}, { runId: 1 });
    worker.compute("x", {}, { runId: 2 });
    expect(worker.finish("other")).toEqual(["task-finished other run 1", "execute x run 2 on []"]);
  });

  test("a failure is reported under the old name, a secession under the new one", () => {
    const worker = new TestWorker();
    worker.compute("x", {}, { runId: 1 });
    worker.compute("x", {}, { runId: 2 });
    expect(worker.secede("x")).toEqual(["long-running x run 2"]);
    expect(worker.fail("x")).toEqual(["task-erred x run 1"]);
  });
});

test("race 2: what is here already is finished at once, under the new name", () => {
  const worker = new TestWorker();
  worker.tell({ op: "update-data", values: values("x") });
  expect(worker.compute("x", {}, { runId: 5 })).toEqual(["task-finished x run 5"]);
});

test("race 3: what was freed and is wanted again goes on running", () => {
  const worker = new TestWorker();
  worker.compute("x", {}, { runId: 1 });
  expect(worker.free("x")).toEqual(["stop x"]);
  expect(worker.shown("x")).toBe("cancelled(executing)");
  expect(worker.compute("x", {}, { runId: 2 })).toEqual([]);
  expect(worker.finish("x")).toEqual(["task-finished x run 1"]);
});

describe("race 4: a value on its way is freed, and is to be computed", () => {
  function resumed(): TestWorker {
    const worker = new TestWorker();
    expect(worker.compute("y", { x: [A] })).toEqual([`gather [x] from ${A}`]);
    worker.free("y", "x");
    worker.compute("x", {}, { runId: 4 });
    expect(worker.shown("x")).toBe("resumed(flight)");
    return worker;
  }

  test("it arrives", () => {
    expect(resumed().receive(A, "x")).toEqual(["task-finished x run 4"]);
  });

  test.each(["gather-failed", "gather-busy"] as const)("it does not: %s", (op) => {
    expect(resumed().tell({ op, peer: A })).toContain("execute x run 4 on []");
  });
});

describe("race 5: every thief has an answer", () => {
  test.each([
    ["unknown", (): TestWorker => new TestWorker(), null, undefined],
    ["ready", (): TestWorker => new TestWorker({ slots: 0 }), "ready", undefined],
    ["executing", (): TestWorker => new TestWorker(), "executing", "executing"],
  ])("%s", (what, create, state, after) => {
    const worker = create();
    if (what !== "unknown") worker.compute("x");
    expect(worker.tell({ op: "steal-request", key: "x" })).toEqual([`steal-response x ${state}`]);
    expect(worker.shown("x")).toBe(after);
  });

  test("in the words of the request", () => {
    const worker = new TestWorker();
    const [answer] = worker.state.handle({ op: "steal-request", key: "x", stimulusId: "steal-7" });
    expect(answer).toEqual({
      op: "send",
      message: { op: "steal-response", key: "x", state: null, stimulus_id: "steal-7" },
    });
  });

  test("waiting is given up with its inputs, constrained too", () => {
    const worker = new TestWorker({ resources: new Map([["R", 0]]) });
    worker.compute("x", { i: [A] });
    worker.compute("c", {}, { resources: { R: 1 } });
    expect(worker.tell({ op: "steal-request", key: "x" })).toEqual(["steal-response x waiting"]);
    expect(worker.shown("i")).toBe("cancelled(flight)");
    expect(worker.tell({ op: "steal-request", key: "c" })).toEqual(["steal-response c constrained"]);
    expect(worker.shown("c")).toBeUndefined();
  });

  test("states at which the scheduler would close the stream are not named", () => {
    const worker = new TestWorker();
    worker.compute("x", { i: [A] });
    worker.compute("e");
    worker.fail("e");
    expect(worker.tell({ op: "steal-request", key: "i" })).toEqual(["steal-response i null"]);
    expect(worker.tell({ op: "steal-request", key: "e" })).toEqual(["steal-response e null"]);
    expect(worker.shown("e")).toBe("error");
  });
});

describe("race 6: a peer is gone", () => {
  test("it counts as dead for all its keys, and what nobody has is searched for", () => {
    const worker = new TestWorker({ limits: { messageBytes: 1 } });
    worker.compute("x", { i: [A], j: [A], k: [A, B] }, { nbytes: 1 });
    expect(worker.shown("j")).toBe("fetch");
    expect(worker.tell({ op: "gather-failed", peer: A })).toEqual([]);
    expect(["i", "j", "k"].map((key) => worker.shown(key))).toEqual(["missing", "missing", "flight"]);
    expect(worker.state.wantsFindMissing).toBe(true);
    expect(worker.tell({ op: "find-missing" })).toEqual(["request-refresh-who-has [j,i]"]);
    worker.receive(B, "k");
    expect(worker.refresh("i", [B])).toEqual([`gather [i] from ${B}`]);
    expect(worker.refresh("j", [])).toEqual([]);
    expect(worker.shown("j")).toBe("missing");
    expect(worker.free("x", "i", "j")).not.toContain("task-erred");
    expect(worker.state.wantsFindMissing).toBe(false);
  });

  test("the scheduler's word that it is gone", () => {
    const worker = new TestWorker({ limits: { peers: 0 } });
    worker.compute("x", { i: [A], j: [A, B] });
    worker.tell({ op: "remove-worker", worker: A });
    expect([worker.shown("i"), worker.shown("j")]).toEqual(["missing", "fetch"]);
    expect(worker.tell({ op: "find-missing" })).toEqual(["request-refresh-who-has [i]"]);
  });
});

test("race 7: a peer does not have all that it was asked for", () => {
  const worker = new TestWorker();
  worker.compute("x", { i: [A], j: [A], k: [A, B] });
  // Another holder is asked for k.
  expect(worker.receive(A, "i")).toEqual(["add-keys [i]", `gather [k] from ${B}`]);
  expect(worker.shown("j")).toBe("missing");
  expect(worker.receive(B, "k")).toEqual(["add-keys [k]"]);
});

describe("race 8: a peer is busy", () => {
  test("another is asked at once", () => {
    const worker = new TestWorker();
    worker.compute("x", { i: [A, B] });
    expect(worker.tell({ op: "gather-busy", peer: A })).toEqual([`retry ${A} later`, `gather [i] from ${B}`]);
  });

  test("if all are, the scheduler is asked for more, and the peer again later", () => {
    const worker = new TestWorker();
    worker.compute("x", { i: [A] });
    expect(worker.tell({ op: "gather-busy", peer: A })).toEqual([
      `retry ${A} later`,
      "request-refresh-who-has [i]",
    ]);
    expect(worker.shown("i")).toBe("fetch");
    expect(worker.refresh("i", [A])).toEqual([]);
    expect(worker.tell({ op: "retry-busy-peer", peer: A })).toEqual([`gather [i] from ${A}`]);
  });
});

describe("races 9 and 10: superfluous copies", () => {
  test("what is in memory is dropped, what is not is left alone", () => {
    const worker = new TestWorker();
    worker.tell({ op: "update-data", values: values("m") });
    worker.compute("x");
    worker.compute("y", { i: [A] });
    expect(worker.tell({ op: "remove-replicas", keys: ["m", "x", "i", "unknown"] })).toEqual([
      "release-worker-data m",
      "drop m",
    ]);
    expect([worker.shown("x"), worker.shown("i")]).toEqual(["executing", "flight"]);
  });

  test("what a task here needs is kept, and the scheduler told so", () => {
    const worker = new TestWorker();
    worker.tell({ op: "update-data", values: values("m") });
    worker.compute("x", { m: [OWN] });
    expect(worker.tell({ op: "remove-replicas", keys: ["m"] })).toEqual(["add-keys [m]"]);
    worker.finish("x");
    expect(worker.tell({ op: "remove-replicas", keys: ["m"] })).toEqual(["release-worker-data m", "drop m"]);
  });
});

test("race 11: after the end nothing is begun, and what runs is stopped", () => {
  const worker = new TestWorker({ slots: 2 });
  worker.compute("x");
  worker.compute("y");
  worker.secede("y");
  worker.compute("z", { i: [A] });
  expect(worker.tell({ op: "shutdown" })).toEqual(["stop x", "stop y"]);
  expect(worker.compute("w")).toEqual([]);
  expect(worker.receive(A, "i")).toEqual([]);
});

test("race 12: what arrives and is cancelled is thrown away", () => {
  const worker = new TestWorker();
  worker.compute("x", { i: [A] });
  worker.free("x");
  expect(worker.shown("i")).toBe("cancelled(flight)");
  expect(worker.receive(A, "i")).toEqual(["drop i"]);
  expect(worker.shown("i")).toBeUndefined();
});

test("race 13: who believes that a value is here is corrected", () => {
  const worker = new TestWorker();
  expect(worker.compute("x", { i: [OWN] })).toEqual(["release-worker-data i"]);
  expect(worker.shown("i")).toBe("missing");
  expect(worker.refresh("i", [OWN, A])).toEqual(["release-worker-data i", `gather [i] from ${A}`]);
});

describe("pause and slots", () => {
  test("nothing is begun or gathered while it is paused", () => {
    const worker = new TestWorker();
    worker.tell({ op: "pause" });
    expect(worker.compute("x")).toEqual([]);
    expect(worker.compute("y", { i: [A] })).toEqual([]);
    expect(worker.tell({ op: "unpause" })).toEqual(["execute x run 1 on []", `gather [i] from ${A}`]);
  });

  test("more slots are used at once, fewer when something ends", () => {
    const worker = new TestWorker();
    for (const key of ["a", "b", "c"]) worker.compute(key);
    expect(worker.tell({ op: "set-slots", slots: 2 })).toEqual(["execute c run 1 on []"]);
    worker.tell({ op: "set-slots", slots: 1 });
    expect(worker.finish("a")).toEqual(["task-finished a run 1"]);
    expect(worker.finish("c")).toEqual(["task-finished c run 1", "execute b run 1 on []"]);
  });

  test("what is urgent comes first, then what came last", () => {
    const worker = new TestWorker({ slots: 0 });
    worker.compute("late", {}, { priority: [0, 2] });
    worker.compute("first", {}, { priority: [0, 1] });
    worker.compute("last", {}, { priority: [0, 1] });
    worker.compute("soon", {}, { priority: [-1, 9.5] });
    expect(worker.tell({ op: "set-slots", slots: 4 }).map((line) => line.split(" ")[1])).toEqual([
      "soon",
      "last",
      "first",
      "late",
    ]);
  });
});

test("cancel-compute takes back what has not begun", () => {
  const worker = new TestWorker();
  worker.compute("x");
  worker.compute("y");
  expect(worker.tell({ op: "cancel-compute", key: "x" })).toEqual([]);
  worker.tell({ op: "cancel-compute", key: "y" });
  worker.tell({ op: "cancel-compute", key: "unknown" });
  expect([worker.shown("x"), worker.shown("y")]).toEqual(["executing", undefined]);
});

test("answers questions about what there is", () => {
  const worker = new TestWorker({ slots: 2 });
  worker.tell({ op: "update-data", values: new Map([["m", info(50)]]) });
  worker.compute("x");
  worker.compute("y", { i: [A] }, { nbytes: 20 });
  const { state } = worker;
  expect([state.nbytes, state.incomingBytes, state.incomingCount, state.incomingCountTotal]).toEqual([
    50, 20, 1, 1,
  ]);
  expect(state.running).toEqual(["x"]);
  expect([state.stateOf("x"), state.stateOf("unknown")]).toEqual(["executing", undefined]);
  expect(new Set([...state.counts()].filter(([, count]) => count > 0))).toEqual(
    new Set([
      ["memory", 1],
      ["executing", 1],
      ["waiting", 1],
      ["flight", 1],
    ]),
  );
  expect(state.story("m")).toEqual(["released → memory (s0)"]);
});

test("a host that reports what is not under way is told so", () => {
  const worker = new TestWorker();
  expect(() => worker.finish("x")).toThrow(/x is not running/);
  expect(() => worker.receive(A, "x")).toThrow(/tcp:\/\/h1:1 was not asked/);
});
