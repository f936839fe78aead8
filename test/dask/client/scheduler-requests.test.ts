import { describe, expect, it } from "vitest";
import { AS_LONG_AS_ALIVE, SchedulerRequests } from "../../../src/dask/client/scheduler-requests.ts";
import type { Bounds } from "../../../src/dask/comm/within.ts";
import { profileOf } from "../../../src/dask/protocol/profile.ts";
import { NoWorkerError, RemoteError } from "../../../src/errors.ts";

class Requests extends SchedulerRequests {
  readonly address = "tcp://host:1";
  readonly id = "me";
  readonly ready: Promise<void> = Promise.resolve();
  readonly asked: [op: string, args: unknown, bounds: Bounds | undefined][] = [];
  readonly waited: string[][] = [];
  readonly profile = profileOf("2026.8.0");
  protected readonly noWorkerTimeout = 10;
  readonly #reply: unknown;

  constructor(reply: unknown) {
    super();
    this.#reply = reply;
  }

  async wait(keys: Iterable<string>): Promise<void> {
    this.waited.push([...keys]);
  }

  async call(op: string, args?: Readonly<Record<string, unknown>>, bounds?: Bounds): Promise<unknown> {
    this.asked.push([op, args, bounds]);
    return this.#reply;
  }
}

describe("requests to the scheduler", () => {
  it("read maps of lists, with keys of all kinds", async () => {
    const requests = new Requests(new Map([[["x", 0], ["tcp://host:2"]]]));
    const [[key, holders] = []] = await requests.whoHas();
    expect(holders).toEqual(["tcp://host:2"]);
    await requests.whoHas([key!, "plain"]);
    expect(requests.asked[1]![1]).toEqual({ keys: [["x", 0], "plain"] });
    expect(await new Requests(new Map([["tcp://host:2", ["plain"]]])).hasWhat()).toEqual(
      new Map([["tcp://host:2", ["plain"]]]),
    );
  });

  it("read the states of tasks", async () => {
    const requests = new Requests(
      new Map<unknown, unknown>([
        ["a", "memory"],
        ["b", null],
      ]),
    );
    expect(await requests.taskStates(["a", "b"])).toEqual(
      new Map([
        ["a", "memory"],
        ["b", null],
      ]),
    );
    expect(requests.asked[0]).toEqual(["get_task_status", { keys: ["a", "b"] }, undefined]);
  });

  it("that move data wait for it first, and take as long as they take", async () => {
    const requests = new Requests(null);
    await requests.replicate(["a"], { n: 2 });
    await requests.rebalance(["b"]);
    await requests.rebalance();
    expect(requests.waited).toEqual([["a"], ["b"]]);
    expect(requests.asked.map(([op, , bounds]) => [op, bounds])).toEqual([
      ["replicate", AS_LONG_AS_ALIVE],
      ["rebalance", AS_LONG_AS_ALIVE],
      ["rebalance", AS_LONG_AS_ALIVE],
    ]);
    expect(requests.asked[0]![1]).toMatchObject({ keys: ["a"], n: 2, workers: null });
  });

  it("say which keys could not be moved", async () => {
    const requests = new Requests(
      new Map<string, unknown>([
        ["status", "partial-fail"],
        ["keys", ["a", "b"]],
      ]),
    );
    const failure = requests.replicate(["a", "b"]);
    await expect(failure).rejects.toBeInstanceOf(RemoteError);
    await expect(failure).rejects.toThrow(
      "replicate at tcp://host:1 was not possible for all keys, such as a, b",
    );
  });

  it("count workers", async () => {
    const requests = new Requests(new Map([["tcp://host:2", 1]]));
    await requests.waitForWorkers(1);
    const failure = requests.waitForWorkers(2);
    await expect(failure).rejects.toBeInstanceOf(NoWorkerError);
    await expect(failure).rejects.toThrow(
      "the scheduler at tcp://host:1 has 1 workers, 2 were waited for, for 10 ms",
    );
  });

  it("retire and restart workers", async () => {
    const requests = new Requests(new Map([["tcp://host:2", new Map()]]));
    expect(await requests.retireWorkers(["tcp://host:2"])).toEqual(["tcp://host:2"]);
    await requests.restart({ timeout: 500 });
    expect(requests.asked.map(([op, args]) => [op, args])).toEqual([
      [
        "retire_workers",
        { workers: ["tcp://host:2"], close_workers: true, remove: true, stimulus_id: expect.any(String) },
      ],
      ["restart", { client: "me", timeout: 0.5, wait_for_workers: true, stimulus_id: expect.any(String) }],
    ]);
  });
});
