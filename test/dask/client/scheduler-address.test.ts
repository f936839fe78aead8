import { afterEach, expect, it, vi } from "vitest";
import { addressOf } from "../../../src/dask/client/scheduler-address.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

it("is a text, or that of a cluster, or that of the environment", () => {
  expect(addressOf("tcp://host:1")).toBe("tcp://host:1");
  expect(addressOf({ address: "tcp://host:2" })).toBe("tcp://host:2");
  vi.stubEnv("DASK_SCHEDULER_ADDRESS", "tcp://host:3");
  expect(addressOf(undefined)).toBe("tcp://host:3");
  vi.stubEnv("DASK_SCHEDULER_ADDRESS", undefined);
  expect(addressOf(undefined)).toBe("tcp://127.0.0.1:8786");
  expect(() => addressOf(5 as never)).toThrow("the address of a scheduler must be a string, got 5");
});
