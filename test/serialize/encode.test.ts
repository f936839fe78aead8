import { open } from "node:fs/promises";
import { createServer, Socket } from "node:net";
import { isDeepStrictEqual } from "node:util";
import { MessageChannel } from "node:worker_threads";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Library } from "../../src/closure/library.ts";
import { pack, unpack } from "../../src/comm/pack.ts";
import { ClosureError } from "../../src/errors.ts";
import { decode, encode } from "../../src/serialize/encode.ts";
import { survey } from "../../src/serialize/survey.ts";
import { LARGE } from "../../src/serialize/transfer.ts";
import { List, Names, Point, Point3, strange } from "./arbitrary-values.ts";
import { same } from "./same.ts";

const library = new Library("values");

/** What arrives of a value: between threads, and between processes. */
function travelled<T>(value: T): [T, T] {
  const { data, plain } = encode(value, library);
  const through = (copy: unknown) => decode(copy, plain, library) as T;
  return [through(structuredClone(data)), through(unpack(pack(data)))];
}

function refusal(value: unknown, name = "the value"): ClosureError {
  try {
    encode(value, library, 'the result of "load"');
  } catch (error) {
    return error as ClosureError;
  }
  throw new Error(`${name} was not refused`);
}

describe("a value", () => {
  it("arrives as it was, whatever it is", () => {
    const arrives = (value: unknown): void => {
      for (const arrived of travelled(value)) expect(same(whole(value), arrived)).toBe(true);
    };
    fc.assert(fc.property(strange, arrives), { numRuns: 1000 });
  });

  it("that is plain costs nothing", () => {
    for (const value of [1, "text", undefined, null, 1n, { a: [1] }, new Float64Array(4)]) {
      expect(encode(value, library)).toMatchObject({ plain: true, uses: [] });
      expect(encode(value, library).data).toBe(value);
    }
  });

  it("may be empty", () => {
    const values = [undefined, "", [], {}, new ArrayBuffer(0), new Uint8Array(), Buffer.alloc(0), new Map()];
    for (const value of values)
      for (const arrived of travelled(value)) expect(same(value, arrived)).toBe(true);
  });

  it("keeps its classes, if there are many instances or few", () => {
    const points = Array.from({ length: 10_000 }, (_, x) => Object.assign(new Point(), { x, y: 1 }));
    for (const arrived of travelled([points, List.of(new Point3()), new Names([[1, points[5]]])] as const)) {
      expect(arrived[0].every((point, x) => point instanceof Point && point.sum() === x + 1)).toBe(true);
      expect(arrived[1]).toBeInstanceOf(List);
      expect(arrived[1][0]).toBeInstanceOf(Point3);
      expect(arrived[2]).toBeInstanceOf(Names);
      expect(arrived[2].get(1)).toBe(arrived[0][5]);
    }
  });

  it("keeps what a class knows of its instances in a WeakMap", () => {
    const names = new WeakMap<object, string>();
    class Named {
      constructor(name: string) {
        names.set(this, name);
      }
      name(): string | undefined {
        return names.get(this);
      }
    }
    const { data, plain, uses } = encode([new Named("a"), new Named("b")], library);
    const other = new Library("other");
    expect(other.accept(library.needed(uses, new Set()))).toBeUndefined();
    const arrived = decode(structuredClone(data), plain, other) as Named[];
    expect(arrived.map((named) => named.name())).toEqual(["a", "b"]);
  });

  it("keeps functions, accessors, symbols, errors and URLs", () => {
    const factor = 3;
    const value = {
      scaled: (x: number) => x * factor,
      get half() {
        return factor / 2;
      },
      [Symbol.for("mine")]: Symbol.iterator,
      error: Object.assign(new RangeError("far", { cause: 1 }), { code: "E" }),
      url: new URL("file:///a?b#c"),
      point: new Point(),
    };
    for (const arrived of travelled(value)) {
      expect(arrived.scaled(2)).toBe(6);
      expect(Object.getOwnPropertyDescriptor(arrived, "half")!.get).toBeTypeOf("function");
      expect(arrived.half).toBe(1.5);
      expect(arrived[Symbol.for("mine")]).toBe(Symbol.iterator);
      expect(arrived.error).toBeInstanceOf(RangeError);
      expect(arrived.error).toMatchObject({ message: "far", cause: 1, code: "E", stack: value.error.stack });
      expect(arrived.url.href).toBe("file:///a?b#c");
      expect(arrived.point).toBeInstanceOf(Point);
    }
  });

  it("may be as deep as it likes, if it is data", () => {
    let deep: unknown = new Point();
    for (let i = 0; i < 1000; i++) deep = i % 2 === 0 ? [deep] : { deep };
    for (const arrived of travelled(deep)) {
      let inner = arrived as Record<string, unknown>;
      while (!(inner instanceof Point)) inner = (inner.deep ?? inner[0]) as Record<string, unknown>;
      expect(inner).toBeInstanceOf(Point);
    }
  });
});

