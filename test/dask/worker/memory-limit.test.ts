import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { machineMemory, memoryLimitOf } from "../../../src/dask/worker/memory-limit.ts";

const MACHINE = 16e9;
const share = { threads: 1 };

describe("the memory limit of a worker", () => {
  it.each([
    ["4GB", 4e9],
    ["4 gb", 4e9],
    ["1.5GiB", 1.5 * 2 ** 30],
    ["500 MiB", 500 * 2 ** 20],
    ["123", 123],
    ["7B", 7],
    [5e8, 5e8],
    [1.5, 1],
    // No more than the machine has.
    ["20GB", MACHINE],
    // No limit.
    [0, undefined],
    ["0", undefined],
  ])("%j is %d bytes", (text, bytes) => {
    expect(memoryLimitOf(text, share, MACHINE)).toBe(bytes);
  });

  it.each(["", "lots", "-4GB", "4XB", "GB", "4GB 3", -1, Number.NaN])("%j is none", (text) => {
    expect(() => memoryLimitOf(text, share, MACHINE)).toThrow(RangeError);
  });

  it("is a share of the machine if nothing is said", () => {
    expect(memoryLimitOf("auto", { threads: 1, workersOnMachine: 4 }, MACHINE)).toBe(4e9);
    const cores = availableParallelism();
    expect(memoryLimitOf("auto", { threads: cores }, MACHINE)).toBe(MACHINE);
    expect(memoryLimitOf("auto", { threads: 2 * cores }, MACHINE)).toBe(MACHINE);
    expect(memoryLimitOf("auto", { threads: cores / 2 }, MACHINE)).toBe(MACHINE / 2);
  });

  it("knows what the machine has", () => {
    expect(machineMemory()).toBeGreaterThan(1e8);
    expect(machineMemory()).toBeLessThan(1e15);
  });
});
