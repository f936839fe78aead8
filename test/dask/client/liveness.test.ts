import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Liveness } from "../../../src/dask/client/liveness.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("signs of life", () => {
  it("are asked for regularly, and one at a time", async () => {
    const answers: (() => void)[] = [];
    const liveness = new Liveness(
      () => new Promise((resolve) => answers.push(resolve)),
      10,
      100,
      () => {},
    );
    expect(answers).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(30);
    expect(answers).toHaveLength(1);
    answers[0]!();
    await vi.advanceTimersByTimeAsync(10);
    expect(answers).toHaveLength(2);
    liveness.stop();
    answers[1]!();
    await vi.advanceTimersByTimeAsync(100);
    expect(answers).toHaveLength(2);
  });

  it("that do not come are missed, once", async () => {
    let silent = 0;
    new Liveness(
      () => new Promise(() => {}),
      10,
      100,
      () => silent++,
    );
    await vi.advanceTimersByTimeAsync(99);
    expect(silent).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(silent).toBe(1);
    await vi.advanceTimersByTimeAsync(1000);
    expect(silent).toBe(1);
  });

  it("count from the last answer, and failed questions are none", async () => {
    let silent = 0;
    let asked = 0;
    const ask = async (): Promise<void> => {
      if (asked++ !== 5) throw new Error("nobody is there");
    };
    new Liveness(ask, 10, 100, () => silent++);
    await vi.advanceTimersByTimeAsync(140);
    expect(silent).toBe(0);
    await vi.advanceTimersByTimeAsync(20);
    expect(silent).toBe(1);
  });

  it("are not missed because this thread was busy", async () => {
    let silent = 0;
    const liveness = new Liveness(
      async () => {},
      10,
      100,
      () => silent++,
    );
    // The clock has gone on, and the timer is due once.
    vi.setSystemTime(Date.now() + 10_000);
    await vi.advanceTimersByTimeAsync(20);
    expect(silent).toBe(0);
    liveness.stop();
  });
});
