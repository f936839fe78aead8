import { describe, expect, it } from "vitest";
import { AwaitedResult, Deferred } from "../../src/nodes/result.ts";

describe("Deferred", () => {
  it("is settled from outside", async () => {
    const good = new Deferred<number>();
    good.resolve(1);
    expect(await good.promise).toBe(1);
    const bad = new Deferred<number>();
    bad.reject(new Error("broken"));
    await expect(bad.promise).rejects.toThrow("broken");
  });

  it("may be rejected with nobody listening", async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", listen);
    try {
      new Deferred().reject(new Error("nobody reads this"));
      // Unhandled rejections are reported before the event loop goes on.
      await new Promise(setImmediate);
      expect(unhandled).toEqual([]);
    } finally {
      process.off("unhandledRejection", listen);
    }
  });
});

describe("AwaitedResult", () => {
  it("is not ready, and gives everybody the same promise", async () => {
    const result = new AwaitedResult();
    expect(result.isReady()).toBe(false);
    const [one, other] = [result.fetch(), result.fetch()];
    result.deferred.resolve(5);
    expect(await Promise.all([one, other])).toEqual([5, 5]);
  });

  it("has nothing to release", () => {
    expect(new AwaitedResult().release()).toBeUndefined();
  });
});
