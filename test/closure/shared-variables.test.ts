import { describe, expect, it } from "vitest";
import { moved, thread } from "./travel.ts";

let total = 0;
const account = {
  add: () => {
    total += 1;
  },
  read: () => total,
};

describe("variables that are assigned to", () => {
  it("are refused in the function itself", () => {
    let result = 0;
    const attempt = () =>
      thread().capture(() => {
        result = 1;
      });
    expect(attempt).toThrow(/captures `result`\n.*assigns/);
    expect(attempt).toThrow("return the new value instead");
    expect(() => thread().capture(() => total++)).toThrow("captures `total`");
    expect(result).toBe(0);
  });

  it("of a module are shared by all functions that use them", async () => {
    const run = await moved(() => {
      account.add();
      account.add();
      return account.read();
    });
    expect([run(), run(), total]).toEqual([2, 4, 0]);
  });

  it("of a function may be used by one function only", async () => {
    let made: object | undefined;
    const once = () => {
      made ??= {};
      return made;
    };
    expect((await moved(() => new Set([once(), once()]).size === 1))()).toBe(true);
    const make = () => {
      let n = 0;
      return { inc: () => ++n, get: () => n };
    };
    const pair = make();
    expect(() => thread().capture(() => [pair.inc(), pair.get()])).toThrow(
      /captures `n`\n.*several functions/,
    );
  });
});
