import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { Monitor } from "../../../src/dask/worker/monitor.ts";

it("samples what the scheduler's pages show", async () => {
  const monitor = new Monitor();
  try {
    const busyUntil = performance.now() + 50;
    while (performance.now() < busyUntil);
    await delay(50);
    const sample = monitor.sample();
    expect(sample.cpu).toBeGreaterThan(1);
    expect(sample.memory).toBeGreaterThan(10e6);
    expect(Math.abs(sample.time - Date.now() / 1000)).toBeLessThan(5);
    expect(sample.event_loop_interval).toBeGreaterThan(0.001);
    expect(sample.host_net_io.read_bps).toBeGreaterThanOrEqual(0);
    expect(sample.host_net_io.write_bps).toBeGreaterThanOrEqual(0);
    if (process.platform === "linux") expect(sample.num_fds).toBeGreaterThan(2);
  } finally {
    monitor.close();
  }
});

it("has rates also where no time has passed", () => {
  const monitor = new Monitor();
  try {
    for (const sample of [monitor.sample(), monitor.sample()]) {
      expect(Number.isFinite(sample.cpu)).toBe(true);
      expect(Number.isFinite(sample.host_net_io.read_bps)).toBe(true);
      expect(Number.isFinite(sample.event_loop_interval)).toBe(true);
    }
  } finally {
    monitor.close();
  }
});
