import { describe, expect, test } from "vitest";
import type { Task } from "../../../src/dask/worker-state/task-state.ts";
import { validate } from "../../../src/dask/worker-state/validate.ts";
import { A, OWN, TestWorker, values } from "../../support/dask-worker-state.ts";

/** A worker with a task in about every state. */
function busy(): TestWorker {
  const worker = new TestWorker({ slots: 1, resources: new Map([["R", 1]]), limits: { peers: 1 } });
  worker.tell({ op: "update-data", values: values("memory") });
  worker.compute("executing", { memory: [OWN] }, { resources: { R: 1 } });
  worker.compute("ready", { memory: [OWN] }, { priority: [5] });
  worker.compute("waiting", { flight: [A], missing: [] }, { priority: [6] });
  worker.compute("more", { fetch: [A] }, { priority: [7] });
  return worker;
}

const BREAKS: readonly [string, (worker: TestWorker, of: (key: string) => Task<string>) => void, RegExp][] = [
  ["a key", ({ state }, of) => state.tasks.byKey.set("other", of("ready")), /known as other/],
  ["what was before", (_, of) => Object.assign(of("ready"), { previous: "flight" }), /neither/],
  ["a slot", ({ state }, of) => state.tasks.executing.delete(of("executing")), /slot/],
  ["long-running", ({ state }, of) => state.tasks.longRunning.add(of("ready")), /long-running/],
  ["resources", (_, of) => Object.assign(of("executing"), { held: undefined }), /resources/],
  ["the queue", ({ state }, of) => state.tasks.queue.delete(of("ready")), /place in the queue/],
  ["missing", ({ state }, of) => state.tasks.missing.delete(of("missing")), /being missing/],
  ["a value", (_, of) => Object.assign(of("memory"), { value: undefined }), /value/],
  ["a flight", (_, of) => Object.assign(of("flight"), { comingFrom: undefined }), /flight/],
  ["dependents", (_, of) => of("memory").dependents.delete(of("executing")), /does not know it/],
  ["dependencies", (_, of) => Object.assign(of("ready"), { dependencies: [] }), /does not need it/],
  ["who waits", (_, of) => of("memory").waiters++, /wait for it/],
  ["what is awaited", (_, of) => of("waiting").awaited++, /awaits 3 of 2/],
  ["holders", (_, of) => of("fetch").holders.clear(), /nobody has it/],
  ["oneself", (_, of) => of("fetch").holders.add(OWN), /said to be here/],
  ["a belief", (_, of) => of("fetch").holders.add("tcp://x:1"), /not known to have it/],
  ["bytes", ({ state }) => state.tasks.nbytes++, /bytes/],
  ["a count", ({ state }) => state.tasks.counts.set("ready", 5), /in state ready/],
];

describe("finds out", () => {
  test.each(BREAKS)("%s", (_, breakIt, message) => {
    const worker = busy();
    const { tasks } = worker.state;
    validate(tasks, OWN);
    breakIt(worker, (key) => tasks.byKey.get(key)!);
    expect(() => validate(tasks, OWN)).toThrow(message);
  });
});
