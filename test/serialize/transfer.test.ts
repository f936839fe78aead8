import { markAsUntransferable } from "node:worker_threads";
import { expect, it } from "vitest";
import { canBeTransferred, isDetached, isResizable, LARGE } from "../../src/serialize/transfer.ts";

it("finds large memory that Node hands over, and does not hand it over", () => {
  const memory = new ArrayBuffer(LARGE);
  expect(canBeTransferred(memory)).toBe(true);
  expect(memory.byteLength).toBe(LARGE);
  structuredClone(memory, { transfer: [memory] });
  expect(memory.byteLength).toBe(0);
  expect(isDetached(memory)).toBe(true);
  expect([isDetached(new ArrayBuffer(0)), isDetached(new SharedArrayBuffer(0))]).toEqual([false, false]);
  expect(canBeTransferred(memory)).toBe(false);
});

it("leaves small memory to be copied", () => {
  expect(canBeTransferred(new ArrayBuffer(LARGE - 1))).toBe(false);
});

it("finds memory that Node keeps", () => {
  const marked = new ArrayBuffer(LARGE);
  markAsUntransferable(marked);
  expect(canBeTransferred(marked)).toBe(false);
  const { Memory } = (
    globalThis as unknown as { WebAssembly: { Memory: new (size: object) => { buffer: ArrayBuffer } } }
  ).WebAssembly;
  expect(canBeTransferred(new Memory({ initial: 1 }).buffer)).toBe(false);
});

it("leaves resizable memory where it is", () => {
  const Resizable = ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer;
  const memory = new Resizable(LARGE, { maxByteLength: 2 * LARGE });
  expect(isResizable(memory)).toBe(true);
  expect(isResizable(new ArrayBuffer(1))).toBe(false);
  expect(canBeTransferred(memory)).toBe(false);
});
