import { describe, expect, it } from "vitest";
import { shapeOf } from "../../src/closure/shape.ts";

describe("a shape", () => {
  it("holds until something is added to a function", () => {
    const fn = () => {};
    const shape = shapeOf(fn);
    expect(shape.holds(fn)).toBe(true);
    expect(shape.holds(Object.assign(fn, { extra: 1 }))).toBe(false);
  });

  it("holds until a member of a class is replaced", () => {
    class One {
      method() {}
      static member() {}
    }
    const shape = shapeOf(One as never);
    expect(shape.holds(One as never)).toBe(true);
    One.prototype.method = () => {};
    expect(shape.holds(One as never)).toBe(false);
  });
});
