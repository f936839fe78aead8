import { describe, expect, test } from "vitest";
import { A, B, TestWorker, values } from "../../support/dask-worker-state.ts";

type Running = "executing" | "long-running";

/** A task `x` that runs, on the input `m`. */
function running(how: Running): TestWorker {
  const worker = new TestWorker();
  worker.tell({ op: "update-data", values: values("m") });
  worker.compute("x", { m: [A] });
  if (how === "long-running") worker.secede("x");
  expect(worker.shown("x")).toBe(how);
  return worker;
}

function cancelled(how: Running): TestWorker {
  const worker = running(how);
  expect(worker.free("x")).toEqual(["stop x"]);
  expect(worker.shown("x")).toBe(`cancelled(${how})`);
  return worker;
}

/** `x` is needed by `d`, and a peer has it. */
function resumed(how: Running): TestWorker {
  const worker = cancelled(how);
  worker.compute("d", { x: [A] }, { priority: [5] });
  expect(worker.shown("x")).toBe(`resumed(${how})`);
  return worker;
}

describe.each(["executing", "long-running"] as const)("%s", (how) => {
  test("finished", () => {
    const worker = running(how);
    expect(worker.finish("x")).toEqual(["task-finished x run 1"]);
    expect(worker.shown("x")).toBe("memory");
  });

  test("failed: known until it is freed", () => {
    const worker = running(how);
    expect(worker.fail("x")).toEqual(["task-erred x run 1"]);
    expect(worker.shown("x")).toBe("error");
    expect(worker.free("x")).toEqual([]);
    expect(worker.shown("x")).toBeUndefined();
  });

  test("failed: computed again when the scheduler says so", () => {
    const worker = running(how);
    worker.fail("x");
    expect(worker.compute("x", {}, { runId: 2 })).toEqual(["execute x run 2 on []"]);
  });

  test("rescheduled", () => {
    const worker = running(how);
    expect(worker.reschedule("x")).toEqual(["reschedule x"]);
    expect(worker.shown("x")).toBeUndefined();
  });

  test("lost: runs again, under the latest name", () => {
    const worker = running(how);
    worker.compute("x", { m: [A] }, { runId: 2 });
    expect(worker.lose("x")).toEqual(["execute x run 2 on [m]"]);
    expect(worker.shown("x")).toBe("executing");
  });

  test("lost with an input: it is fetched first", () => {
    const worker = running(how);
    expect(worker.tell({ op: "value-lost", key: "m" })).toEqual(["release-worker-data m", "drop m"]);
    expect(worker.lose("x")).toEqual([]);
    expect([worker.shown("x"), worker.shown("m")]).toEqual(["waiting", "missing"]);
    expect(worker.refresh("m", [A])).toEqual([`gather [m] from ${A}`]);
    expect(worker.receive(A, "m")).toEqual(["add-keys [m]", "execute x run 1 on [m]"]);
  });
});

describe.each(["executing", "long-running"] as const)("cancelled(%s)", (how) => {
  test("→ waiting: goes on", () => {
    const worker = cancelled(how);
    const told = how === "executing" ? [] : ["long-running x run 2"];
    expect(worker.compute("x", { m: [A] }, { runId: 2 })).toEqual(told);
    expect(worker.shown("x")).toBe(how);
  });

  test("→ fetch: resumed", () => {
    const worker = cancelled(how);
    expect(worker.acquire("x", [A])).toEqual([]);
    expect(worker.shown("x")).toBe(`resumed(${how})`);
  });

  test("→ memory: dropped", () => {
    const worker = cancelled(how);
    expect(worker.finish("x")).toEqual(["drop x"]);
    expect(worker.shown("x")).toBeUndefined();
  });

  test.each(["fail", "reschedule", "lose"] as const)("%s: nobody hears of it", (end) => {
    const worker = cancelled(how);
    expect(worker[end]("x")).toEqual([]);
    expect(worker.shown("x")).toBeUndefined();
  });

  test("→ long-running: nobody hears of it, and the slot is free", () => {
    const worker = cancelled(how);
    worker.compute("y", {}, { priority: [9] });
    expect(worker.secede("x")).toEqual(how === "executing" ? ["execute y run 1 on []"] : []);
    expect(worker.shown("x")).toBe("cancelled(long-running)");
    expect(worker.compute("x", {}, { runId: 3 })).toEqual(["long-running x run 3"]);
  });

  test("→ released: stays, and is not stopped twice", () => {
    const worker = cancelled(how);
    expect(worker.free("x")).toEqual([]);
    expect(worker.shown("x")).toBe(`cancelled(${how})`);
  });

  test("wanted again and freed again: stopped once", () => {
    const worker = cancelled(how);
    worker.compute("x", { m: [A] }, { runId: 2 });
    expect(worker.free("x")).toEqual([]);
    expect(worker.shown("x")).toBe(`cancelled(${how})`);
    expect(worker.tell({ op: "shutdown" })).toEqual([]);
  });

  test("wanted again, it fails because it was stopped: runs again", () => {
    const worker = cancelled(how);
    worker.compute("x", { m: [A] }, { runId: 2 });
    expect(worker.fail("x")).toEqual(["execute x run 2 on [m]"]);
    expect(worker.fail("x")).toEqual(["task-erred x run 2"]);
  });
});

