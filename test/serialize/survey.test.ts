import { MessageChannel } from "node:worker_threads";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { survey } from "../../src/serialize/survey.ts";
import { LARGE } from "../../src/serialize/transfer.ts";
import { carried, List, Names, Point, Point3, Secret, strange } from "./arbitrary-values.ts";
import { same } from "./same.ts";

const wayOf = (value: unknown) => survey(value).way;

function isClonedFaithfully(value: unknown): boolean {
  try {
    return same(value, structuredClone(value));
  } catch {
    return false;
  }
}

describe("the way of a value", () => {
  it("is plain exactly if structured clone is faithful", () => {
    const agrees = (value: unknown): void => {
      expect(wayOf(value) === "plain").toBe(isClonedFaithfully(value));
    };
    fc.assert(fc.property(carried, agrees), { numRuns: 2000 });
    fc.assert(fc.property(strange, agrees), { numRuns: 2000 });
  });

  it("is mended for what structured clone carries without its class", () => {
    const instances = [new Point(), new Point3(), List.of(1), new Names([[1, 2]]), Object.create(null)];
    const others = [Buffer.from("a"), Object.assign(/a/g, { lastIndex: 1 }), "abc".match(/(?<letter>b)/)];
    for (const value of [...instances, ...others, { deep: [new Map([[1, new Point()]])] }]) {
      expect(wayOf(value)).toBe("mended");
      expect(isClonedFaithfully(value)).toBe(false);
    }
  });

  it("is captured for a view of memory that has properties", () => {
    const view = new Uint8Array(8);
    Object.assign(view.buffer, { extra: 1 });
    expect([wayOf([view]), isClonedFaithfully([view])]).toEqual(["captured", false]);
  });

  it("is captured for what else there is", () => {
    const { port1 } = new MessageChannel();
    const detached = new Uint8Array(8);
    structuredClone(detached, { transfer: [detached.buffer] });
    const named = Object.assign(new Array(1000).fill(0), { get: () => 1 });
    const values = [
      () => 1,
      Symbol("a"),
      Symbol.for("a"),
      Object(Symbol.iterator),
      new Secret(),
      new Error("a"),
      Promise.resolve(1),
      new WeakMap(),
      new URL("file:///"),
      new Proxy({}, {}),
      port1,
      detached,
      named,
      [].values(),
      Math,
      globalThis,
      Object.setPrototypeOf(new Date(), Map.prototype),
      Object.create(Array.prototype),
      Object.assign(new Map(), { field: 1 }),
      Object.assign(new Uint8Array(1000), { field: 1 }),
      Object.assign(new Date(), { field: 1 }),
      Object.defineProperty({}, "hidden", { value: 1 }),
      Object.defineProperty([1, 2], "hidden", { value: 1 }),
      (function () {
        // biome-ignore lint/complexity/noArguments: the thing itself
        return arguments;
      })(),
    ];
    for (const value of values) {
      expect(wayOf(value)).toBe("captured");
      expect(wayOf([new Map([[1, { value }]])])).toBe("captured");
    }
    port1.close();
  });

  it("is plain for objects that are frozen", () => {
    expect(wayOf(Object.freeze({ list: Object.freeze([1]) }))).toBe("plain");
  });

  it("takes the elements and the other properties of long arrays into account", () => {
    const long = (...more: unknown[]) => [...new Array(1000).fill(0), ...more];
    expect(wayOf(long())).toBe("plain");
    expect(wayOf(long("a: b", { c: 1 }))).toBe("plain");
    expect(wayOf(long(new Point()))).toBe("mended");
    expect(wayOf(Object.assign(long(), { name: "a" }))).toBe("plain");
    expect(wayOf(Object.assign(long(), { name: new Point() }))).toBe("mended");
    expect(wayOf(Object.assign(long(), { name: () => 1 }))).toBe("captured");
    expect(wayOf(Object.assign(long(), { [Symbol.for("name")]: 1 }))).toBe("captured");
    expect(wayOf(new Float64Array(1000))).toBe("plain");
    expect(wayOf(Buffer.alloc(1000))).toBe("mended");
  });

  it("is found without running code of the value", () => {
    const trap = (): never => {
      throw new Error("from a trap");
    };
    const handler = new Proxy({}, { get: () => trap });
    const getter = Object.defineProperty({}, "a", { get: trap, enumerable: true });
    const { proxy: revoked, revoke } = Proxy.revocable([], {});
    revoke();
    const view = Object.defineProperty(new Uint8Array(1), "buffer", { get: trap });
    for (const value of [new Proxy({}, handler), new Proxy([], handler), getter, revoked, view]) {
      expect(wayOf([value])).toBe("captured");
    }
    class Overridden extends Map {
      override forEach(): never {
        return trap();
      }
      override [Symbol.iterator](): never {
        return trap();
      }
      override get size(): number {
        return trap();
      }
    }
    expect(wayOf([new Overridden()])).toBe("mended");
  });
});

