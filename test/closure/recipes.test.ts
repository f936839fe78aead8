import { describe, expect, it } from "vitest";
import { moved, thread } from "./travel.ts";

const kinds = (fn: () => unknown): string[] => {
  const { recipe } = thread().capture(fn);
  return recipe.kind === "value" ? recipe.nodes.map(({ kind }) => kind) : [];
};

describe("the recipe of a function", () => {
  it("has a node for each thing, those first that others need", () => {
    const inner = { a: 1 };
    const outer = { inner, again: inner };
    expect(kinds(() => outer)).toEqual(["object", "object", "function"]);
  });

  it("names what every thread has", () => {
    const captured = [Math.max, Symbol.iterator, Symbol.for("x"), process.env];
    expect(kinds(() => captured)).toEqual(["global", "symbol", "symbol", "global", "array", "function"]);
  });

  it("names classes and functions that cannot change, and contains others", () => {
    const factor = 2;
    const settings = { factor };
    const stable = () => factor;
    const other = () => settings;
    class Thing {}
    expect(kinds(() => [stable, Thing])).toEqual(["definition", "definition", "function"]);
    expect(kinds(() => other)).toEqual(["object", "function", "function"]);
  });

  it("has what two functions share once", async () => {
    const cache = new Map<string, number>();
    const put = () => cache.set("a", 1);
    const get = () => cache.get("a");
    const both = () => {
      put();
      return get();
    };
    expect(await (await moved(both))()).toBe(1);
  });
});
