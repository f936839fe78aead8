import { describe, expect, it } from "vitest";
import { amounts, checked, seconds, wholeNumber } from "../../src/cli/values.ts";

describe("values of flags", () => {
  it("may be whole numbers in a range", () => {
    const parse = wholeNumber(1, 10);
    expect([parse("1"), parse("10")]).toEqual([1, 10]);
    for (const text of ["", "0", "11", "-1", "1.5", "1e1", "0x1", " 1", "one"]) {
      expect(() => parse(text), text).toThrow("It must be a whole number from 1 to 10.");
    }
  });

  it("may be seconds", () => {
    expect([seconds("0"), seconds("1.5"), seconds("60s")]).toEqual([0, 1500, 60_000]);
    for (const text of ["", "-1", "1m", "s", "1e3", "."]) {
      expect(() => seconds(text), text).toThrow("It must be a number of seconds.");
    }
  });

  it("may be amounts", () => {
    expect(amounts("GPU=2")).toEqual({ GPU: 2 });
    expect(amounts("GPU=2,LICENCE=0.5 a-b=3")).toEqual({ GPU: 2, LICENCE: 0.5, "a-b": 3 });
    for (const text of ["", "GPU", "GPU=", "=1", "GPU=-1", "GPU=x", "GPU=1=2"]) {
      expect(() => amounts(text), text).toThrow("It must be like GPU=2,LICENCE=1.");
    }
  });

  it("may be what something else checks", () => {
    const parse = checked((text) => {
      if (text === "bad") throw new TypeError("it is bad");
      return text.length;
    });
    expect(parse("good")).toBe(4);
    expect(() => parse("bad")).toThrow(
      expect.objectContaining({ code: "commander.invalidArgument", message: "it is bad" }),
    );
  });
});
