import { expect, it } from "vitest";
import { atMost } from "../../src/spawn/at-most.ts";

it("waits for the promise, or for the limit", async () => {
  await atMost(1_000_000, Promise.resolve());
  await atMost(1, new Promise(() => {}));
  expect(process.getActiveResourcesInfo().filter((one) => one === "Timeout").length).toBeLessThan(5);
});

it("passes on a failure", async () => {
  await expect(atMost(1_000_000, Promise.reject(new Error("no")))).rejects.toThrow("no");
});
