import { describe, expect, it } from "vitest";
import { settingsOf, type WorkerOptions } from "../../../src/dask/worker/settings.ts";

const ADDRESS = "tcp://127.0.0.1:8786";

describe("options of a worker", () => {
  it("need not be given", () => {
    expect(settingsOf("127.0.0.1:8786", {})).toMatchObject({
      scheduler: ADDRESS,
      name: undefined,
      threads: 1,
      host: undefined,
      port: 0,
      connectTimeout: 10_000,
      closeTimeout: 10_000,
      quiet: false,
      validate: false,
    });
    expect(settingsOf(ADDRESS, {}).memoryLimit).toBeGreaterThan(0);
  });

  it("are taken", () => {
    const settings = settingsOf(ADDRESS, {
      name: "a",
      threads: 3,
      memoryLimit: "1MB",
      resources: { gpu: 2 },
      port: 4000,
    });
    expect(settings).toMatchObject({ name: "a", threads: 3, memoryLimit: 1e6, port: 4000 });
    expect([...settings.resources]).toEqual([["gpu", 2]]);
    expect(settingsOf(ADDRESS, { memoryLimit: 0 }).memoryLimit).toBeUndefined();
  });

  it.each<[WorkerOptions, string]>([
    [{ threads: 0 }, "threads must be a whole number"],
    [{ threads: 1.5 }, "threads"],
    [{ port: 70_000 }, "port must be a whole number from 0 to 65535, not 70000"],
    [{ memoryLimit: "much" }, "memoryLimit"],
    [{ workersOnMachine: 0 }, "workersOnMachine"],
    [{ resources: { gpu: -1 } }, "the amount of gpu"],
    [{ connectTimeout: -1 }, "connectTimeout"],
    [{ closeTimeout: Number.NaN }, "closeTimeout"],
    [{ nthreads: 1 } as WorkerOptions, 'no option "nthreads"'],
  ])("%j are refused", (options, message) => {
    expect(() => settingsOf(ADDRESS, options)).toThrow(message);
  });

  it("need an address that is one", () => {
    expect(() => settingsOf("nowhere", {})).toThrow('"nowhere" is no address');
  });
});
