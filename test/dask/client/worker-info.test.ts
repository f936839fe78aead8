import { describe, expect, it } from "vitest";
import { readIdentity } from "../../../src/dask/client/worker-info.ts";

const worker = (fields: Record<string, unknown>): Map<string, unknown> =>
  new Map(
    Object.entries({
      ...{ name: "one", nthreads: 2, memory_limit: 100, status: "running" },
      ...{ resources: new Map([["GPU", 1]]), metrics: new Map([["cpu", 3.5]]), ...fields },
    }),
  );

const identity = (workers: Map<string, unknown>): Map<string, unknown> =>
  new Map<string, unknown>([
    ...Object.entries({ id: "Scheduler-1", address: "tcp://host:1", started: 5.5, type: "Scheduler" }),
    ["services", new Map([["dashboard", 8787]])],
    ["workers", workers],
  ]);

describe("the reply to identity", () => {
  it("is read", () => {
    const info = readIdentity(
      identity(
        new Map([
          ["tcp://host:2", worker({})],
          ["tcp://host:3", worker({ name: 7, memory_limit: null })],
        ]),
      ),
      "2026.8.0",
    );
    expect(info).toMatchObject({ id: "Scheduler-1", release: "2026.8.0", started: 5.5 });
    expect(info.services).toEqual(new Map([["dashboard", 8787]]));
    expect(info.workers).toEqual([
      {
        address: "tcp://host:2",
        ...{ name: "one", threads: 2, memoryLimit: 100, status: "running" },
        ...{ resources: new Map([["GPU", 1]]), metrics: new Map([["cpu", 3.5]]) },
      },
      expect.objectContaining({ address: "tcp://host:3", name: 7, memoryLimit: 0 }),
    ]);
  });

  it("must be what it should be", () => {
    expect(() => readIdentity(null, "")).toThrow("the reply to identity");
    const odd = identity(new Map([["tcp://host:2", worker({ nthreads: "two" })]]));
    expect(() => readIdentity(odd, "")).toThrow(
      /the worker tcp:\/\/host:2 in the reply to identity: nthreads/,
    );
  });
});
