import { describe, expect, test } from "vitest";
import { A, B, TestWorker, values } from "../../support/dask-worker-state.ts";

describe("inputs", () => {
  test("are fetched unless they are here, and the task is ready when the last has come", () => {
    const worker = new TestWorker();
    worker.tell({ op: "update-data", values: values("m") });
    expect(worker.compute("x", { m: [A], i: [A], j: [B] })).toEqual([
      `gather [i] from ${A}`,
      `gather [j] from ${B}`,
    ]);
    expect(worker.receive(A, "i")).toEqual(["add-keys [i]"]);
    expect(worker.receive(B, "j")).toEqual(["add-keys [j]", "execute x run 1 on [m,i,j]"]);
  });

  test("that are elsewhere are not computed here any more", () => {
    const worker = new TestWorker();
    worker.compute("i");
    worker.compute("j");
    expect(worker.compute("x", { i: [A], j: [A] }, { priority: [5] })).toEqual([
      "stop i",
      `gather [j] from ${A}`,
    ]);
    expect([worker.shown("i"), worker.shown("j")]).toEqual(["resumed(executing)", "flight"]);
  });

  test("that failed here are fetched from elsewhere", () => {
    const worker = new TestWorker();
    worker.compute("i");
    worker.fail("i");
    expect(worker.compute("x", { i: [A] })).toEqual([`gather [i] from ${A}`]);
  });

  test("stay here when the task is done, and are given up if they are not here", () => {
    const worker = new TestWorker({ limits: { messageBytes: 1 } });
    worker.compute("x", { i: [A], j: [A] });
    worker.receive(A, "i");
    expect(worker.shown("j")).toBe("flight");
    worker.free("x");
    expect([worker.shown("i"), worker.shown("j")]).toEqual(["memory", "cancelled(flight)"]);
  });

  test("of what is computed anew are the new ones", () => {
    const worker = new TestWorker();
    worker.compute("d", { x: [A] });
    worker.compute("x", { i: [B] }, { runId: 2 });
    worker.compute("x", { j: [B] }, { runId: 3 });
    expect(worker.shown("i")).toBeUndefined();
    worker.receive(A);
    expect(worker.receive(B, "j")).toEqual(["add-keys [j]", "execute x run 3 on [j]"]);
  });

  test("of what is resumed are searched for, if another waits for them and nobody has them", () => {
    const worker = new TestWorker({ limits: { peers: 1 } });
    worker.compute("d", { x: [A] });
    worker.compute("e", { i: [B] });
    expect(worker.shown("i")).toBe("fetch");
    worker.compute("x", { i: [] });
    expect([worker.shown("x"), worker.shown("i")]).toEqual(["resumed(flight)", "missing"]);
  });

  test("one of which is itself an input of another survive what happens to that", () => {
    const worker = new TestWorker({ slots: 0 });
    worker.compute("j", { i: [A] });
    worker.tell({ op: "gather-failed", peer: A });
    expect(worker.compute("x", { j: [B], i: [B] })).toEqual([`gather [j,i] from ${B}`]);
  });
});

describe("what is freed", () => {
  test("is forgotten", () => {
    const worker = new TestWorker({ slots: 0 });
    worker.compute("x", { i: [A] });
    worker.free("x");
    worker.receive(A, "i");
    expect(worker.state.tasks.byKey.size).toBe(0);
  });

  test("is searched for if a task here still waits for it", () => {
    const worker = new TestWorker({ slots: 0 });
    worker.tell({ op: "update-data", values: values("m") });
    worker.compute("x", { m: [A] });
    expect(worker.free("m")).toEqual(["release-worker-data m", "drop m"]);
    expect([worker.shown("x"), worker.shown("m")]).toEqual(["waiting", "missing"]);
    worker.free("x");
    expect(worker.state.tasks.byKey.size).toBe(0);
  });

  test("stays known while a running task names it", () => {
    const worker = new TestWorker();
    worker.tell({ op: "update-data", values: values("m") });
    worker.compute("x", { m: [A] });
    worker.free("m");
    expect(worker.shown("m")).toBe("released");
    worker.finish("x");
    expect(worker.shown("m")).toBeUndefined();
  });
});

describe("copies", () => {
  test("come after all tasks of normal priority", () => {
    const worker = new TestWorker({ limits: { peers: 1, messageBytes: 1 } });
    worker.acquire("first", [A]);
    worker.acquire("copy", [A]);
    worker.compute("x", { i: [A] });
    expect(worker.receive(A, "first")).toEqual(["add-keys [first]", `gather [i] from ${A}`]);
    expect(worker.receive(A, "i")).toContain(`gather [copy] from ${A}`);
  });

  test("that nobody has any more are given up", () => {
    const worker = new TestWorker();
    expect(worker.acquire("x", [])).toEqual([]);
    expect(worker.acquire("y", [A])).toEqual([`gather [y] from ${A}`]);
    expect(worker.receive(A)).toEqual([]);
    expect(worker.state.tasks.byKey.size).toBe(0);
    expect(worker.state.wantsFindMissing).toBe(false);
  });

  test("that are here already are not fetched", () => {
    const worker = new TestWorker();
    worker.tell({ op: "update-data", values: values("m") });
    expect(worker.acquire("m", [A])).toEqual([]);
  });

  test("of what is computed here are fetched instead", () => {
    const worker = new TestWorker();
    worker.compute("x");
    worker.compute("y");
    expect(worker.acquire("y", [A])).toEqual([`gather [y] from ${A}`]);
    expect(worker.acquire("x", [A])).toEqual(["stop x"]);
    expect(worker.shown("x")).toBe("resumed(executing)");
  });
});

test("news of holders: what is fetched may be missing, and the other way round", () => {
  const worker = new TestWorker({ limits: { peers: 0 } });
  worker.compute("x", { i: [A] });
  worker.refresh("i", []);
  expect(worker.shown("i")).toBe("missing");
  worker.refresh("i", [B]);
  expect(worker.shown("i")).toBe("fetch");
  expect(worker.refresh("unknown", [B])).toEqual([]);
});

test("an impossible transition tells the story", () => {
  const { tasks } = new TestWorker().state;
  const task = tasks.ensure("x");
  tasks.move(task, "waiting");
  expect(() => tasks.move(task, "flight")).toThrow(
    "x cannot go from waiting to flight (story: released → waiting ())",
  );
});
