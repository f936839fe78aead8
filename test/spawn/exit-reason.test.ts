import { describe, expect, it } from "vitest";
import { describeExit, outOfMemoryError } from "../../src/spawn/exit-reason.ts";

describe("describeExit", () => {
  it.each([
    [{ code: 3, signal: null, error: undefined }, "exited with code 3"],
    [{ code: null, signal: "SIGKILL", error: undefined }, "was ended by SIGKILL"],
    [{ code: 1, signal: null, error: new RangeError("oh") }, "ended with an error: oh"],
    [
      { code: 1, signal: null, error: Object.assign(new Error("x"), { code: "ERR_WORKER_OUT_OF_MEMORY" }) },
      "ran out of memory",
    ],
  ])("says of %j: %s", (reason, text) => {
    expect(describeExit(reason)).toBe(text);
  });
});

// What Node really writes: processes.test.ts.
describe("outOfMemoryError", () => {
  it("is about last words that say so", () => {
    expect(outOfMemoryError("FATAL ERROR: Reached heap limit Allocation failed")).toMatchObject({
      code: "ERR_WORKER_OUT_OF_MEMORY",
    });
    expect(outOfMemoryError("TypeError: x is not a function")).toBeUndefined();
  });
});
