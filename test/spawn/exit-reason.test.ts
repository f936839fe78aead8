import { execFile } from "node:child_process";
import { describe, expect, it } from "vitest";
import { describeExit, outOfMemoryError, uncaughtError } from "../../src/spawn/exit-reason.ts";

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

describe("uncaughtError", () => {
  /** What Node writes about the end of this program. */
  const lastWordsOf = (program: string) =>
    new Promise<string>((resolve) => {
      execFile(process.execPath, ["-e", program], (_, __, stderr) => resolve(stderr));
    });

  it.each([
    ["throw new RangeError('oh no')", /^RangeError: oh no$/],
    ["setTimeout(() => { throw new RangeError('two\\nlines') })", /^RangeError: two\nlines$/],
    ["throw Object.assign(new Error('with'), { field: 1 })", /^Error: with$/],
    ["Promise.reject(new TypeError('left alone'))", /^TypeError: left alone$/],
    ["Promise.reject(5)", /UnhandledPromiseRejection.*5/],
    ["throw 'a text'", /^a text$/],
  ])("is found in what %s leaves", async (program, message) => {
    const error = uncaughtError(await lastWordsOf(program));
    expect(error?.message).toMatch(message);
  });

  it("is not made of what a program writes by itself", async () => {
    expect(
      uncaughtError(await lastWordsOf("console.error(new RangeError('oh')); process.exit(1)")),
    ).toBeUndefined();
  });
});
