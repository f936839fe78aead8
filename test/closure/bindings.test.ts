import { createRequire } from "node:module";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { likelyVariable, statementVariable } from "../../src/closure/bindings.ts";
import type { ImportBinding } from "../../src/closure/script.ts";

const url = import.meta.url;
const binding = (rest: Partial<ImportBinding>): ImportBinding => ({
  local: "x",
  specifier: "p-graph",
  name: "*",
  confirm: true,
  ...rest,
});

describe("a variable of an import statement", () => {
  it("is a reference to what a package or Node exports", () => {
    const one = binding({ specifier: "fs", name: "readFile", confirm: false });
    expect(statementVariable(one, undefined, url)).toMatchObject({
      kind: "module",
      reference: { specifier: "node:fs", name: "readFile", required: false },
    });
  });

  it("is the members that are used, if it is a namespace", () => {
    const one = binding({ confirm: false });
    expect(statementVariable(one, ["PGraph"], url)).toMatchObject({
      kind: "members",
      members: [["PGraph", { name: "PGraph", package: expect.stringMatching(/^p-graph@/) }]],
    });
  });

  it("is no reference to a module of the user", () => {
    expect(statementVariable(binding({ specifier: "./travel.ts" }), undefined, url)).toBeUndefined();
  });
});

describe("a variable that looks like an import", () => {
  const required = createRequire(url)("p-graph") as Record<string, unknown>;

  it("is one if it has the value", () => {
    const whole = likelyVariable(binding({ name: "default" }), required, undefined, url);
    expect(whole).toMatchObject({ kind: "module", reference: { name: "default", required: true } });
    const part = likelyVariable(binding({ name: "PGraph" }), required.PGraph, undefined, url);
    expect(part).toMatchObject({ kind: "module", reference: { name: "PGraph" } });
    expect(likelyVariable(binding({ name: "default" }), { other: 1 }, undefined, url)).toBeUndefined();
    expect(likelyVariable(binding({ name: "PGraph" }), () => {}, undefined, url)).toBeUndefined();
  });

  it("may be what a compiler's helper makes of a module", () => {
    const made = { ...required, default: required };
    expect(likelyVariable(binding({}), made, ["default", "PGraph"], url)).toMatchObject({
      members: [
        ["default", { name: "default", members: [] }],
        ["PGraph", { name: "PGraph" }],
      ],
    });
    expect(likelyVariable(binding({}), required, ["default"], url)).toMatchObject({
      members: [["default", { name: "default", members: ["default"] }]],
    });
  });

  it("is a namespace of Node", () => {
    const one = binding({ local: "__vi_import_0__", specifier: "node:path" });
    expect(likelyVariable(one, path, ["join"], url)).toMatchObject({ members: [["join", { name: "join" }]] });
  });

  it("of the user's own modules is the members that are used", () => {
    const one = binding({ local: "__vi_import_0__", specifier: "/test/closure/travel.ts" });
    expect(likelyVariable(one, { a: 1, b: 2 }, ["a"], url)).toEqual({
      kind: "members",
      name: "__vi_import_0__",
      members: [["a", undefined, 1]],
    });
  });
});
