import { describe, expect, it } from "vitest";
import { analyse, functionIn, isNativeText } from "../../src/closure/analyse.ts";

/** Evaluates what the analysis says is an expression. */
function evaluated(text: string): unknown {
  const { before, after, held } = analyse(text);
  const value: unknown = new Function(`return ${before}${text}${after}`)();
  return held ? functionIn(value as object) : value;
}

const freeNames = (text: string): string[] => analyse(text).free.map(({ name }) => name);

describe("the form of a function's text", () => {
  class Methods {
    plain(): void {}
    async later(): Promise<void> {}
    *many(): Generator<void> {}
    async *[`com${"puted"}`](): AsyncGenerator<void> {}
    static get property(): number {
      return 1;
    }
    "quoted name"(): void {}
    static(): void {}
    #hidden(): number {
      return 7;
    }
    async *#manyHidden(): AsyncGenerator<number> {}
    static hidden(of: Methods): (() => unknown)[] {
      return [of.#hidden, of.#manyHidden];
    }
  }
  const { get } = Object.getOwnPropertyDescriptor(Methods, "property")!;
  const setter = Object.getOwnPropertyDescriptor({ set x(_: number) {} }, "x")!.set!;
  // biome-ignore lint/complexity/useArrowFunction: functions of every form.
  const anonymous = function (): void {};
  const forms: [string, { toString(): string }][] = [
    ["function", anonymous],
    ["function", async function* named(): AsyncGenerator<void> {}],
    ["arrow", (x: number): number => x],
    ["arrow", async (): Promise<object> => ({})],
    ["class", Methods],
    ["class", class extends Map<string, string> {}],
    ...Object.getOwnPropertyNames(Methods.prototype)
      .filter((name) => name !== "constructor")
      .map((name): [string, { toString(): string }] => ["method", Methods.prototype[name as "plain"]]),
    ...Methods.hidden(new Methods()).map((one): [string, { toString(): string }] => ["method", one]),
    ["method", get!],
    ["method", setter],
    ["method", { async() {} }.async],
    ["method", { get() {} }.get],
  ];

  it.each(forms)("is %s: %s", (form, fn) => {
    const text = fn.toString();
    expect(analyse(text).form).toBe(form);
    const again = evaluated(text) as { name: string };
    expect(again).toBeTypeOf("function");
    // V8 leaves out the name of a method that is called `static`.
    expect(again.toString()).toBe(text.startsWith("() {") ? `static${text}` : text);
  });

  it("takes private methods out of the class around them", () => {
    expect((evaluated("#m() { return 7 }") as () => number)()).toBe(7);
  });

  it("is missing for what is built in or bound", () => {
    for (const fn of [
      Math.max,
      Map,
      (() => 1).bind(null),
      Object.getOwnPropertyDescriptor(Map, Symbol.species)!.get!,
    ]) {
      expect(isNativeText(fn.toString())).toBe(true);
      expect(() => analyse(fn.toString())).toThrow("a built-in or bound function, which has no source text");
    }
    expect(isNativeText("() => { [native, code] }")).toBe(false);
  });

  it("is told from what is no function", () => {
    for (const text of [
      "",
      "1 + 1",
      "a(){}, b(){}",
      "() => 1, () => 2",
      "=> 1",
      "x: () => 1",
      "...x",
      "#x = 1",
    ])
      expect(() => analyse(text)).toThrow(TypeError);
    expect(() => analyse(`${"x".repeat(100)} is not`)).toThrow(/is not JavaScript: x{80}…$/);
  });

  it("says what is strict by itself", () => {
    expect(analyse("class {}").strict).toBe(true);
    expect(analyse("function f() { 'use strict' }").strict).toBe(true);
    expect(analyse("() => 'use strict'").strict).toBe(false);
    expect(analyse("m() {}").strict).toBe(false);
  });
});

describe("names from outside", () => {
  it("are listed in the order of their first use, with what is done with them", () => {
    const { free } = analyse(
      "(a) => { b(a); c = d.e + d.f() + d['g']; typeof h; typeof b; i.j = 1; k[a]; d?.e; }",
    );
    expect(free).toMatchObject([
      { name: "b", assigned: false, members: undefined, typeofOnly: false, inBlock: false },
      { name: "c", assigned: true, members: undefined, typeofOnly: false, inBlock: false },
      { name: "d", assigned: false, members: ["e", "f", "g"], typeofOnly: false, inBlock: false },
      { name: "h", assigned: false, members: undefined, typeofOnly: true, inBlock: false },
      { name: "i", assigned: false, members: undefined, typeofOnly: false, inBlock: false },
      { name: "k", assigned: false, members: undefined, typeofOnly: false, inBlock: false },
    ]);
  });

  it.each([
    "a.b = 1",
    "a.b++",
    "delete a.b",
    "[a.b] = c",
    "({ x: a.b } = c)",
    "for (a.b of c);",
    "a.b; f(a)",
  ])("are not only read by members in %s", (statement) => {
    const { free } = analyse(`() => { ${statement} }`);
    expect(free.find(({ name }) => name === "a")).toMatchObject({ members: undefined, assigned: false });
  });

  it.each([
    "a = 1",
    "a += 1",
    "a ??= 1",
    "a++",
    "[a] = b",
    "({ x: a = 1 } = b)",
    "({ ...a } = b)",
    "for (a in b);",
  ])("are assigned in %s", (statement) => {
    const { free } = analyse(`() => () => { ${statement} }`);
    expect(free.find(({ name }) => name === "a")).toMatchObject({ assigned: true });
  });

  it("leave out the function's own name, which is told apart", () => {
    expect(analyse("function f() { return f(g) }")).toMatchObject({
      ownName: { name: "f", used: true, assigned: false },
      free: [{ name: "g" }],
    });
    expect(analyse("function f() { f = 1 }").ownName).toEqual({ name: "f", used: true, assigned: true });
    expect(analyse("class A { static x = 1 }").ownName).toEqual({ name: "A", used: false, assigned: false });
    expect(analyse("f() { return f }")).toMatchObject({ ownName: undefined, free: [{ name: "f" }] });
  });

  it("leave out what only the `extends` or the computed key of the text itself needs", () => {
    expect(freeNames("class A extends B(c) { [d] = class extends E {} }")).toEqual(["d", "E"]);
    expect(freeNames("async *[k](x = y) {}")).toEqual(["y"]);
  });

  it("include functions in blocks, which are outer ones in sloppy code", () => {
    expect(analyse("() => { { function f() {} } return f }").free).toMatchObject([
      { name: "f", inBlock: true },
    ]);
    expect(freeNames("() => { { async function f() {} f() } }")).toEqual([]);
  });
});

