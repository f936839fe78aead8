import { describe, expect, test } from "vitest";
import { A, B, OWN, TestWorker, values } from "../../support/dask-worker-state.ts";

/** `x` is on its way, for `d`. */
function flying(): TestWorker {
  const worker = new TestWorker();
  expect(worker.compute("d", { x: [A] })).toEqual([`gather [x] from ${A}`]);
  return worker;
}

function cancelled(): TestWorker {
  const worker = flying();
  worker.free("d");
  expect(worker.shown("x")).toBe("cancelled(flight)");
  return worker;
}

function resumed(): TestWorker {
  const worker = cancelled();
  worker.compute("x", { i: [B] }, { runId: 2 });
  expect(worker.shown("x")).toBe("resumed(flight)");
  return worker;
}

describe("flight", () => {
  test("→ memory", () => {
    const worker = flying();
    expect(worker.receive(A, "x")).toEqual(["add-keys [x]", "execute d run 1 on [x]"]);
  });

  test("→ waiting: resumed", () => {
    const worker = flying();
    worker.compute("x", {}, { runId: 2 });
    expect(worker.shown("x")).toBe("resumed(flight)");
    expect(worker.receive(A, "x")).toEqual(["task-finished x run 2", "execute d run 1 on [x]"]);
  });

  test("what was asked for together is reported together", () => {
    const worker = new TestWorker();
    worker.compute("d", { x: [A], y: [A] });
    expect(worker.receive(A, "x", "y")).toEqual(["add-keys [x,y]", "execute d run 1 on [x,y]"]);
  });

  test("what nobody asked for is dropped", () => {
    expect(flying().receive(A, "x", "z")).toContain("drop z");
  });
});

describe("cancelled(flight)", () => {
  test("→ fetch: on its way again", () => {
    const worker = cancelled();
    expect(worker.acquire("x", [A])).toEqual([]);
    expect(worker.shown("x")).toBe("flight");
    expect(worker.receive(A, "x")).toEqual(["add-keys [x]"]);
  });

  test("→ memory: dropped", () => {
    const worker = cancelled();
    expect(worker.receive(A, "x")).toEqual(["drop x"]);
    expect(worker.shown("x")).toBeUndefined();
  });

  test.each(["gather-failed", "gather-busy"] as const)("%s: forgotten", (op) => {
    const worker = cancelled();
    worker.tell({ op, peer: A });
    expect(worker.shown("x")).toBeUndefined();
  });

  test("not there: forgotten", () => {
    const worker = cancelled();
    expect(worker.receive(A)).toEqual([]);
    expect(worker.shown("x")).toBeUndefined();
  });

  test("while another waits for it: fetched again", () => {
    const worker = flying();
    worker.free("x");
    expect(worker.receive(A, "x")).toEqual(["drop x", `gather [x] from ${A}`]);
  });
});

describe("resumed(flight)", () => {
  test("→ memory: finished, as the scheduler sees it", () => {
    const worker = resumed();
    expect(worker.receive(A, "x")).toEqual(["task-finished x run 2"]);
    expect(worker.shown("i")).toBeUndefined();
  });

  test.each(["gather-failed", "gather-busy"] as const)("%s: computed", (op) => {
    const worker = resumed();
    expect(worker.tell({ op, peer: A })).toContain(`gather [i] from ${B}`);
    expect(worker.receive(B, "i")).toEqual(["add-keys [i]", "execute x run 2 on [i]"]);
  });

  test("not there: computed", () => {
    const worker = resumed();
    expect(worker.receive(A)).toEqual([`gather [i] from ${B}`]);
  });

  test("→ released: cancelled, and its inputs are let go", () => {
    const worker = resumed();
    worker.free("x");
    expect(worker.shown("x")).toBe("cancelled(flight)");
    expect(worker.shown("i")).toBeUndefined();
  });

  test("→ fetch: on its way, and not to be computed", () => {
    const worker = resumed();
    worker.acquire("x", [A]);
    expect(worker.shown("x")).toBe("flight");
    expect(worker.receive(A, "x")).toEqual(["add-keys [x]"]);
  });

  test("is computed even if what needed it is not wanted any more", () => {
    const worker = flying();
    worker.compute("x", {}, { runId: 2 });
    worker.free("d");
    expect(worker.shown("x")).toBe("resumed(flight)");
    expect(worker.tell({ op: "gather-failed", peer: A })).toEqual(["execute x run 2 on []"]);
  });
});