describe.each(["executing", "long-running"] as const)("resumed(%s)", (how) => {
  test("→ memory: a copy, as the scheduler sees it", () => {
    const worker = resumed(how);
    expect(worker.finish("x")).toEqual(["add-keys [x]", "execute d run 1 on [x]"]);
  });

  test.each(["fail", "reschedule", "lose"] as const)("%s: fetched, and nobody hears of it", (end) => {
    const worker = resumed(how);
    expect(worker[end]("x")).toEqual([`gather [x] from ${A}`]);
    expect(worker.shown("x")).toBe("flight");
  });

  test("→ released: cancelled", () => {
    const worker = resumed(how);
    worker.free("d");
    expect(worker.shown("x")).toBe(`cancelled(${how})`);
    expect(worker.finish("x")).toEqual(["drop x"]);
  });

  test("→ waiting: goes on", () => {
    const worker = resumed(how);
    worker.compute("x", { m: [A] }, { runId: 2 });
    expect(worker.shown("x")).toBe(how);
    expect(worker.finish("x")).toEqual(["task-finished x run 1", "execute d run 1 on [x]"]);
  });

  test("→ long-running: nobody hears of it", () => {
    const worker = resumed(how);
    expect(worker.secede("x")).toEqual([]);
    expect(worker.shown("x")).toBe("resumed(long-running)");
  });

  test("a mere copy is fetched, too", () => {
    const worker = cancelled(how);
    worker.acquire("x", [A]);
    expect(worker.lose("x")).toEqual([`gather [x] from ${A}`]);
    expect(worker.receive(A, "x")).toEqual(["add-keys [x]"]);
  });

  test("its holder is lost: searched for once it has ended", () => {
    const worker = resumed(how);
    worker.tell({ op: "remove-worker", worker: A });
    worker.fail("x");
    expect(worker.shown("x")).toBe("missing");
    expect(worker.refresh("x", [B])).toEqual([`gather [x] from ${B}`]);
  });
});

test("resources are taken and given back once, also by what nobody wants", () => {
  const worker = new TestWorker({ slots: 3, resources: new Map([["R", 1]]) });
  expect(worker.compute("x", {}, { resources: { R: 1 } })).toEqual(["execute x run 1 on []"]);
  expect(worker.compute("y", {}, { resources: { R: 1 } })).toEqual([]);
  expect(worker.compute("none", {}, { resources: { R: 0 } })).toEqual(["execute none run 1 on []"]);
  worker.free("x");
  // Less is asked for now; what runs has what it has.
  worker.compute("x", {}, { resources: {} });
  worker.free("x");
  expect(worker.lose("x")).toEqual(["execute y run 1 on []"]);
  expect(worker.secede("y")).toEqual(["long-running y run 1"]);
  expect(worker.compute("z", {}, { resources: { R: 1 } })).toEqual([]);
  expect(worker.fail("y")).toEqual(["task-erred y run 1", "execute z run 1 on []"]);
});

test("what waits for a task that fails is searched for elsewhere", () => {
  const worker = new TestWorker();
  worker.compute("x");
  worker.tell({ op: "update-data", values: values("m") });
  worker.compute("d", { m: [A] }, { priority: [5] });
  // m is computed here again while d waits for it.
  worker.free("m");
  worker.compute("m", {}, { priority: [1] });
  expect(worker.finish("x")).toEqual(["task-finished x run 1", "execute m run 1 on []"]);
  expect(worker.fail("m")).toEqual(["task-erred m run 1"]);
  expect([worker.shown("d"), worker.shown("m")]).toEqual(["waiting", "missing"]);
});

test("what is executing no more does not become long-running", () => {
  const worker = new TestWorker();
  worker.compute("x");
  worker.finish("x");
  expect(worker.secede("x")).toEqual([]);
  expect(worker.secede("unknown")).toEqual([]);
  expect(worker.shown("x")).toBe("memory");
});
