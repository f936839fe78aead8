import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { recipeKey, Uncacheable } from "../../src/cache/recipe-key.ts";
import type { Definition } from "../../src/closure/library.ts";
import type { ModuleReference, RecipeNode, ValueRecipe } from "../../src/closure/recipe.ts";

const recipe = (nodes: readonly RecipeNode[], at = 0): ValueRecipe => ({
  kind: "value",
  nodes,
  root: { at },
});
const object = (at: number): RecipeNode => ({
  kind: "object",
  prototype: undefined,
  own: { plain: ["a", { at }], special: undefined, level: 0 },
});
const date = (time: number): RecipeNode => ({ kind: "date", prototype: undefined, time, own: undefined });
const none = new Map<string, Definition>();
const moduleOf = (reference: Partial<ModuleReference>): RecipeNode => ({
  kind: "module",
  reference: {
    ...{ specifier: "", parent: "", name: "default", members: [], required: false },
    ...{ package: undefined, attributes: undefined, ...reference },
  },
});

describe("recipeKey", () => {
  it("does not depend on the order of nodes, nor on the definition that has them", () => {
    const key = recipeKey(recipe([object(1), date(1)]), none);
    expect(recipeKey(recipe([date(1), object(0)], 1), none)).toBe(key);
    const definition: Definition = { id: "x/1", recipe: recipe([object(1), date(1)]), uses: [] };
    const definitions = new Map([["x/1", definition]]);
    const named: RecipeNode = { kind: "definition", id: "x/1", node: 1 };
    expect(recipeKey(recipe([object(1), named]), definitions)).toBe(key);
    expect(recipeKey(recipe([{ ...named, node: undefined }]), definitions)).toBe(key);
    const twice: Definition = { id: "x/2", recipe: recipe([{ ...named, node: undefined }]), uses: ["x/1"] };
    const named2: RecipeNode = { kind: "definition", id: "x/2", node: undefined };
    expect(recipeKey(recipe([named2]), new Map([...definitions, ["x/2", twice]]))).toBe(key);
    expect(recipeKey(recipe([object(1), date(2)]), none)).not.toBe(key);
  });

  it("tells one object in two places from two objects", () => {
    const pair = (first: number, second: number): RecipeNode => ({
      kind: "array",
      prototype: undefined,
      length: 2,
      items: [{ at: first }, { at: second }],
      own: undefined,
    });
    const one = recipeKey(recipe([pair(1, 1), date(1), date(1)]), none);
    expect(recipeKey(recipe([pair(1, 2), date(1), date(1)]), none)).not.toBe(one);
  });

  it("leaves out where an error was made", () => {
    const error = (stack: string): RecipeNode => ({
      kind: "error",
      prototype: undefined,
      stack,
      own: { plain: ["message", "m"], special: undefined, level: 0 },
    });
    expect(recipeKey(recipe([error("a")]), none)).toBe(recipeKey(recipe([error("b")]), none));
  });

  it("takes packages by name and version, wherever they lie", () => {
    const from = (folder: string, version: string): string =>
      recipeKey(
        recipe([moduleOf({ specifier: `file://${folder}/node_modules/p/i.js`, package: `p@${version}` })]),
        none,
      );
    expect(from("/a", "1.0.0")).toBe(from("/b/c", "1.0.0"));
    expect(from("/a", "1.0.0")).not.toBe(from("/a", "1.0.1"));
  });

  it("takes JSON files by their content", () => {
    const directory = mkdtempSync(join(tmpdir(), "recipe-key-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const inFolder = (name: string, text: string): string => {
      const folder = join(directory, name);
      mkdirSync(folder);
      writeFileSync(join(folder, "data.json"), text);
      const parent = pathToFileURL(join(folder, "main.js")).href;
      return recipeKey(
        recipe([moduleOf({ specifier: "./data.json", parent, attributes: { type: "json" } })]),
        none,
      );
    };
    const key = inFolder("a", "[1]");
    expect(inFolder("b", "[1]")).toBe(key);
    expect(inFolder("c", "[2]")).not.toBe(key);
  });

  it.each<[string, RecipeNode]>([
    ["modules of the user that are not taken along", moduleOf({ specifier: "file:///work.js" })],
    ["what stands for such a module", { kind: "remote", url: "file:///work.js", name: "f" }],
    ["import()", { kind: "import", url: "file:///work.js" }],
    ["require()", { kind: "require", url: "file:///work.js" }],
  ])("refuses %s", (_, node) => {
    expect(() => recipeKey(recipe([node]), none)).toThrow(Uncacheable);
  });
});
