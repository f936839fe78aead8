import { describe, expect, it } from "vitest";
import { childrenOf, descendants, isStrict, namesIn, parsed } from "../../src/closure/syntax.ts";

describe("syntax", () => {
  it("is undefined for what is not understood", () => {
    expect(parsed("a b", "script")).toBeUndefined();
    expect(parsed("await x", "module")).toBeDefined();
    expect(parsed("await x", "script")).toBeUndefined();
  });

  it("has children in the order of the text", () => {
    const program = parsed("f(a, [b, , c])", "script")!;
    const names = [...descendants(program)].flatMap((one) => (one.type === "Identifier" ? one.name : []));
    expect(names).toEqual(["f", "a", "b", "c"]);
    expect(childrenOf(program).map(({ type }) => type)).toEqual(["ExpressionStatement"]);
  });

  it("knows the names in patterns", () => {
    const [statement] = parsed("const { a, x: [b, , ...c] = [], ...d } = 1", "script")!.body;
    const pattern = statement?.type === "VariableDeclaration" ? statement.declarations[0]!.id : null;
    expect(namesIn(pattern)).toEqual(["a", "b", "c", "d"]);
  });

  it("knows the directive of strict code", () => {
    expect(isStrict(parsed("'other'; 'use strict'; f()", "script")!.body)).toBe(true);
    expect(isStrict(parsed("f(); 'use strict'", "script")!.body)).toBe(false);
  });
});