describe("any depth and length", () => {
  it("is walked without overflowing the stack", () => {
    let deep: unknown = new Point();
    for (let i = 0; i < 200_000; i++)
      deep = i % 3 === 0 ? [deep] : i % 3 === 1 ? { deep } : new Map([[1, deep]]);
    expect(wayOf(deep)).toBe("mended");
  });

  it("is walked by what is there, not by holes", () => {
    const sparse: unknown[] = [];
    sparse[4_000_000_000] = 1;
    expect(wayOf(sparse)).toBe("plain");
    sparse[3_000_000_000] = new Point();
    expect(wayOf(sparse)).toBe("mended");
  });
});

describe("bytes", () => {
  it("include what is to be seen of values that are captured", () => {
    class Table extends Map<unknown, unknown> {
      #own = 1;
      get own(): number {
        return this.#own;
      }
    }
    class Bytes extends Uint8Array {}
    const text = "x".repeat(1000);
    const values = [Object.assign(new Secret(), { text }), new Table([[1, text]]), new Bytes(1000)];
    for (const value of [...values, Object.assign(new Error("a"), { text })]) {
      expect(wayOf(value)).toBe("captured");
      expect(survey(value).bytes).toBeGreaterThan(1000);
      expect(survey(value).bytes).toBeLessThan(1500);
    }
  });
});

function wasmMemory(): ArrayBuffer {
  const { Memory } = (
    globalThis as unknown as { WebAssembly: { Memory: new (size: object) => { buffer: ArrayBuffer } } }
  ).WebAssembly;
  return new Memory({ initial: 1 }).buffer;
}

describe("buffers", () => {
  const buffersOf = (value: unknown) => survey(value).buffers;

  it("are large blocks of memory, each once", () => {
    const one = new Float64Array(LARGE);
    const other = new ArrayBuffer(LARGE);
    const value = { one, again: one, same: new Uint8Array(one.buffer), list: [new Map([["other", other]])] };
    expect(new Set(buffersOf(value))).toEqual(new Set([one.buffer, other]));
    expect(buffersOf(value)).toHaveLength(2);
  });

  it("are not small", () => {
    expect(buffersOf(new Uint8Array(LARGE - 1))).toEqual([]);
  });

  it("are shown as a whole", () => {
    const part = new Uint8Array(2 * LARGE).subarray(1);
    expect(buffersOf(part)).toEqual([]);
    expect(buffersOf({ part, whole: new DataView(part.buffer) })).toEqual([part.buffer]);
    expect(buffersOf([part.buffer, part])).toEqual([part.buffer]);
  });

  it("are not shared, resizable, WebAssembly's, or Node's pool", () => {
    const Resizable = ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer;
    const values = [
      new SharedArrayBuffer(LARGE),
      new Uint8Array(new SharedArrayBuffer(LARGE)),
      new Resizable(LARGE, { maxByteLength: 2 * LARGE }),
      wasmMemory(),
      Buffer.from("text"),
    ];
    for (const value of values) expect(buffersOf([value])).toEqual([]);
  });

  it("can all be transferred with the value", () => {
    const value = {
      a: new Float64Array(LARGE),
      b: [Buffer.alloc(LARGE)],
      c: new ArrayBuffer(LARGE),
      d: "text",
    };
    const { buffers } = survey(value);
    expect(buffers).toHaveLength(3);
    const there = structuredClone(value, { transfer: [...buffers] });
    expect(there.a.length).toBe(LARGE);
    expect(value.a.length + value.b[0]!.length + value.c.byteLength).toBe(0);
  });
});
