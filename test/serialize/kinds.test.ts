import { EventEmitter } from "node:events";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { kindOf } from "../../src/serialize/kinds.ts";

const kind = (value: object) => kindOf(Object.getPrototypeOf(value));

describe("kindOf", () => {
  it.each([
    [{}, "object"],
    [[], "array"],
    [new Map(), "map"],
    [new Set(), "set"],
    [new Date(), "date"],
    [/a/, "regexp"],
    [Object(1), "boxed"],
    [Object("a"), "boxed"],
    [Object(true), "boxed"],
    [Object(1n), "boxed"],
    [new ArrayBuffer(1), "memory"],
    [new SharedArrayBuffer(1), "memory"],
    [new DataView(new ArrayBuffer(1)), "view"],
    [Buffer.from("a"), "view"],
    [new Uint8ClampedArray(1), "view"],
    [new BigInt64Array(1), "view"],
  ])("knows %o", (value, base) => {
    expect(kind(value)).toEqual({ base, class: undefined });
  });

  it("knows every kind of typed array", () => {
    const TypedArray: unknown = Object.getPrototypeOf(Uint8Array);
    const all = Object.getOwnPropertyNames(globalThis)
      .map((name) => Object.getOwnPropertyDescriptor(globalThis, name)!.value as { prototype: object })
      .filter((value) => typeof value === "function" && Object.getPrototypeOf(value) === TypedArray);
    expect(all.length).toBeGreaterThanOrEqual(11);
    for (const { prototype } of all) expect(kindOf(prototype)).toEqual({ base: "view", class: undefined });
  });

  it("finds the class of an instance, and what it is based on", () => {
    class Point {}
    class Point3 extends Point {}
    class List extends Array {}
    class Names extends Map {}
    function Old() {}
    expect(kind(new Point3())).toEqual({ base: "object", class: Point3 });
    expect(kind(new List())).toEqual({ base: "array", class: List });
    expect(kind(new Names())).toEqual({ base: "map", class: Names });
    expect(kind(Reflect.construct(Old, []))).toEqual({ base: "object", class: Old });
  });

  it("sees that the state of some instances is hidden", () => {
    class Private {
      #own = 1;
      get own() {
        return this.#own;
      }
    }
    const states = new WeakMap();
    class Downlevelled {
      constructor() {
        states.set(this, 1);
      }
      get own() {
        return new WeakMap([[this, 1]]).get(this);
      }
    }
    class Hooked {
      [Symbol.for("dispatch-graph.serialize")]() {
        return 1;
      }
    }
    class Text extends String {}
    class Bytes extends Uint8Array {}
    const trap = (): never => {
      throw new Error("from a trap");
    };
    const hidden = [
      new Private(),
      new (class extends Private {})(),
      new Downlevelled(),
      new Hooked(),
      new Text(),
      new Bytes(),
      new URL("file:///"),
      new Error("a"),
      Promise.resolve(),
      new WeakMap(),
      [].values(),
      (() => 1) as object,
      Object.create({ method() {} }),
      Object.create(Object.create(null)),
      Object.create({ constructor: EventEmitter }),
      Object.create(new Proxy({}, { getPrototypeOf: trap, getOwnPropertyDescriptor: trap })),
      runInNewContext("({})"),
    ];
    for (const value of hidden) expect(kind(value)).toBe("hidden");
  });
});