/** A view as the value itself takes only its part of the memory along, if there is nothing more to it. */
function whole(value: unknown): unknown {
  if (!ArrayBuffer.isView(value) || survey(value).way === "captured") return value;
  if (value.byteLength === value.buffer.byteLength) return value;
  const memory = value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength) as ArrayBuffer;
  if (Buffer.isBuffer(value)) return Buffer.from(memory);
  return new (value.constructor as new (memory: ArrayBuffer) => object)(memory);
}

describe("memory", () => {
  it("of which a view shows a part stays here but for that part", () => {
    const numbers = new Float64Array(LARGE).map((_, i) => i);
    const part = numbers.subarray(10, 20);
    const encoded = encode(part, library);
    expect((encoded.data as Float64Array).buffer.byteLength).toBe(80);
    expect(encoded.bytes).toBeLessThan(500);
    expect(encoded.data).toEqual(part);
    const text = Buffer.from("a text in memory that others use, too");
    for (const arrived of travelled(text)) {
      expect(arrived.buffer.byteLength).toBe(text.length);
      expect(arrived.toString()).toBe(text.toString());
    }
    for (const arrived of travelled(new DataView(numbers.buffer, 8, 8)))
      expect(arrived.getFloat64(0, true)).toBe(1);
  });

  it("that is shared stays shared", () => {
    const shared = new Int32Array(new SharedArrayBuffer(64), 4, 2);
    const [arrived] = travelled(shared);
    arrived[0] = 7;
    expect(shared[0]).toBe(7);
  });

  it("may be transferred", () => {
    const values = [
      new Float64Array(LARGE).fill(1),
      {
        list: [Buffer.alloc(LARGE, 1)],
        point: Object.assign(new Point(), { y: new Uint8Array(LARGE).fill(1) }),
      },
    ];
    for (const value of values) {
      const expected = travelled(value)[0];
      const { data, plain, buffers } = encode(value, library);
      const arrived = decode(structuredClone(data, { transfer: [...buffers] }), plain, library);
      expect(buffers.length).toBeGreaterThan(0);
      expect(buffers.every(({ byteLength }) => byteLength === 0)).toBe(true);
      expect(isDeepStrictEqual(arrived, expected)).toBe(true);
    }
  });

  it("may be transferred from a value that the library takes apart", () => {
    const value = { numbers: new Float64Array(LARGE).fill(1), scaled: (x: number) => x * 2 };
    const { data, plain, buffers } = encode(value, library);
    expect(buffers).toHaveLength(1);
    const arrived = decode(structuredClone(data, { transfer: [...buffers] }), plain, library) as typeof value;
    expect([arrived.numbers.length, arrived.numbers[5]]).toEqual([LARGE, 1]);
    expect(value.numbers).toHaveLength(0);
  });
});

describe("what cannot travel", () => {
  it("is refused, with the way to it", () => {
    const socket = new Socket();
    const error = refusal({ list: [1, { socket }] });
    expect(error).toBeInstanceOf(ClosureError);
    expect(error.path).toEqual(['the result of "load"', "property .list", "element [1]", "property .socket"]);
    expect(error.message).toMatch(/Socket/);
    socket.destroy();
  });

  it("is called by its name", async () => {
    const { port1 } = new MessageChannel();
    const file = await open(new URL(import.meta.url));
    class Secret {
      readonly #own = 1;
      get own(): number {
        return this.#own;
      }
    }
    const values: [unknown, RegExp][] = [
      [Promise.resolve(1), /Promise/],
      [new Proxy({}, {}), /Proxy/],
      [port1, /MessagePort/],
      [file, /FileHandle/],
      [createServer(), /Server/],
      [(function* () {})(), /generator/],
      [[].values(), /iterator/i],
      [Symbol("mine"), /symbol/i],
      [new WeakRef({}), /WeakRef/],
      [new Secret(), /Secret/],
      [new Intl.NumberFormat(), /NumberFormat/],
      [new AbortController().signal, /AbortSignal/],
    ];
    for (const [value, name] of values) {
      const error = refusal([new Map([["key", value]])], String(name));
      expect(error, String(name)).toBeInstanceOf(ClosureError);
      expect(error.message).toMatch(name);
      expect(error.path.slice(0, 2)).toEqual(['the result of "load"', "element [0]"]);
    }
    port1.close();
    await file.close();
  });

  it("may be memory that is gone", () => {
    const detached = new Uint8Array(8);
    structuredClone(detached, { transfer: [detached.buffer] });
    for (const value of [detached, { list: [detached] }]) {
      expect(refusal(value)).toBeInstanceOf(ClosureError);
      expect(refusal(value).message).toMatch(/detached/);
    }
  });

  it("is found at the class of an instance, too", () => {
    const socket = new Socket();
    class Connected {
      readonly field = 1;
      send(): unknown {
        return socket;
      }
    }
    const error = refusal({ list: [new Connected()] });
    expect(error.path.slice(0, 3)).toEqual(['the result of "load"', "property .list", "element [0]"]);
    expect(error.message).toMatch(/`socket`/);
    socket.destroy();
  });

  it("may be too deep to be taken apart", () => {
    let deep: unknown = () => 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(refusal(deep)).toBeInstanceOf(ClosureError);
    expect(refusal(deep).reason).toMatch(/deep/);
  });
});
