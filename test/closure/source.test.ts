import { describe, expect, it } from "vitest";
import { Script } from "../../src/closure/source.ts";

function script(source: string, line = 0, column = 0): Script {
  const one = new Script("file:///a.js", false, line, column);
  one.setSource(source);
  return one;
}

describe("a script", () => {
  it("finds where a function begins, given a position inside", () => {
    const one = script("f();\n  const g = async (x) => x;\n");
    expect(one.startOf("async (x) => x", 1, 18)).toEqual({ line: 1, column: 12 });
  });

  it("may begin in the middle of a file", () => {
    const one = script("() => 1", 3, 10);
    expect(one.startOf("() => 1", 3, 10)).toEqual({ line: 3, column: 10 });
  });

  it("keeps to the given position if the text is not there", () => {
    expect(script("other").startOf("() => 1", 0, 2)).toEqual({ line: 0, column: 2 });
  });

  it("tells declarations from expressions", () => {
    const text = "function f() {}";
    const isDeclaration = (before: string) =>
      script(before + text).isDeclaration(text, 0, before.length + 10);
    expect(["", "x; ", "{", "export default ", "async "].map(isDeclaration)).not.toContain(false);
    expect(["x = ", "(", "return ", "a, ", "void "].map(isDeclaration)).not.toContain(true);
  });
});
