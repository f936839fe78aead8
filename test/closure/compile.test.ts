import { describe, expect, it } from "vitest";
import { CompiledCode, compiledFrom } from "../../src/closure/compile.ts";
import type { Code } from "../../src/closure/recipe.ts";

const code = (rest: Partial<Code>): Code => ({
  kind: "code",
  text: "(x => x + a)",
  start: 1,
  held: false,
  strict: true,
  parameters: ["a"],
  url: "file:///user/code.js",
  line: 4,
  column: 6,
  ...rest,
});

describe("compiled code", () => {
  it("has the captured values", () => {
    const [fn] = new CompiledCode(code({})).make([2], []);
    expect((fn as (x: number) => number)(1)).toBe(3);
  });

  it("can be given values later", () => {
    const [fn, [set]] = new CompiledCode(code({})).make([undefined], [0]);
    set!(5);
    expect((fn as (x: number) => number)(1)).toBe(6);
  });

  it("takes a method out of its object", () => {
    const [fn] = new CompiledCode(code({ text: "({get b() { return a }})", start: 2, held: true })).make(
      [2],
      [],
    );
    expect((fn as () => number)()).toBe(2);
  });

  it("is strict or not, as it was", () => {
    const text = "(function () { return this })";
    const make = (strict: boolean) =>
      new CompiledCode(code({ text, strict, parameters: [] })).make([], [])[0];
    expect((make(true) as () => unknown)()).toBeUndefined();
    expect((make(false) as () => unknown)()).toBe(globalThis);
  });

  it("throws at the place where the text stood", () => {
    const text = "(() => {\n throw new Error() })";
    const stackOf = (rest: Partial<Code>): string => {
      const [fn] = new CompiledCode(code(rest)).make([1], []);
      try {
        (fn as () => void)();
      } catch (error) {
        return (error as Error).stack ?? "";
      }
      return "";
    };
    expect(stackOf({ text })).toContain("file:///user/code.js:6:8");
    expect(stackOf({ text, line: 0, column: 0 })).toContain("file:///user/code.js:2:8");
    expect(stackOf({ text: "(() => { throw new Error() })" })).toContain("file:///user/code.js:5:21");
  });

  it("says where it comes from", () => {
    const source = "/*dispatch-graph strict file:///a%20b.js*/(function(){})";
    expect(compiledFrom(source)).toEqual({ url: "file:///a b.js", strict: true });
    expect(compiledFrom("(function(){})")).toBeUndefined();
  });
});
