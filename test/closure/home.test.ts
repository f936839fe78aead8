import { describe, expect, it } from "vitest";
import { factsOf, knownHome, rememberHome } from "../../src/closure/home.ts";
import { Script } from "../../src/closure/source.ts";

describe("home", () => {
  it("is remembered", () => {
    const home = { kind: "meta", url: "file:///a.js" } as const;
    expect(knownHome({})).toBeUndefined();
    expect(knownHome(rememberHome({}, home))).toBe(home);
  });

  it("has facts, once", () => {
    const script = new Script("file:///a.js", true, 0, 0);
    script.setSource('import { a } from "b"; let c; c = 1;');
    expect([...factsOf(script).imports.keys(), ...factsOf(script).assigned]).toEqual(["a", "c"]);
    expect(factsOf(script)).toBe(factsOf(script));
  });

  it("that is not understood is taken to be strict, with no imports", () => {
    const script = new Script("file:///a.js", true, 0, 0);
    script.setSource("a b");
    expect(factsOf(script)).toMatchObject({ strict: true, imports: new Map() });
  });
});
