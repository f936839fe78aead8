import { describe, expect, it } from "vitest";
import { isIndex, namedKeysOf } from "../../src/closure/named-keys.ts";

describe("named keys", () => {
  it.each([3, 5_000])("are those besides %d elements and length", (elements) => {
    const symbol = Symbol.for("s");
    const array = Object.assign(new Array(elements).fill(0), { extra: 1, "01": 2, [symbol]: 3 });
    expect(namedKeysOf(array, elements)).toEqual(["extra", "01", symbol]);
    expect(namedKeysOf(new Float32Array(elements), elements)).toEqual([]);
  });

  it("are no indices", () => {
    expect(["0", "10", "01", "-1", "1.5", ""].map(isIndex)).toEqual([true, true, false, false, false, false]);
  });
});
