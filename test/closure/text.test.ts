import { describe, expect, it } from "vitest";
import { analyse } from "../../src/closure/analyse.ts";
import { Cell } from "../../src/closure/cell.ts";
import {
  cellName,
  extrasOf,
  HERITAGE,
  IMPORT,
  META,
  OWN_NAME,
  portable,
  variableName,
} from "../../src/closure/text.ts";

const made = (text: string, cells: readonly string[] = [], renamed = false): string =>
  portable(text, analyse(text), new Set(cells), renamed).text;

describe("a text made ready for another place", () => {
  it("begins where it says", () => {
    const { text, start } = portable("m() {}", analyse("m() {}"), new Set(), false);
    expect(text.slice(start)).toMatch(/^m\(\)/);
  });

  it("takes what belongs to a module from outside", () => {
    const text = "async () => [import.meta.url, await import('./x.js')]";
    expect(made(text)).toBe(`(async () => [${META}.url, await ${IMPORT}('./x.js')])`);
    expect(extrasOf(analyse(text))).toEqual([META, IMPORT]);
  });

  it("takes a superclass from outside, whatever expression it was", () => {
    const text = "class A extends mix(import.meta) {}";
    expect(made(text)).toBe(`(class A extends ${HERITAGE} {})`);
  });

  it("has any key for a method", () => {
    expect(made("async *[key + 1]() {}")).toBe('({async *[""]() {}})');
  });

  it("has the arguments of the function around", () => {
    const fn = new Function(
      "values",
      `return ${made("() => arguments[0]").replace("dispatchGraph$arguments", "values")}`,
    );
    expect(fn([7])()).toBe(7);
  });

  it("reads and writes cells", () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is part of a text
    const text = "() => { n++; ({ n } = { n }); [n = 2] = [n()]; return typeof n + `${n}` }";
    const cell = `${cellName("n")}.value`;
    expect(made(text, ["n"])).toBe(
      `(() => { ${cell}++; ({ n:${cell} } = { n:${cell} }); [${cell} = 2] = [${cellName("n")}.get()()]; return typeof ${cell} + \`\${${cell}}\` })`,
    );
    const run = new Function(cellName("f"), `return ${made("() => { f = f(1) + 1; return f }", ["f"])}`);
    expect(run(new Cell((x: number) => x))()).toBe(2);
  });

  it("calls by its own name what that has become", () => {
    const fn = new Function(OWN_NAME, `return ${made("function f(x) { return f.other + x }", [], true)}`);
    expect(fn({ other: 1 })(2)).toBe(3);
  });
});

it("a parameter is called by the user's name for the variable", () => {
  expect([variableName(cellName("data")), variableName("data")]).toEqual(["data", "data"]);
});
