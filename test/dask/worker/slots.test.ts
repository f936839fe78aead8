import { describe, expect, it } from "vitest";
import { Slots } from "../../../src/dask/worker/slots.ts";

function followed(slots: Slots, seconds: number, times: number): number {
  for (let i = 0; i < times; i++) slots.took(seconds);
  return slots.count;
}

describe("how many tasks are sent to the threads", () => {
  it("is one for each thread at first, and as long as tasks take their time", () => {
    const slots = new Slots(4);
    expect(slots.count).toBe(4);
    expect(followed(slots, 0.01, 100)).toBe(4);
  });

  it("grows with tiny tasks, up to a bound", () => {
    const slots = new Slots(2);
    expect(followed(slots, 0.0004, 200)).toBe(2 * 4);
    expect(followed(slots, 1e-6, 500)).toBeLessThanOrEqual(2 * 64);
    expect(slots.count).toBeGreaterThan(2 * 16);
    // A clock that goes back does no harm.
    expect(followed(slots, -5, 500)).toBeLessThanOrEqual(2 * 64);
  });

  it("falls at once when one takes long", () => {
    const slots = new Slots(2);
    followed(slots, 1e-5, 500);
    expect(slots.took(1)).toBe(true);
    expect(slots.count).toBe(2);
    expect(slots.took(1)).toBe(false);
  });
});
