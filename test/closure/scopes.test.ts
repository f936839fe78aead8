import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compare, compareFile, javaScriptFiles } from "../support/scope-oracle.ts";
import { ROOT } from "../support/source-files.ts";

/** Only some files of these are looked at here; all of all packages in the long tests. */
const PACKAGES = ["acorn/dist", "eslint-scope/lib", "fast-check/lib", "p-graph/lib", "tsx/dist"];
const EVERY = 3;

describe("the names that functions take from outside", () => {
  it("are those that eslint-scope finds, for the functions of many packages", () => {
    const paths = PACKAGES.flatMap((name) => [...javaScriptFiles(join(ROOT, "node_modules", name))]);
    let functions = 0;
    const differences: string[] = [];
    for (const path of paths.filter((_, i) => i % EVERY === 0)) {
      const comparison = compareFile(path);
      functions += comparison?.functions ?? 0;
      differences.push(...(comparison?.differences ?? []));
    }
    expect(differences).toEqual([]);
    expect(functions).toBeGreaterThan(1_000);
  });

  it("are those that eslint-scope finds, where it is hard to tell", () => {
    const source = `
      function hoisted() { use(late, x); var late; { let x; var deep = x; } return deep; function use() {} }
      function parameters(a, { b = a, [c()]: [d, ...e] } = f, ...g) { return [a, b, d, e, g, h]; }
      function bodyIsNotForParameters(a = () => x) { var x; return a; }
      const arrow = async ({ x }, y = arguments) => { for await (const z of x) await y(z, arguments); };
      function* loops() {
        for (let i = 0; i < n; i++) yield () => i;
        for (const i in i2) for (j of i) k;
        for (var v of w) label: for (;;) break label;
        for ({ p, q: r.s, ...t } of u) ;
      }
      class A extends (class B extends C {}) {
        static #p = A.x + this.y; #q = B; [k] = l; static { var inner; inner = outer; }
        get [m]() { return #p in this; } static async *[n]() { super.x; }
      }
      const Class = class Own { static is(x) { return x instanceof Own || x instanceof Class; } };
      const named = function self(a) { switch (a) { case self: let a2; default: a2; } return a2; };
      const object = { shorthand, method() { method(); }, get x() { return x; }, async *gen() {}, [key]: 1 };
      function caught() { try {} catch ({ message, ...rest }) { message; rest; var e; } catch2(message, e); }
      const writes = () => { a = b; c += d; e++; [f, g.h = i] = j; ({ k: l = m, ...n } = o); delete p.q; };
      const tags = () => tag\`\${a?.b?.[c]}\`, types = () => typeof d + typeof e.f;
      function blocks() { { function inBlock() {} class InBlock {} } return [inBlock, InBlock]; }
    `;
    expect(compare(source, "hard")).toEqual({ functions: 25, differences: [] });
  });
});
