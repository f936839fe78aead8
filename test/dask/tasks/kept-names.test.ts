import { describe, expect, it } from "vitest";
import { KeptNames } from "../../../src/dask/tasks/kept-names.ts";

describe("names of kept values", () => {
  it("are the same in all threads, until none keeps the value", () => {
    let last = 10;
    const names = new KeptNames(() => ++last);
    expect(names.nameOf("a")).toBe(0);
    expect([names.keep("a"), names.keep("a"), names.keep("b", 5)]).toEqual([11, 11, 5]);
    expect([names.nameOf("a"), names.nameOf("b")]).toEqual([11, 5]);
    names.drop(11);
    expect(names.nameOf("a")).toBe(11);
    names.drop(11);
    names.drop(11);
    expect([names.nameOf("a"), names.nameOf("b")]).toEqual([0, 5]);
    expect(names.keep("a")).toBe(12);
  });
});
