import { describe, expect, it } from "vitest";
import { decodeMsgpack } from "../../../src/dask/protocol/msgpack-reader.ts";
import { DaskProtocolError } from "../../../src/errors.ts";
import { bytesOf, GOLDEN } from "../golden/golden.ts";

const read = (hex: string): unknown => decodeMsgpack(bytesOf(hex));

describe("decodeMsgpack", () => {
  it.each(GOLDEN)("reads what Python $release writes", ({ messages }) => {
    expect(read(messages.kinds![0]!)).toEqual([
      ...[null, true, -1, 200, -200, 70000, -70000, 2 ** 40, -(2 ** 40), 2n ** 63n, 1.5, "é"],
      ...[Uint8Array.of(98), new Map([["s", new Set([1, 2])]])],
    ]);
  });

  it.each([
    ["cd0001", 1],
    ["ca3fc00000", 1.5],
    ["d9026162", "ab"],
    ["da00026162", "ab"],
    ["db000000026162", "ab"],
    ["c50001ff", Uint8Array.of(255)],
    ["c600000001ff", Uint8Array.of(255)],
    ["dc000101", [1]],
    ["dd0000000101", [1]],
    ["de00010102", new Map([[1, 2]])],
    ["df000000010102", new Map([[1, 2]])],
    ["cf001fffffffffffff", Number.MAX_SAFE_INTEGER],
    ["cf0020000000000000", 2n ** 53n],
    ["d3ffe0000000000001", Number.MIN_SAFE_INTEGER],
  ])("reads %s, also where a shorter form would do", (hex, value) => {
    expect(read(hex)).toEqual(value);
  });

  it("keeps fields called __proto__ and keys of any type", () => {
    const map = read("83a95f5f70726f746f5f5f019001a17802") as Map<unknown, unknown>;
    expect([...map]).toEqual([
      ["__proto__", 1],
      [[], 1],
      ["x", 2],
    ]);
    expect(map).toBeInstanceOf(Map);
  });

  it("gives bytes as parts of what it was given", () => {
    const bytes = bytesOf("91c40101");
    expect(((decodeMsgpack(bytes) as Uint8Array[])[0] as Uint8Array).buffer).toBe(bytes.buffer);
  });

  it.each([
    ["nothing", "", /too early/],
    ["too little", "92c0", /too early/],
    ["a long text", "dbffffffff61", /too early/],
    ["more items than there are bytes", "ddffffffff", /too early/],
    ["more entries than there are bytes", "dfffffffff", /too early/],
    ["something after it", "c0c0", /follow/],
    ["an extension", "d40100", /0xd4/],
    ["an unused tag", "c1", /0xc1/],
    ["too many levels", "91".repeat(300), /deeper/],
  ])("refuses %s", (_, hex, text) => {
    expect(() => read(hex)).toThrow(DaskProtocolError);
    expect(() => read(hex)).toThrow(text);
  });
});
