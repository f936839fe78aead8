import { describe, expect, it } from "vitest";
import { op } from "../../src/index.ts";
import { movedValue, thread } from "./travel.ts";

const refusal = (value: unknown): string => {
  try {
    thread().captureValue({ value }, "the result");
  } catch (error) {
    return (error as Error).message;
  }
  return "not refused";
};

describe("objects", () => {
  it.each<[string, unknown]>([
    ["Proxy", new Proxy({}, {})],
    ["Promise", Promise.resolve()],
    ["generator", (function* () {})()],
    ["iterator", [1][Symbol.iterator]()],
    ["iterator", new Map().entries()],
    ["WeakRef", new WeakRef({})],
    ["unique symbol", Symbol("mine")],
  ])("that are a %s are refused", (kind, value) => {
    expect(refusal(value)).toMatch(new RegExp(`^the result\\n {2}property .value\\n {4}it is .*${kind}`));
  });

  it("that are nodes of a graph are refused, with what to do", () => {
    expect(refusal(op(() => 1))).toMatch(/node of a graph.*\n.*argument of op/);
  });

  it("of a class may say how to copy them", async () => {
    class Account {
      #cents: number;
      constructor(cents: number) {
        this.#cents = cents;
      }
      get cents() {
        return this.#cents;
      }
      [Symbol.for("dispatch-graph.serialize")]() {
        return { cents: this.#cents };
      }
      static [Symbol.for("dispatch-graph.deserialize")]({ cents }: { cents: number }) {
        return new Account(cents);
      }
    }
    expect((await movedValue(new Account(7))).cents).toBe(7);
  });

  it("that are arrays keep holes, length and further properties", async () => {
    const sparse: unknown[] = [];
    sparse[3_000_000] = "far";
    const [holes, found, far] = await movedValue([
      Object.assign([1], { length: 2 }).concat(undefined as never),
      /(?<x>a)/.exec("ba")!,
      sparse,
    ] as const);
    expect(0 in holes && !(1 in holes) && 2 in holes).toBe(true);
    expect([found.index, found.groups]).toEqual([1, { x: "a" }]);
    expect([far.length, Object.keys(far), far[3_000_000]]).toEqual([3_000_001, ["3000000"], "far"]);
  });

  it("that are nested too deeply are refused", () => {
    let deep: unknown = null;
    for (let i = 0; i < 200_000; i++) deep = { deep };
    expect(refusal(deep)).toContain("nested too deeply");
  });

  it("that are arguments stay so", async () => {
    const args = (function (..._: unknown[]) {
      // biome-ignore lint/complexity/noArguments: this is what is tested
      return arguments;
    })(1, "b");
    const copy = await movedValue(args);
    expect([Object.prototype.toString.call(copy), [...copy]]).toEqual(["[object Arguments]", [1, "b"]]);
  });
});
