import { describe, expect, it } from "vitest";
import { inspector } from "../../src/closure/inspect.ts";

const our = inspector()!;

describe("the inspector", () => {
  it("sees the variables around a function, from the inside to the outside", () => {
    const outer = (a: number) => {
      let b = a + 1;
      return [() => a + b++, () => b];
    };
    const [read, other] = outer(1);
    expect(our.inspect(read!).scopes[0]!.object).toMatchObject({ a: 1, b: 2 });
    read!();
    expect(our.inspect(other!).scopes[0]!.object).toMatchObject({ b: 3 });
  });

  it("knows the script that a function was written in", () => {
    const marked = () => "here I am";
    const { scriptId, line, column } = our.inspect(marked).location!;
    const script = our.script(scriptId)!;
    expect(script.url).toBe(import.meta.url);
    const start = script.startOf(String(marked), line, column);
    const lineText = script.source.split("\n")[start.line]!;
    expect(lineText.slice(start.column)).toContain("here I am");
  });

  it("knows the parts of bound functions", () => {
    const target = function (this: unknown) {};
    const bound: () => void = Reflect.apply(target.bind, target, [NaN, 1n, "x"]);
    expect(our.inspect(bound).bound).toEqual({ target, self: NaN, args: [1n, "x"] });
  });

  it("has no location of native functions", () => {
    expect(our.inspect(Math.max).location).toBeUndefined();
  });

  it("knows the names of private fields", () => {
    class Secret {
      #field = 1;
      get() {
        return this.#field;
      }
    }
    expect(our.privateNamesOf(new Secret())).toEqual(["#field"]);
    expect(our.privateNamesOf({})).toEqual([]);
  });

  it("knows the keys that are no indices", () => {
    expect(our.namedKeysOf(Object.assign(new Float64Array(3), { extra: 1 }))).toEqual(["extra"]);
  });

  it("holds no function", async () => {
    let fn: (() => void) | undefined = () => {};
    const ref = new WeakRef(fn);
    our.inspect(fn);
    fn = undefined;
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    globalThis.gc?.();
    expect(ref.deref()).toBeUndefined();
  });
});