describe("values that are brought", () => {
  test("of what is not known: nobody is told", () => {
    const worker = new TestWorker();
    expect(worker.tell({ op: "update-data", values: values("x", "y") })).toEqual([]);
    expect([worker.shown("x"), worker.state.nbytes]).toEqual(["memory", 2]);
    expect(worker.tell({ op: "update-data", values: values("x") })).toEqual([]);
    expect(worker.state.nbytes).toBe(2);
  });

  test("of what the scheduler may have forgotten: it is told what is here now", () => {
    const worker = new TestWorker();
    worker.compute("y");
    const told = worker.tell({ op: "update-data", values: values("x", "y", "z"), report: true });
    expect(told).toEqual(["drop y", "add-keys [x,z]"]);
    worker.tell({ op: "remove-replicas", keys: ["x", "z"] });
    expect([worker.shown("x"), worker.shown("z")]).toEqual([undefined, undefined]);
  });

  test("of what is to be computed: finished", () => {
    const worker = new TestWorker();
    worker.compute("x", { i: [A] }, { runId: 3 });
    expect(worker.tell({ op: "update-data", values: values("x") })).toEqual(["task-finished x run 3"]);
    expect(worker.receive(A, "i")).toEqual(["drop i"]);
  });

  test("of what runs: dropped, as the run will make it", () => {
    const worker = new TestWorker();
    worker.compute("x");
    expect(worker.tell({ op: "update-data", values: values("x") })).toEqual(["drop x"]);
    expect(worker.finish("x")).toEqual(["task-finished x run 1"]);
  });

  test("of what is on its way: here, and the same again is no news", () => {
    const worker = flying();
    expect(worker.tell({ op: "update-data", values: values("x") })).toEqual([
      "add-keys [x]",
      "execute d run 1 on [x]",
    ]);
    expect(worker.receive(A, "x")).toEqual([]);
    expect(worker.shown("x")).toBe("memory");
  });

  test("of what was on its way, and freed since: what arrives is dropped", () => {
    const worker = flying();
    worker.tell({ op: "update-data", values: values("x") });
    worker.finish("d");
    worker.free("x");
    expect(worker.receive(A, "x")).toEqual(["drop x"]);
  });

  test("of what is resumed: finished", () => {
    const worker = resumed();
    expect(worker.tell({ op: "update-data", values: values("x") })).toEqual(["task-finished x run 2"]);
    expect(worker.receive(A)).toEqual([]);
  });
});

describe("values that are lost", () => {
  test("who was ready waits, and it is searched for", () => {
    const worker = new TestWorker({ slots: 0 });
    worker.tell({ op: "update-data", values: values("m") });
    worker.compute("d", { m: [OWN] });
    expect(worker.shown("d")).toBe("ready");
    expect(worker.tell({ op: "value-lost", key: "m" })).toEqual(["release-worker-data m", "drop m"]);
    expect([worker.shown("d"), worker.shown("m")]).toEqual(["waiting", "missing"]);
    worker.refresh("m", [B]);
    worker.receive(B, "m");
    expect(worker.shown("d")).toBe("ready");
  });

  test("nobody needs it: forgotten; it is not here: nothing", () => {
    const worker = new TestWorker();
    worker.tell({ op: "update-data", values: values("m") });
    worker.tell({ op: "value-lost", key: "m" });
    expect(worker.shown("m")).toBeUndefined();
    expect(worker.tell({ op: "value-lost", key: "m" })).toEqual([]);
  });
});
