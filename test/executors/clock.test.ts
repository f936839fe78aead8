import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/executors/clock.ts";

describe("systemClock", () => {
  it("goes on", async () => {
    const before = systemClock.now();
    await new Promise<void>((resolve) => systemClock.setTimeout(resolve, 1));
    expect(systemClock.now()).toBeGreaterThan(before);
  });

  it("forgets timers that are cleared, and takes undefined for none", async () => {
    let fired = false;
    const timer = systemClock.setTimeout(() => {
      fired = true;
    }, 1);
    systemClock.clearTimeout(timer);
    systemClock.clearTimeout(undefined);
    // A timer of the same length that was set later fires later.
    await new Promise<void>((resolve) => systemClock.setTimeout(resolve, 1));
    expect(fired).toBe(false);
  });
});
