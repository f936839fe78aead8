import { describe, expect, it } from "vitest";
import { Rebuilder, type Source } from "../../src/closure/rebuild.ts";
import type { Code, Definition } from "../../src/closure/recipe.ts";
import { moved, movedValue, thread } from "./travel.ts";

const code = (id: string, text: string, parameters: string[]): Definition => {
  const recipe: Code = {
    kind: "code",
    text,
    start: 1,
    held: false,
    strict: true,
    parameters,
    url: "",
    line: 0,
    column: 0,
  };
  return { id, recipe, uses: [] };
};

const class_ = (id: string, uses: string, others: readonly string[]): Definition => ({
  id,
  uses: [uses, ...others],
  recipe: {
    kind: "value",
    root: { at: others.length },
    nodes: [
      ...others.map((one) => ({ kind: "definition" as const, id: one, node: undefined })),
      {
        kind: "function",
        code: uses,
        captured: others.map((_, at) => ({ at })),
        name: undefined,
        parent: undefined,
        own: undefined,
        prototype: undefined,
      },
    ],
  },
});

function source(definitions: readonly Definition[]): Source {
  const known = new Map(definitions.map((one) => [one.id, one]));
  return {
    definition: (id) => known.get(id),
    original: () => undefined,
    originalNode: () => undefined,
    onBuilt: () => {},
  };
}

describe("rebuilding", () => {
  const definitions = [
    code("a-code", "(class A { static b() { return B } })", ["B"]),
    code("b-code", "(class B extends dispatchGraph$heritage {})", ["dispatchGraph$heritage"]),
    class_("a", "a-code", ["b"]),
    class_("b", "b-code", ["a"]),
  ];

  it.each(["a", "b"])("begins with %s of two classes of which one extends the other", (first) => {
    const rebuilder = new Rebuilder(source(definitions));
    rebuilder.definition(first);
    const a = rebuilder.definition("a") as { b(): object };
    const b = rebuilder.definition("b") as object;
    expect([Object.getPrototypeOf(b), a.b()]).toEqual([a, b]);
  });

  it("makes a definition once, until it is forgotten", () => {
    const rebuilder = new Rebuilder(source(definitions));
    const before = rebuilder.definition("a");
    expect(rebuilder.definition("a")).toBe(before);
    rebuilder.forget("a");
    expect(rebuilder.definition("a")).not.toBe(before);
  });

  it("lets nobody hand over the buffers that a function has captured", async () => {
    const table = new Float64Array(100_000).fill(1);
    const fn = await moved(() => table);
    const { port1, port2 } = new MessageChannel();
    try {
      port1.postMessage(fn(), [fn().buffer]);
    } catch {
      // Newer versions of Node refuse, older ones copy.
    }
    port1.close();
    port2.close();
    expect(fn()[99_999]).toBe(1);
    const value = await movedValue(table);
    expect(structuredClone(value, { transfer: [value.buffer] })[0]).toBe(1);
    expect(value.length).toBe(0);
  });

  it("fails for what has not been sent", () => {
    expect(() => new Rebuilder(source([])).definition("x")).toThrow("has not been sent");
    expect(() => thread().functionOf("x")).toThrow("has not been sent");
  });
});
