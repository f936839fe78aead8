import { describe, expect, it } from "vitest";
import { NdArray } from "../../../src/dask/pickle/numpy.ts";
import { PyGlobal, PyObject } from "../../../src/dask/pickle/objects.ts";
import { unpickle } from "../../../src/dask/pickle/reader.ts";
import { typeOfValue } from "../../../src/dask/protocol/type-of-value.ts";

class Own {}

describe("typeOfValue", () => {
  it.each([
    [1, "int", "builtins.int"],
    [1.5, "float", "builtins.float"],
    [2 ** 60, "float", "builtins.float"],
    [1n, "int", "builtins.int"],
    ["x", "str", "builtins.str"],
    [true, "bool", "builtins.bool"],
    [[1], "list", "builtins.list"],
    [{ a: 1 }, "dict", "builtins.dict"],
    [new Map(), "dict", "builtins.dict"],
    [new Set(), "set", "builtins.set"],
    [Buffer.from("x"), "bytes", "builtins.bytes"],
    [new Float64Array(1), "numpy.ndarray", "numpy.ndarray"],
    [new NdArray("|b1", [1], new Uint8Array(1)), "numpy.ndarray", "numpy.ndarray"],
    [new Own(), "object", "builtins.object"],
    [() => 1, "object", "builtins.object"],
  ])("of %o is %s", (value, name, path) => {
    const type = typeOfValue(value);
    expect([type.name, (unpickle(type.pickle) as PyGlobal).path]).toEqual([name, path]);
    expect(typeOfValue(value)).toBe(type);
  });

  it("of nothing is the type of None", () => {
    const { name, pickle } = typeOfValue(undefined);
    expect(name).toBe("NoneType");
    expect(unpickle(pickle)).toEqual(new PyObject(new PyGlobal("builtins", "type"), [null]));
    expect(typeOfValue(null)).toBe(typeOfValue(undefined));
  });
});
