import { ManualClock } from "dispatch-graph/testing";
import { describe, expect, it } from "vitest";

describe("ManualClock", () => {
  it("stands still until it is told to go on", () => {
    const clock = new ManualClock();
    const before = clock.now();
    clock.setTimeout(() => {}, 5);
    expect(clock.now()).toBe(before);
    clock.advance(3);
    expect(clock.now()).toBe(before + 3);
    expect(clock.pending).toBe(1);
  });

  it("fires timers in the order of their times, each at its time", () => {
    const clock = new ManualClock();
    const fired: [string, number][] = [];
    const set = (name: string, wait: number) => clock.setTimeout(() => fired.push([name, clock.now()]), wait);
    set("late", 20);
    set("early", 10);
    set("after late", 20);
    set("too late", 31);
    const cleared = set("cleared", 15);
    clock.clearTimeout(cleared);
    clock.advance(30);
    expect(fired).toEqual([
      ["early", 10],
      ["late", 20],
      ["after late", 20],
    ]);
    expect(clock.pending).toBe(1);
    expect(clock.now()).toBe(30);
  });

  it("fires timers that were set by timers", () => {
    const clock = new ManualClock();
    const fired: number[] = [];
    const again = (): void => {
      fired.push(clock.now());
      if (fired.length < 3) clock.setTimeout(again, 10);
    };
    clock.setTimeout(again, 10);
    clock.advance(100);
    expect(fired).toEqual([10, 20, 30]);
  });

  it("waits for a timer, and goes to it", async () => {
    const clock = new ManualClock();
    let fired = false;
    const next = clock.next();
    clock.setTimeout(() => {
      fired = true;
    }, 7);
    expect(fired).toBe(false);
    expect(await next).toBe(7);
    expect(fired).toBe(true);
  });

  it("goes from timer to timer until a promise settles", async () => {
    const clock = new ManualClock();
    const wait = (milliseconds: number) =>
      new Promise<void>((resolve) => clock.setTimeout(resolve, milliseconds));
    const work = async (): Promise<string> => {
      for (let i = 0; i < 5; i++) await wait(10);
      return "done";
    };
    expect(await clock.until(work())).toBe("done");
    expect(clock.now()).toBe(50);
    await expect(clock.until(Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await clock.until(Promise.resolve(1))).toBe(1);
  });

  it.each([-1, Number.NaN, Infinity, 2 ** 31])("refuses a wait of %s", (wait) => {
    expect(() => new ManualClock().setTimeout(() => {}, wait)).toThrow(RangeError);
  });
});
