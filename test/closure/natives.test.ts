import { describe, expect, it } from "vitest";
import { movedValue, thread } from "./travel.ts";

describe("values of a kind of their own", () => {
  it.each<[string, unknown]>([
    ["dates", new Date(5)],
    ["regular expressions", /a+/giu],
    ["maps and sets", new Map<unknown, unknown>([[{ a: 1 }, new Set([1, new Set()])]])],
    ["array buffers", new Uint8Array([1, 2, 3]).buffer],
    ["views", [new Float64Array([1, NaN]), new DataView(new ArrayBuffer(8), 2, 4), new BigInt64Array([1n])]],
    ["buffers", Buffer.from("abc")],
    ["boxed values", [Object(1n), new String("ab"), new Boolean(false)]],
    ["urls", [new URL("http://user@host:1/path?x#y"), new URLSearchParams("a=1&a=2")]],
  ])("%s are copied", async (_, value) => {
    expect(await movedValue(value)).toEqual(value);
  });

  it("have their further properties", async () => {
    const values = [
      ...[Object.assign(/a/g, { lastIndex: 3, extra: 1 }), Object.assign(Buffer.from("x"), { extra: 1 })],
      ...[Object.assign(new Float64Array(5_000), { extra: 1 }), Object.assign(new String("x"), { extra: 1 })],
      ...[Object.assign(new ArrayBuffer(1), { extra: 1 }), Object.assign(new Date(0), { extra: 1 })],
    ];
    const copies = await movedValue(values);
    expect(copies.map(({ extra }) => extra)).toEqual([1, 1, 1, 1, 1, 1]);
    expect((copies[0] as RegExp).lastIndex).toBe(3);
  });

  it("share a buffer where they did", async () => {
    const buffer = new ArrayBuffer(8);
    const [a, b] = await movedValue([new Uint8Array(buffer), new Uint8Array(buffer, 4)] as const);
    a[4] = 7;
    expect(b[0]).toBe(7);
  });

  it("are not copied on the way into a capsule, which is sent anyway", () => {
    const bytes = new Uint8Array(10);
    const { recipe } = thread().captureValue(bytes);
    expect(recipe.nodes).toContainEqual({ kind: "buffer", bytes: bytes.buffer, own: undefined });
    const buffers = recipe.nodes.flatMap((node) => (node.kind === "buffer" ? [node.bytes] : []));
    expect(buffers[0]).toBe(bytes.buffer);
  });

  it("are copied when a function captures them", () => {
    const bytes = new Uint8Array([1]);
    const { recipe } = thread().capture(() => bytes[0]);
    bytes[0] = 2;
    const nodes = recipe.kind === "value" ? recipe.nodes : [];
    const [buffer] = nodes.flatMap((node) => (node.kind === "buffer" ? [node.bytes] : []));
    expect(new Uint8Array(buffer!)).toEqual(new Uint8Array([1]));
  });

  it("are errors with class, code, cause, further fields and stack", async () => {
    class ParseError extends SyntaxError {
      readonly line: number;
      constructor(line: number, cause: unknown) {
        super("not so", { cause });
        this.line = line;
      }
    }
    const error = Object.assign(new ParseError(3, new RangeError("far")), { code: "E_PARSE" });
    const home = thread();
    const copy = await movedValue(error, home);
    expect(copy).toMatchObject({ message: "not so", line: 3, code: "E_PARSE", stack: error.stack });
    expect(copy.cause).toBeInstanceOf(RangeError);
    expect(copy).toBeInstanceOf(SyntaxError);
    expect(Object.keys(copy)).toEqual(Object.keys(error));
    expect(home.restore(home.captureValue(error))).toBeInstanceOf(ParseError);
  });

  it("are what an aborted signal gives", async () => {
    const reason = AbortSignal.abort().reason as DOMException;
    const copy = await movedValue(reason);
    expect(copy).toBeInstanceOf(DOMException);
    expect([copy.name, copy.message, copy.stack]).toEqual([reason.name, reason.message, reason.stack]);
  });

  it("are weak collections, as far as their keys come along", async () => {
    const key = {};
    const weak = new WeakMap<object, string>([
      [key, "here"],
      [{}, "elsewhere"],
    ]);
    const set = new WeakSet([key]);
    const copy = await movedValue({ weak, set, key });
    expect([copy.weak.get(copy.key), copy.set.has(copy.key)]).toEqual(["here", true]);
  });
});
