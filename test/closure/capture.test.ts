import { describe, expect, it } from "vitest";
import { captureFunction, captureValue } from "../../src/closure/capture.ts";
import { moved, send, sent, thread } from "./travel.ts";

describe("a capture", () => {
  it("is a snapshot", async () => {
    const state = { n: 1 };
    const library = thread();
    const { id } = library.capture(() => state.n);
    state.n = 2;
    const away = thread();
    await send(library, away, [id]);
    expect(away.functionOf(id)()).toBe(1);
  });

  it("takes classes anew that name each other and have changed", async () => {
    // biome-ignore lint/complexity/noStaticOnlyClass: this is what is tested
    class A {
      static n = 1;
      static b = (): typeof B => B;
    }
    // biome-ignore lint/complexity/noStaticOnlyClass: this is what is tested
    class B {
      static a = (): typeof A => A;
    }
    const library = thread();
    const read = () => [B.a().n, A.b().a() === A];
    const first = library.capture(read);
    A.n = 2;
    const second = library.capture(read);
    expect(second.id).not.toBe(first.id);
    const away = thread();
    await send(library, away, [first.id, second.id]);
    expect([away.functionOf(first.id)(), away.functionOf(second.id)()]).toEqual([
      [1, true],
      [2, true],
    ]);
  });

  it("needs no inspector to name functions", async () => {
    expect(await moved(Math.max)).toBe(Math.max);
    expect((await moved(Math.max.bind(null, 5)))(1)).toBe(5);
  });

  it("shows the position and the steps in its errors", () => {
    const inner = { list: [new WeakRef({})] };
    const helper = () => inner;
    expect(() => thread().capture(() => helper())).toThrow(
      /^function \(\) => helper\(\) \(capture.test.ts:\d+:\d+\)\n {2}captures `helper`\n {4}captures `inner`\n {6}property .list\n {8}element \[0\]\n {10}it is a WeakRef/,
    );
  });

  it("refuses what belongs to surroundings that cannot be read", () => {
    const attempt = (fn: () => unknown) => () => thread().capture(fn);
    class Base {
      name() {
        return "base";
      }
    }
    class Derived extends Base {
      override name() {
        return super.name();
      }
      arrow() {
        return () => this;
      }
    }
    expect(attempt(Derived.prototype.name)).toThrow("`super`");
    expect(attempt(new Derived().arrow())).toThrow("const self = this");
    // biome-ignore lint/security/noGlobalEval: this is what is tested
    expect(attempt(() => eval("1"))).toThrow("`eval`");
    Object.assign(globalThis, { madeHere: 1 });
    expect(attempt(() => (globalThis as never as { madeHere: 1 }) && new Function("return 1"))).not.toThrow();
    expect(attempt(new Function("return madeHere") as never)).toThrow(
      "global variable that the program has made",
    );
    expect(attempt(new Function("return nowhere") as never)).toThrow("not defined");
  });

  it("has functions for functions and for values", () => {
    expect([typeof captureFunction, typeof captureValue]).toEqual(["function", "function"]);
    const { recipe, uses } = thread().captureValue([1, "a", null]);
    expect([sent({ recipe, uses }).recipe.root, uses]).toEqual([{ at: 0 }, []]);
  });
});
