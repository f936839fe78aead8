import { describe, expect, it } from "vitest";
import { FunctionReader, type Written } from "../../src/closure/reading.ts";
import type { AnyFunction } from "../../src/task.ts";

const reader = new FunctionReader();
const read = (fn: AnyFunction) => reader.read(fn, reader.natureOf(fn) as Written);

describe("a reader of functions", () => {
  it("tells native, bound and written functions apart", () => {
    expect(reader.natureOf(Math.max).kind).toBe("native");
    expect(reader.natureOf(Math.max.bind(null)).kind).toBe("bound");
    expect(reader.natureOf(() => 1)).toMatchObject({ kind: "written", url: import.meta.url });
  });

  it("has one code for all functions of a place", () => {
    const make = (n: number) => () => n;
    const [one, two] = [read(make(1)), read(make(2))];
    expect(one.code).toBe(two.code);
    expect(one.code).toMatchObject({ parameters: ["n"], strict: true, url: import.meta.url });
    expect(two.variables).toMatchObject([{ kind: "value", name: "n", value: 2, isConstant: true }]);
  });

  it("takes what other modules of the user export by value, and only that", () => {
    const fn = () => FunctionReader;
    const [variable] = read(fn).variables;
    expect(variable).toMatchObject({
      kind: "members",
      members: [["FunctionReader", { name: "FunctionReader" }]],
    });
  });

  it("knows code that was never in a file", () => {
    const fn = new Function("a", "return a + this") as AnyFunction;
    expect(read(fn).code).toMatchObject({ url: "", strict: false, parameters: [] });
  });

  it("has a cell for a variable of the module that is assigned to", () => {
    expect(read(() => counter).variables).toMatchObject([{ kind: "cell", variable: "counter", value: 1 }]);
  });

  it("sees that a function's name is another's now", () => {
    // biome-ignore lint/suspicious/noFunctionAssign: this is what is tested
    function again(): unknown {
      return again;
    }
    expect(read(again).variables).toEqual([]);
    const original = again;
    // @ts-expect-error: functions are not meant to be assigned to
    again = () => 1;
    expect(read(original).variables).toMatchObject([{ kind: "value", value: again }]);
  });
});

let counter = 0;
counter++;