describe("what else comes from outside", () => {
  const flags = (text: string): string[] => {
    const { outerThis, outerArguments, outerNewTarget, usesSuper, directEval } = analyse(text);
    const all = { outerThis, outerArguments, outerNewTarget, usesSuper, directEval };
    return Object.entries(all).flatMap(([name, set]) => (set ? [name] : []));
  };

  it.each<[string, string[]]>([
    ["() => this", ["outerThis"]],
    ["() => () => [this, arguments]", ["outerThis", "outerArguments"]],
    ["(x = arguments) => x", ["outerArguments"]],
    ["() => new.target", ["outerNewTarget"]],
    ["() => super.x()", ["usesSuper"]],
    ["() => super()", ["usesSuper"]],
    ["m() { return () => super.x }", ["usesSuper"]],
    ["() => eval('1')", ["directEval"]],
    ["() => ({ m() { return eval('1') } })", ["directEval"]],
    ["() => (0, eval)('1') + eval?.('1')", []],
    ["(eval) => eval('1')", []],
    ["function f(x = this) { return [this, arguments, new.target, () => this] }", []],
    ["m() { return [this, arguments] }", []],
    ["() => class { x = this; static { this; new.target } m() { return super.m } }", []],
    ["class extends A { constructor() { super(); this.x = super.y } static x = this }", []],
    ["() => class { [this.x] = 1 }", ["outerThis"]],
    ["() => ({ m() { super.x; this } })", []],
  ])("in %s", (text, expected) => {
    expect(flags(text)).toEqual(expected);
  });

  it("are private names of a class around", () => {
    expect(analyse("m() { return this.#a + (#b in this) }").foreignPrivateNames).toEqual(["#a", "#b"]);
    expect(analyse("class { #a; m() { return this.#a + this.#c } }").foreignPrivateNames).toEqual(["#c"]);
    expect(analyse("#m() { return this.#m }").foreignPrivateNames).toEqual(["#m"]);
  });
});

describe("positions", () => {
  it.each(["", "m"])("of imports are those in the text", (name) => {
    const text = `${name || "function"}() { return [import.meta.url, import ("x")] }`;
    const { importMeta, dynamicImports } = analyse(text);
    expect(importMeta.map(({ start, end }) => text.slice(start, end))).toEqual(["import.meta"]);
    expect(dynamicImports.map(({ start, end }) => text.slice(start, end) + text.slice(end, end + 3))).toEqual(
      ['import ("'],
    );
  });

  it("of the uses of a name are those in the text, with what the word stands for there", () => {
    const text =
      "() => [a, { a }, a(), a?.(), a`t`, a.b(), ({ a } = {}), ({ a = 1 } = {}), new a(), { a: a }]";
    const { spans } = analyse(text).free[0]!;
    expect(spans.every(({ start, end }) => text.slice(start, end) === "a")).toBe(true);
    const kinds = spans.map(({ shorthand, called }) =>
      shorthand ? "shorthand" : called ? "called" : "other",
    );
    expect(kinds).toEqual([
      ...["other", "shorthand", "called", "called", "called", "other"],
      ...["shorthand", "shorthand", "other", "other"],
    ]);
  });

  it("of the parts of a class and of a method's key are those in the text", () => {
    const text = "class A extends (B, C) { [d]() {} static [e] = 1; static { f } [g] }";
    const { heritage, computedKeys } = analyse(text);
    const shown = [heritage!, ...computedKeys].map(({ start, end }) => text.slice(start, end));
    expect(shown).toEqual(["B, C", "d", "e", "g"]);
    const method = "async *[ a + b ]() {}";
    expect(analyse(method).computedKeys.map(({ start, end }) => method.slice(start, end))).toEqual(["a + b"]);
  });
});

it("is remembered by the text", () => {
  const text = "() => remembered";
  expect(analyse(text)).toBe(analyse(text));
  for (let i = 0; i < 2_000; i++) analyse(`() => ${i}`);
  const again = analyse(text);
  expect(again).toEqual(analyse(text));
});
