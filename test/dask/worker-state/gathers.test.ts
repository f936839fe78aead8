import { describe, expect, test } from "vitest";
import { Gathers } from "../../../src/dask/worker-state/gathers.ts";
import { newTask, type Task } from "../../../src/dask/worker-state/task-state.ts";
import { A, B, OWN } from "../../support/dask-worker-state.ts";

const NEAR = "tcp://h0:9";

/** A task to be fetched from these peers. */
function wanted(
  gathers: Gathers<Task<string>>,
  key: string,
  peers: readonly string[],
  { priority = 0, nbytes = 1 } = {},
): Task<string> {
  const task = newTask<string>(key);
  Object.assign(task, { priority: [priority], nbytes });
  gathers.setHolders(task, peers, false);
  gathers.queue(task);
  return task;
}

function next(gathers: Gathers<Task<string>>): [string, string[]] | undefined {
  const gather = gathers.next();
  return gather === undefined ? undefined : [gather.peer, gather.tasks.map(({ key }) => key)];
}

describe("who is asked", () => {
  test("who has what is needed first; of equals who is near; of equals who has most", () => {
    const gathers = new Gathers<Task<string>>(OWN);
    wanted(gathers, "later", [NEAR], { priority: 2 });
    wanted(gathers, "urgent", [B]);
    expect(next(gathers)).toEqual([B, ["urgent"]]);
    expect(next(gathers)).toEqual([NEAR, ["later"]]);

    const others = new Gathers<Task<string>>(OWN);
    wanted(others, "x", [A, NEAR]);
    expect(next(others)).toEqual([NEAR, ["x"]]);

    const third = new Gathers<Task<string>>(OWN);
    wanted(third, "x", [A, B]);
    wanted(third, "y", [B], { priority: 1 });
    expect(next(third)).toEqual([B, ["x", "y"]]);
    expect(next(third)).toBeUndefined();
  });

  test("never the worker itself, nor twice at once, nor who is busy", () => {
    const gathers = new Gathers<Task<string>>(OWN);
    const own = wanted(gathers, "own", [OWN]);
    expect(own.holders.size).toBe(0);
    wanted(gathers, "x", [A]);
    expect(next(gathers)).toEqual([A, ["x"]]);
    wanted(gathers, "y", [A]);
    expect(next(gathers)).toBeUndefined();
    expect(gathers.done(A)?.map(({ key }) => key)).toEqual(["x"]);
    expect(gathers.done(A)).toBeUndefined();
    gathers.setBusy(A);
    expect(next(gathers)).toBeUndefined();
    gathers.unsetBusy(A);
    expect(next(gathers)).toEqual([A, ["y"]]);
    expect(gathers.countTotal).toBe(2);
  });
});

describe("limits", () => {
  test("50 MB per message, and a larger value alone", () => {
    const gathers = new Gathers<Task<string>>(OWN);
    wanted(gathers, "large", [A], { nbytes: 60e6 });
    wanted(gathers, "a", [A], { priority: 1, nbytes: 30e6 });
    wanted(gathers, "b", [A], { priority: 2, nbytes: 20e6 });
    wanted(gathers, "c", [A], { priority: 3, nbytes: 1 });
    expect(next(gathers)).toEqual([A, ["large"]]);
    gathers.done(A);
    expect(next(gathers)).toEqual([A, ["a", "b"]]);
    gathers.done(A);
    expect(next(gathers)).toEqual([A, ["c"]]);
  });

  test("10 peers", () => {
    const gathers = new Gathers<Task<string>>(OWN);
    for (let i = 0; i < 12; i++) wanted(gathers, `k${i}`, [`tcp://p:${i}`]);
    while (gathers.next() !== undefined);
    expect(gathers.count).toBe(10);
    gathers.done("tcp://p:3");
    expect(next(gathers)).toEqual(["tcp://p:10", ["k10"]]);
  });

  test("bytes on their way; a larger value comes when nothing else does", () => {
    const gathers = new Gathers<Task<string>>(OWN, { bytes: 100 });
    wanted(gathers, "a", [A], { nbytes: 60 });
    wanted(gathers, "b", [B], { priority: 1, nbytes: 160 });
    expect(next(gathers)).toEqual([A, ["a"]]);
    expect(gathers.bytes).toBe(60);
    expect(next(gathers)).toBeUndefined();
    gathers.done(A);
    expect(next(gathers)).toEqual([B, ["b"]]);
  });
});

describe("holders", () => {
  test("are replaced, with places in queues", () => {
    const gathers = new Gathers<Task<string>>(OWN);
    const task = wanted(gathers, "x", [A]);
    gathers.setHolders(task, [B], true);
    expect([...task.holders]).toEqual([B]);
    expect([gathers.isHeldBy(A, task), gathers.isHeldBy(B, task)]).toEqual([false, true]);
    expect([gathers.isQueuedAt(A, task), gathers.isQueuedAt(B, task)]).toEqual([false, true]);
    expect(gathers.sizes).toEqual({ queued: 1, held: 1 });
    gathers.clearHolders(task);
    expect(gathers.sizes).toEqual({ queued: 0, held: 0 });
  });

  test("that are gone have nothing", () => {
    const gathers = new Gathers<Task<string>>(OWN);
    const task = wanted(gathers, "x", [A, B]);
    gathers.setBusy(A);
    expect(gathers.hasBusyHoldersOnly(task)).toBe(false);
    expect(gathers.removePeer(B)).toEqual([task]);
    expect(gathers.hasBusyHoldersOnly(task)).toBe(true);
    expect([...task.holders]).toEqual([A]);
  });
});
