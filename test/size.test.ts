import { describe, expect, it } from "vitest";
import { sizeOf } from "../src/size.ts";

describe("sizeOf", () => {
  it.each([
    ["undefined", undefined],
    ["null", null],
    ["a number", 1.5],
    ["a bigint", 1n],
    ["a boolean", true],
    ["a symbol", Symbol("s")],
    ["a function", () => 1],
  ])("is small for %s", (_, value) => {
    expect(sizeOf(value)).toBeGreaterThan(0);
    expect(sizeOf(value)).toBeLessThan(100);
  });

  it("counts the characters of strings", () => {
    expect(sizeOf("x".repeat(1000)) - sizeOf("")).toBeGreaterThanOrEqual(1000);
  });

  it("counts the bytes of buffers and typed arrays", () => {
    const kinds = [
      new Float64Array(125),
      new Uint8Array(1000),
      Buffer.alloc(1000),
      new ArrayBuffer(1000),
      new SharedArrayBuffer(1000),
      new DataView(new ArrayBuffer(1000)),
    ];
    for (const value of kinds) {
      expect(sizeOf(value)).toBeGreaterThanOrEqual(1000);
      expect(sizeOf(value)).toBeLessThan(1200);
    }
  });

  it("counts all the memory that a view keeps, and once for all its views", () => {
    const memory = new ArrayBuffer(1_000_000);
    const views = [new Uint8Array(memory, 0, 10), new DataView(memory), new Float64Array(memory), memory];
    expect(sizeOf(views[0])).toBeGreaterThan(1_000_000);
    expect(sizeOf(views)).toBeLessThan(1_001_000);
  });

  it("counts of the memory that Node shares among Buffers only a Buffer's part", () => {
    const part = Buffer.from("a text");
    expect(part.buffer.byteLength).toBeGreaterThan(1000);
    expect(sizeOf(part)).toBeLessThan(200);
  });

  it.each([
    ["arrays", (part: string) => [part, part.slice(1)]],
    ["objects", (part: string) => ({ a: part, b: part.slice(1) })],
    ["Maps, by key and value", (part: string) => new Map([[part, part.slice(1)]])],
    ["Sets", (part: string) => new Set([part, part.slice(1)])],
    ["class instances", (part: string) => Object.assign(new (class Own {})(), { a: part, b: part.slice(1) })],
    ["what is nested deeper", (part: string) => [{ list: [new Map([[1, { part }]]), part.slice(1)] }]],
  ])("counts what is in %s", (_, make) => {
    const size = sizeOf(make("x".repeat(1000)));
    expect(size).toBeGreaterThanOrEqual(1999);
    expect(size).toBeLessThan(2500);
  });

  it("counts shared objects once", () => {
    const shared = { text: "x".repeat(1000) };
    expect(sizeOf([shared, shared, { shared }])).toBeLessThan(1500);
  });

  it("ends for objects that contain themselves", () => {
    const ring: Record<string, unknown> = { text: "x".repeat(1000) };
    ring.ring = [ring, new Map([[ring, ring]])];
    expect(sizeOf(ring)).toBeLessThan(1500);
  });

  it("is proportional to the number of elements", () => {
    const list = (length: number) => Array.from({ length }, (_, i) => i);
    expect(sizeOf(list(20_000)) / sizeOf(list(10_000))).toBeCloseTo(2, 1);
  });

  it("does not overflow the stack on deep structures", () => {
    let deep: unknown = "bottom";
    for (let i = 0; i < 200_000; i++) deep = i % 2 === 0 ? [deep] : { deep };
    expect(sizeOf(deep)).toBeGreaterThan(200_000);
  });

  it("does not fail on what cannot be looked at", () => {
    const trap = (): never => {
      throw new Error("from a trap");
    };
    const { proxy: revoked, revoke } = Proxy.revocable({}, {});
    revoke();
    const hostile = [
      Object.defineProperty({}, "getter", { get: trap, enumerable: true }),
      new Proxy({}, { ownKeys: trap }),
      new Proxy({}, { getPrototypeOf: trap }),
      revoked,
      Object.create(null),
    ];
    for (const value of hostile) {
      expect(sizeOf(value)).toBeGreaterThan(0);
      expect(sizeOf([value, "x".repeat(1000)]), "what else there is counts").toBeGreaterThan(1000);
    }
  });
});
