import { expect, it } from "vitest";
import { plainBytes } from "../../../src/dask/pickle/plain-bytes.ts";

it("plainBytes gives the same memory without Node's methods", () => {
  const buffer = Buffer.from("text");
  const plain = plainBytes(buffer);
  expect(Object.getPrototypeOf(plain)).toBe(Uint8Array.prototype);
  expect([plain.buffer, plain.byteOffset, plain.byteLength]).toEqual([buffer.buffer, buffer.byteOffset, 4]);
  expect(plainBytes(plain)).toBe(plain);
});
