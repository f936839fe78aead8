import { describe, expect, it } from "vitest";
import { levelOf } from "../../src/closure/properties.ts";
import { movedValue } from "./travel.ts";

describe("properties", () => {
  it("keep their order and attributes", async () => {
    const object: Record<PropertyKey, unknown> = { b: 1, a: 2, [Symbol.for("s")]: 3, ["__proto__"]: 4 };
    Object.defineProperty(object, "hidden", {
      value: 5,
      enumerable: false,
      writable: false,
      configurable: true,
    });
    Object.defineProperty(object, "fixed", {
      value: 6,
      enumerable: true,
      writable: true,
      configurable: false,
    });
    const copy = await movedValue(object);
    expect(Object.getOwnPropertyDescriptors(copy)).toEqual(Object.getOwnPropertyDescriptors(object));
    expect(Reflect.ownKeys(copy)).toEqual(Reflect.ownKeys(object));
  });

  it("may be getters and setters", async () => {
    const copy = await movedValue({
      stored: 1,
      get twice() {
        return this.stored * 2;
      },
      set twice(value: number) {
        this.stored = value / 2;
      },
    });
    copy.twice = 10;
    expect([copy.stored, copy.twice]).toEqual([5, 10]);
  });

  it("stay closed as they were", async () => {
    const values = [
      { a: 1 },
      Object.preventExtensions({ a: 1 }),
      Object.seal({ a: 1 }),
      Object.freeze([1, 2]),
    ];
    expect((await movedValue(values)).map(levelOf)).toEqual([0, 1, 2, 3]);
  });

  it("of frozen objects may form cycles", async () => {
    const a: Record<string, unknown> = {};
    const b = Object.freeze({ a });
    a.b = b;
    const copy = await movedValue(Object.freeze(a));
    expect([(copy.b as typeof b).a, Object.isFrozen(copy), Object.isFrozen(copy.b)]).toEqual([
      copy,
      true,
      true,
    ]);
  });
});
