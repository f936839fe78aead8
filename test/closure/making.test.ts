import { describe, expect, it } from "vitest";
import type { CompiledCode } from "../../src/closure/compile.ts";
import { Making, type Surroundings } from "../../src/closure/making.ts";
import type { RecipeNode } from "../../src/closure/recipe.ts";

/** Makes what has neither functions nor definitions. */
function make(nodes: readonly RecipeNode[], at = nodes.length - 1): unknown {
  const later: (() => void)[] = [];
  const surroundings: Surroundings = {
    find: () => undefined,
    code: () => undefined as unknown as CompiledCode,
    later: (body) => later.push(body),
  };
  const making = new Making({ kind: "value", nodes, root: { at } }, surroundings);
  making.run();
  for (let body = later.shift(); body !== undefined; body = later.shift()) body();
  return making.result;
}

const none = { plain: [], special: undefined, level: 0 };

describe("the making of a recipe", () => {
  it("goes through the nodes in their order", () => {
    const nodes: RecipeNode[] = [
      { kind: "object", prototype: undefined, own: { ...none, plain: ["a", 1] } },
      { kind: "map", prototype: undefined, entries: ["key", { at: 0 }], own: undefined },
    ];
    expect(make(nodes)).toEqual(new Map([["key", { a: 1 }]]));
  });

  it("closes cycles at the end, in the order of the keys", () => {
    const nodes: RecipeNode[] = [
      {
        kind: "object",
        prototype: undefined,
        own: { ...none, plain: ["next", { at: 1 }, "last", 1], level: 3 },
      },
      { kind: "set", prototype: undefined, entries: [{ at: 0 }, { at: 1 }], own: undefined },
    ];
    const [first, own] = make(nodes) as Set<object>;
    expect(Object.keys(first!)).toEqual(["next", "last"]);
    expect((first as { next: unknown }).next).toBe(own);
    expect(Object.isFrozen(first)).toBe(true);
  });

  it("can give an object a prototype that comes later", () => {
    const nodes: RecipeNode[] = [
      { kind: "object", prototype: { at: 1 }, own: none },
      { kind: "object", prototype: null, own: { ...none, plain: ["a", { at: 0 }] } },
    ];
    const object = make(nodes, 0) as { a: unknown };
    expect(object.a).toBe(object);
  });

  it("knows only views of the closed table, or of the language", () => {
    const nodes: RecipeNode[] = [
      { kind: "buffer", bytes: new ArrayBuffer(8), own: undefined },
      { kind: "view", type: "NoSuchArray", buffer: { at: 0 }, offset: 0, length: 1, own: undefined },
    ];
    expect(() => make(nodes)).toThrow("no NoSuchArray");
  });
});
