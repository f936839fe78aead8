import { describe as describeValue } from "dispatch-graph";
import { describe, expect, it } from "vitest";

describe("describe", () => {
  it.each([
    ["a number", 7, { type: "number" }],
    ["null", null, { type: "null" }],
    ["a text", "abc", { type: "string", length: 3 }],
    ["an array", [1, 2], { type: "Array", length: 2 }],
    ["a Map", new Map([[1, 2]]), { type: "Map", length: 1 }],
    ["memory", new ArrayBuffer(16), { type: "ArrayBuffer", length: 16 }],
    ["a DataView", new DataView(new ArrayBuffer(4)), { type: "DataView", length: 4 }],
    ["numbers", new Float64Array(5), { type: "Float64Array", length: 5, dtype: "float64", shape: [5] }],
    ["bytes", Buffer.alloc(3), { type: "Buffer", length: 3, dtype: "uint8", shape: [3] }],
    [
      "clamped bytes",
      new Uint8ClampedArray(2),
      { type: "Uint8ClampedArray", length: 2, dtype: "uint8", shape: [2] },
    ],
    ["bigints", new BigInt64Array(2), { type: "BigInt64Array", length: 2, dtype: "int64", shape: [2] }],
    [
      "what says so itself",
      { shape: [2, 3], dtype: "float32", data: [] },
      { type: "Object", dtype: "float32", shape: [2, 3] },
    ],
    ["what says something else", { shape: "round", dtype: 5, length: -1 }, { type: "Object" }],
  ])("says what is known of %s", (_, value, known) => {
    const { bytes, ...rest } = describeValue(value);
    expect(rest).toEqual(known);
    expect(bytes).toBeGreaterThan(0);
  });

  it("takes the size that is known already", () => {
    expect(describeValue("abc", 99).bytes).toBe(99);
  });

  it("runs no getters, and survives what resists", () => {
    let ran = false;
    const value = Object.defineProperty({}, "shape", {
      get: () => {
        ran = true;
      },
    });
    expect(describeValue(value).type).toBe("Object");
    expect(ran).toBe(false);
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(describeValue(proxy).type).toBe("object");
  });
});
