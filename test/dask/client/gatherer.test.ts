import { describe, expect, it } from "vitest";
import { Gatherer } from "../../../src/dask/client/gatherer.ts";
import { SchedulerRequests } from "../../../src/dask/client/scheduler-requests.ts";
import { listen } from "../../../src/dask/comm/listener.ts";
import { serve } from "../../../src/dask/comm/server.ts";
import type { Profile } from "../../../src/dask/protocol/profile.ts";
import { giving, serialized } from "./listening.ts";

/** A scheduler that says who has what, and has some values itself. */
class FakeScheduler extends SchedulerRequests {
  readonly address = "tcp://127.0.0.1:1";
  readonly id = "me";
  readonly ready: Promise<void> = Promise.resolve();
  readonly asked: string[] = [];
  protected readonly noWorkerTimeout = 0;
  readonly #holders: ReadonlyMap<string, readonly string[]>;
  readonly #gather: unknown;

  constructor(holders: Record<string, readonly string[]>, gather: unknown) {
    super();
    this.#holders = new Map(Object.entries(holders));
    this.#gather = gather;
  }

  get profile(): Profile {
    throw new Error("nobody asks for it");
  }

  async wait(): Promise<void> {}

  async call(op: string): Promise<unknown> {
    this.asked.push(op);
    return op === "who_has" ? this.#holders : this.#gather;
  }
}

const given = (...keys: string[]): Map<string, unknown> =>
  new Map<string, unknown>([
    ["status", "OK"],
    ["data", new Map(keys.map((key) => [key, serialized(key)]))],
  ]);

describe("fetching values", () => {
  it("goes through the scheduler where workers cannot be reached, which are left alone then", async () => {
    let connections = 0;
    const handlers = new Map([["get_data", giving(() => new Map([["a", 1]]))]]);
    await using worker = await listen({}, (connection) => {
      connections++;
      void serve(connection, { handlers });
    });
    const gone = await listen({}, () => {});
    await gone.close();
    const lines: string[] = [];
    const scheduler = new FakeScheduler({ a: [worker.address], b: [gone.address] }, given("b"));
    const gatherer = new Gatherer(scheduler, 1000, (line) => lines.push(line));
    for (let i = 0; i < 2; i++)
      expect([...(await gatherer.fetch(["a", "b"], undefined)).keys()]).toEqual(["a", "b"]);
    expect(scheduler.asked).toEqual(["who_has", "gather", "who_has", "gather"]);
    expect(lines).toEqual([
      expect.stringMatching(/^1 results could not be fetched from .*nobody listens there/),
    ]);
    expect(connections).toBe(1);
    await gatherer.close();
  });

  it("does not ask the scheduler for what nobody has, and takes no for an answer", async () => {
    const lost = new FakeScheduler({ a: [] }, undefined);
    const gatherer = new Gatherer(lost, 1000, () => {});
    expect((await gatherer.fetch(["a"], undefined)).size).toBe(0);
    expect(lost.asked).toEqual(["who_has"]);
    await gatherer.close();

    const gone = await listen({}, () => {});
    await gone.close();
    const failed = new FakeScheduler(
      { a: [gone.address] },
      new Map<string, unknown>([
        ["status", "error"],
        ["keys", ["a"]],
      ]),
    );
    const other = new Gatherer(failed, 1000, () => {});
    expect((await other.fetch(["a"], undefined)).size).toBe(0);
    expect(failed.asked).toEqual(["who_has", "gather"]);
    await other.close();
  });
});
