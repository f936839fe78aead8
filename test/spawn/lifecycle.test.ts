import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Lifecycle } from "../../src/spawn/lifecycle.ts";
import { WorkerStartError } from "../../src/spawn/worker-start-error.ts";

const REASON = { code: 3, signal: null, error: undefined };

describe("Lifecycle", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("is ready when the worker has joined, and over when it has ended", async () => {
    const life = new Lifecycle('worker "w"', () => {});
    life.joined();
    await life.ready;
    life.ended(REASON);
    expect(await life.exited).toBe(REASON);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is not ready when the worker ends before, with the reason and its last words", async () => {
    const life = new Lifecycle('worker "w"', () => {});
    life.ended(REASON, "SyntaxError: Unexpected token");
    await expect(life.ready).rejects.toThrow(
      new WorkerStartError(
        'worker "w" could not start: it exited with code 3\nSyntaxError: Unexpected token',
      ),
    );
    const cause = new RangeError("bad flag");
    const other = new Lifecycle('worker "w"', () => {});
    other.ended({ code: null, signal: null, error: cause });
    await expect(other.ready).rejects.toMatchObject({ cause, message: expect.stringContaining("bad flag") });
  });

  it("says that the worker was terminated", async () => {
    const life = new Lifecycle('worker "w"', () => {});
    const terminated = life.terminated();
    life.ended({ code: null, signal: "SIGKILL", error: undefined });
    await expect(life.ready).rejects.toThrow(/it was terminated/);
    await terminated;
    expect(vi.getTimerCount()).toBe(0);
  });

  it("ends a worker that takes too long to join", async () => {
    let ends = 0;
    const life = new Lifecycle('worker "w"', () => {
      ends++;
    });
    vi.advanceTimersByTime(30_000);
    await expect(life.ready).rejects.toThrow(/had not joined after 30 s/);
    expect(ends).toBe(1);
  });

  it("may have another limit, and be another error", () => {
    const life = new Lifecycle("it", () => {}, { startLimit: 70_000, StartError: SyntaxError });
    vi.advanceTimersByTime(69_999);
    life.joined();
    const other = new Lifecycle("it", () => {}, { startLimit: 70_000, StartError: SyntaxError });
    vi.advanceTimersByTime(70_000);
    return Promise.all([
      life.ready,
      expect(other.ready).rejects.toThrow(
        new SyntaxError("it could not start: it had not joined after 70 s"),
      ),
    ]);
  });

  it("does not wait for ever for the end, and for pipes", async () => {
    const life = new Lifecycle('worker "w"', () => {});
    life.joined();
    const terminated = life.terminated();
    const drained = life.drained(new Promise(() => {}));
    await vi.advanceTimersByTimeAsync(5000);
    await Promise.all([terminated, drained]);
  });
});
