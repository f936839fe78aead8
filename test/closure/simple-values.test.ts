import { describe, expect, it } from "vitest";
import { deserialize, simple } from "../../src/closure/simple-values.ts";

const nothing = (): void => {};

describe("simple values", () => {
  it("belong to the module that they belonged to", () => {
    const url = import.meta.url;
    expect(simple({ kind: "meta", url }, nothing)).toMatchObject({ url, filename: import.meta.filename });
    const require = simple({ kind: "require", url }, nothing) as NodeJS.Require;
    expect(require.resolve("p-graph")).toContain("node_modules");
    expect((simple({ kind: "require", url: "" }, nothing) as NodeJS.Require)("node:fs")).toHaveProperty(
      "readFile",
    );
  });

  it("import as the module that they belonged to", async () => {
    const load = simple({ kind: "import", url: import.meta.url }, nothing) as (
      path: string,
    ) => Promise<object>;
    expect(await load("./modules/work.mjs")).toHaveProperty("double");
  });

  it("are symbols that all threads know", () => {
    expect(simple({ kind: "symbol", key: "iterator", wellKnown: true }, nothing)).toBe(Symbol.iterator);
    expect(simple({ kind: "symbol", key: "a", wellKnown: false }, nothing)).toBe(Symbol.for("a"));
  });

  it("are errors without a stack of their own", () => {
    const error = simple(
      {
        kind: "error",
        prototype: undefined,
        stack: undefined,
        own: { plain: [], special: undefined, level: 0 },
      },
      nothing,
    );
    expect(error).toBeInstanceOf(Error);
    expect(Object.hasOwn(error as Error, "stack")).toBe(false);
  });

  it("are not made by a class that has no way to", () => {
    expect(() => deserialize(class {}, {})).toThrow("dispatch-graph.deserialize");
  });
});
