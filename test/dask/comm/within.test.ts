import { describe, expect, it } from "vitest";
import { within } from "../../../src/dask/comm/within.ts";

const late = (milliseconds: number): Error => new Error(`late after ${milliseconds}`);
const never = new Promise<string>(() => {});

describe("within", () => {
  it("is what the work comes to", async () => {
    expect(await within(Promise.resolve("done"), { timeout: 1e9 }, late)).toBe("done");
    await expect(within(Promise.reject(new Error("bad")), { timeout: 1000 }, late)).rejects.toThrow("bad");
  });

  it("ends when the time is up, and says so to its owner", async () => {
    const given: Error[] = [];
    const waiting = within(never, { timeout: 1 }, late, (error) => given.push(error));
    await expect(waiting).rejects.toThrow("late after 1");
    expect(given).toEqual([new Error("late after 1")]);
  });

  it("ends when the signal is aborted, also beforehand", async () => {
    const controller = new AbortController();
    const waiting = within(never, { signal: controller.signal }, late);
    controller.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await expect(within(never, { signal: controller.signal }, late)).rejects.toThrow("enough");
  });

  it("looks at what has come in time, if this thread was busy", async () => {
    const arrived = new Promise<string>((resolve) => {
      setImmediate(() => resolve("in time"));
    });
    const waiting = within(arrived, { timeout: 1 }, late);
    const end = performance.now() + 20;
    while (performance.now() < end);
    expect(await waiting).toBe("in time");
  });

  it("leaves the signal alone afterwards", async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    signal.addEventListener = () => listeners++;
    signal.removeEventListener = () => listeners--;
    await within(Promise.resolve(1), { signal }, late);
    expect(listeners).toBe(0);
  });
});
