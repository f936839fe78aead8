import { describe, expect, it } from "vitest";
import { readScript } from "../../src/closure/script.ts";

/** `local: specifier name`, with a question mark if it is to be confirmed. */
function imports(source: string, kind: "module" | "script" = "module"): string[] {
  return [...readScript(source, kind)!.imports.values()].map(
    ({ local, specifier, name, confirm }) => `${local}: ${specifier} ${name}${confirm ? "?" : ""}`,
  );
}

describe("the imports of a script", () => {
  it("are those of its import statements", () => {
    const source = `
      import a, { b, c as d, default as e, "x y" as f } from "m";
      import * as g from "n"; import "side-effect";
      const b2 = b; function h() { const a = require("other"); }
    `;
    expect(imports(source)).toEqual([
      ...["a: m default", "b: m b", "d: m c", "e: m default", "f: m x y"],
      "g: n *",
    ]);
  });

  it("have attributes", () => {
    const { imports } = readScript(`import data from "./x.json" with { type: "json" }`, "module")!;
    expect(imports.get("data")).toEqual({
      ...{ local: "data", specifier: "./x.json", name: "default", confirm: false },
      attributes: { type: "json" },
    });
  });

  it.each<[string, string[]]>([
    ["const x = require('y')", ["x: y default?"]],
    ["let x; x = require('y')", ["x: y default?"]],
    ["const { a, b: c, 'd e': f, ...rest } = require('y')", ["a: y a?", "c: y b?", "f: y d e?"]],
    ["const x = require('y').part, z = require('y')['other part']", ["x: y part?", "z: y other part?"]],
    ["function f() { const x = require('y'); }", ["x: y default?"]],
    ["const x = await import('y'); const { a } = await import('z')", ["x: y *?", "a: z a?"]],
    [
      "const x = require(y), z = require(), w = f('y'), v = [require('y')], { u } = require('y').t, t = require('y').a.b, s = f(g(require('y')))",
      [],
    ],
    // esbuild
    [
      "var import_fs = __toESM(require('fs'), 1); var n = o(require('path'))",
      ["import_fs: fs *?", "n: path *?"],
    ],
    ["var x = __require('y')", ["x: y default?"]],
    // TypeScript
    ["const fs_1 = require('fs'), x_1 = __importStar(require('x'))", ["fs_1: fs default?", "x_1: x *?"]],
    ["const y_1 = __importDefault(require('y'))", ["y_1: y *?"]],
    // Babel
    ["var _x = _interopRequireDefault(require('x'));", ["_x: x *?"]],
    ["var y = _interopRequireWildcard(require('y'));", ["y: y *?"]],
    // swc
    ["const _x = /*#__PURE__*/ _interop_require_wildcard._(require('x'));", ["_x: x *?"]],
    // Vite and Vitest
    [
      "'use strict';async (__vite_ssr_import__)=>{{const __vite_ssr_import_0__ = await __vite_ssr_import__('/a.ts', {});\n}}",
      ["__vite_ssr_import_0__: /a.ts *?"],
    ],
    ["const __vi_import_0__ = await __vite_ssr_dynamic_import__('b')", ["__vi_import_0__: b *?"]],
  ])("are recognised in %s", (source, expected) => {
    expect(imports(source, source.startsWith("'use") ? "script" : "module")).toEqual(expected);
  });

  it.each([
    "import { createRequire } from 'node:module'; const r = createRequire(import.meta.url);",
    "import { createRequire as c } from 'module'; const r = c(import.meta.url);",
    "import * as module from 'module'; const r = module.createRequire(import.meta.url);",
    "const r = require('module').createRequire(__filename);",
    "const r = (0, __vi_import_0__.createRequire)(__vite_ssr_import_meta__.url);",
  ])("are recognised by a `require` of their own: %s", (source) => {
    const script = readScript(`${source}; const x = r("y")`, "module")!;
    expect([...script.requires]).toEqual(["r"]);
    expect(script.imports.get("x")).toMatchObject({ specifier: "y", name: "default", confirm: true });
  });

  it("are not found where another script's `require` is made", () => {
    const source =
      "import { createRequire } from 'node:module'; const r = createRequire('/other.js'); const x = r('y')";
    expect([...readScript(source, "module")!.requires]).toEqual([]);
    expect(imports(source)).toEqual(["createRequire: node:module createRequire"]);
  });
});

describe("assigned names", () => {
  it.each<[string, string[]]>([
    ["let a = 1; const b = 2; var c = 3; function d() {}", []],
    ["let a; a = 1", ["a"]],
    ["let a; function f() { return () => { a ||= 1 } }", ["a"]],
    ["let a, b, c, d; [a, { x: b = 1 }] = y; ({ ...c } = y); d++", ["a", "b", "c", "d"]],
    ["let a; for (a of x); for (a.b in x);", ["a"]],
    ["for (let a of x); for (const b in x);", []],
    ["for (var a of x); for (var b in x);", ["a", "b"]],
    ["var a = 1; var a = 2", ["a"]],
    ["function f() { var a = 1 } function g() { var a = 2 }", []],
    ["while (x) { var a = 1 } if (x) { var b = 1; var c }", ["a", "b"]],
    ["while (x) f(() => { var a = 1 })", []],
    ["a.b = 1; a.b++", []],
  ])("of %s", (source, expected) => {
    expect([...readScript(source, "module")!.assigned].sort()).toEqual(expected);
  });
});

describe("a script", () => {
  it("is strict if it says so, and a module always", () => {
    expect(readScript("f()", "script")!.strict).toBe(false);
    expect(readScript("'use strict'; f()", "script")!.strict).toBe(true);
    expect(readScript("f()", "module")!.strict).toBe(true);
  });

  it("is strict in classes and in functions that say so", () => {
    const parts = (source: string): string[] =>
      readScript(source, "script")!.strictParts.map(({ start, end }) => source.slice(start, end));
    const source =
      "(function () { 'use strict'; f(() => 1) }); function g() { class A {} } h = () => 'use strict'";
    expect(parts(source)).toEqual(["function () { 'use strict'; f(() => 1) }", "class A {}"]);
    expect(parts("({ m() { 'use strict' } })")).toEqual(["() { 'use strict' }"]);
    expect(parts(`'use strict'; ${source}`)).toEqual([]);
  });

  it("may be of the other kind than was thought", () => {
    expect(imports("import a from 'b'; export const c = await a", "script")).toEqual(["a: b default"]);
    expect(readScript("with (a) b", "module")!.strict).toBe(false);
    expect(imports("#!/usr/bin/env node\nconst x = require('y'); return", "script")).toEqual([
      "x: y default?",
    ]);
  });

  it("is undefined if it is not understood", () => {
    expect(readScript("a b", "module")).toBeUndefined();
  });
});
