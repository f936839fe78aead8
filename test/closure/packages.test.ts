import { describe, expect, it } from "vitest";
import {
  originOf,
  packageOfFile,
  requirable,
  rooted,
  selfSpecifier,
  selfUrl,
} from "../../src/closure/packages.ts";

const here = import.meta.url;

describe("the origin of a module", () => {
  it("is Node, a package, this package, or the user", () => {
    expect(originOf("node:fs", here).kind).toBe("builtin");
    expect(originOf("fs/promises", here).kind).toBe("builtin");
    expect(originOf("acorn", here)).toMatchObject({ kind: "package", package: { name: "acorn" } });
    expect(originOf("@biomejs/biome/x", here)).toMatchObject({ package: { name: "@biomejs/biome" } });
    expect(originOf("dispatch-graph", here)).toEqual({ kind: "self", specifier: "self:index" });
    expect(originOf("dispatch-graph/testing", here)).toMatchObject({ specifier: "self:testing/index" });
    expect(originOf("../../src/errors.ts", here)).toEqual({ kind: "self", specifier: "self:errors" });
    expect(originOf("./travel.ts", here).kind).toBe("user");
    expect(originOf("#internal", here).kind).toBe("user");
    expect(originOf("not-installed", here).kind).toBe("user");
  });

  it("is found for files too", () => {
    const file = new URL("../../node_modules/acorn/dist/acorn.js", here).href;
    expect(packageOfFile(file)).toMatchObject({ name: "acorn", version: expect.stringMatching(/^8/) });
    expect(packageOfFile(here)).toBeUndefined();
  });
});

describe("modules of this package", () => {
  it("mean the same in every thread, from wherever they run", () => {
    const root = new URL("../../", here).href;
    expect(selfSpecifier(`${root}dist/closure/home.js`)).toBe("self:closure/home");
    expect(selfSpecifier(`${root}src/closure/home.ts`)).toBe("self:closure/home");
    expect(selfSpecifier(here)).toBeUndefined();
    expect(selfUrl("self:errors")).toBe(`${root}src/errors.ts`);
    expect(selfUrl("node:fs")).toBeUndefined();
  });
});

describe("specifiers", () => {
  it("of Vite begin at the root of the project", () => {
    expect(rooted("/test/closure/travel.ts", here)).toBe(new URL("./travel.ts", here).href);
    expect(rooted("./travel.ts", here)).toBe("./travel.ts");
  });

  it("of require may leave out the extension", () => {
    const parent = new URL("../../node_modules/p-graph/lib/index.js", here).href;
    expect(requirable("./PGraph", parent)).toMatch(/PGraph\.js$/);
    expect(requirable("./nothing", parent)).toBe("./nothing");
  });
});
