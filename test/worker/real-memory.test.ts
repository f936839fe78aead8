import { getHeapStatistics } from "node:v8";
import { describe, expect, it } from "vitest";
import { objectLimit, RealMemory } from "../../src/worker/real-memory.ts";

const MB = 1_000_000;

describe("the memory that is really used", () => {
  it("is freed when values have gone that are too much", () => {
    const real = new RealMemory(MB);
    let gone: Float64Array[] = Array.from({ length: 30 }, () => new Float64Array(MB).fill(1));
    const before = getHeapStatistics().external_memory;
    gone = [];
    real.look(0, 240 * MB + gone.length);
    expect(before - getHeapStatistics().external_memory).toBeGreaterThan(200 * MB);
  });

  it("is pressed while it is far above the limit, and no longer", () => {
    const real = new RealMemory(50 * MB);
    let held = Array.from({ length: 25 }, () => new Float64Array(MB).fill(1));
    real.look(200 * MB, 0);
    expect([real.isPressed, held.length]).toEqual([true, 25]);
    held = [];
    real.look(0, 200 * MB);
    expect(real.isPressed).toBe(false);
  });

  it("is pressed by memory that threads share, of which Node knows nothing", () => {
    const real = new RealMemory(50 * MB);
    real.look(200 * MB, 0);
    expect(real.isPressed).toBe(true);
  });

  it("leaves a part of the heap to other things than values", () => {
    expect(objectLimit()).toBeLessThan(0.8 * getHeapStatistics().heap_size_limit);
    expect(objectLimit()).toBeGreaterThan(0.5 * getHeapStatistics().heap_size_limit);
  });
});
