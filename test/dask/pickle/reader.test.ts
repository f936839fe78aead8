import { describe, expect, it } from "vitest";
import { PyGlobal, PyObject } from "../../../src/dask/pickle/objects.ts";
import { unpickle } from "../../../src/dask/pickle/reader.ts";
import { DaskProtocolError } from "../../../src/errors.ts";
import { bytesOf, GOLDEN } from "../golden/golden.ts";

const read = (hex: string, buffers: Uint8Array[] = []): unknown =>
  unpickle(bytesOf(hex.replaceAll(" ", "")), buffers);
const ascii = (text: string): string => Buffer.from(text).toString("hex");

describe("unpickle", () => {
  it.each(GOLDEN)("reads what Python $release writes, the same in all protocols", ({ pickles }) => {
    for (const name of ["none", "large", "unicode", "tuple", "dict of numbers", "shared", "bytes"]) {
      const read = pickles[name]!.slice(1).map((hex) => unpickle(bytesOf(hex)));
      for (const value of read) expect(value).toEqual(read[0]);
    }
  });

  it("keeps what is shared", () => {
    const [first, second] = unpickle(bytesOf(GOLDEN[0]!.pickles.shared![3]!)) as unknown[];
    expect(first).toBe(second);
  });

  it("reads opcodes that Python's own pickler writes seldom", () => {
    expect(read("8002 28 4b01 4b02 6c 2e")).toEqual([1, 2]); // LIST
    expect(read("8002 28 4b01 4b02 64 2e")).toEqual(new Map([[1, 2]])); // DICT
    expect(read("8002 4b01 32 86 2e")).toEqual([1, 1]); // DUP
    expect(read("8002 4b01 4b02 30 2e")).toBe(1); // POP
    expect(read("8002 4b01 28 4b02 31 2e")).toBe(1); // POP_MARK
    expect(read("8002 4b01 28 30 2e")).toBe(1); // POP of a mark
    expect(read("8002 4b07 71 05 30 68 05 2e")).toBe(7); // BINPUT, BINGET
    expect(read("8002 4b07 72 05000000 30 6a 05000000 2e")).toBe(7); // LONG_BINPUT, LONG_BINGET
    expect(read("8002 5d 4b01 61 2e")).toEqual([1]); // APPEND
    expect(read("8005 97 98 2e", [Uint8Array.of(1)])).toEqual(Uint8Array.of(1)); // NEXT_BUFFER
    expect(read("8005 96 0100000000000000 07 2e")).toEqual(Uint8Array.of(7)); // BYTEARRAY8
    expect(read("8004 8d 0200000000000000 c3a9 2e")).toBe("é"); // BINUNICODE8
    expect(read("8004 8e 0100000000000000 07 2e")).toEqual(Uint8Array.of(7)); // BINBYTES8
    expect(read("8004 8b 01000000 ff 2e")).toBe(-1); // LONG4
  });

  it("makes nothing of classes and functions but a description", () => {
    // os.system("ls"), in both ways to name a function
    const byLine = read(`8002 63 ${ascii("os\nsystem\n")} 58 02000000 ${ascii("ls")} 85 52 2e`) as PyObject;
    const byStack = read(`8004 8c02${ascii("os")} 8c06${ascii("system")} 93 8c02${ascii("ls")} 85 52 2e`);
    expect(byLine).toBeInstanceOf(PyObject);
    expect(byLine).toEqual(byStack);
    expect([byLine.path, byLine.args]).toEqual(["os.system", ["ls"]]);
  });

  it("keeps what objects are filled with: state, items, entries, named arguments", () => {
    const global = `8c01${ascii("m")}8c01${ascii("C")}93`;
    const filled = read(`8004 ${global} 29 81 7d 4b01 4b02 73 62 4b05 61 4b06 4b07 73 2e`) as PyObject;
    expect(filled.callable).toEqual(new PyGlobal("m", "C"));
    expect([filled.state, filled.items, filled.entries]).toEqual([new Map([[1, 2]]), [5], new Map([[6, 7]])]);
    const named = read(`8004 ${global} 29 7d 4b01 4b02 73 92 2e`) as PyObject;
    expect(named.kwargs).toEqual(new Map([[1, 2]]));
    // The result of a call is called.
    expect((read(`8004 ${global} 29 52 29 52 2e`) as PyObject).path).toBe("");
  });

  it.each([
    ["nothing", "", /ends too early/],
    ["no end", "8004 4e", /ends too early/],
    ["a long text", "8004 58 ffffffff 2e", /ends too early/],
    ["a very long text", "8004 8d ffffffffffffffff 2e", /ends too early/],
    ["an empty stack", "8004 2e", /empty stack/],
    ["a tuple of too little", "8004 4b01 86 2e", /empty stack/],
    ["no mark", "8004 74 2e", /mark/],
    ["a later protocol", "8006 4e 2e", /protocol after 5/],
    ["something outside of it", "8004 4e 51 2e", /outside/],
    ["a registered class", "8004 82 01 2e", /outside/],
    ["an opcode of protocol 0", "49 31 0a 2e", /0x49/],
    ["what is not remembered", "8004 68 05 2e", /remembered/],
    ["a far place in the memo", "8004 4e 72 ffffffff 2e", /remembers too much/],
    ["a call of a number", "8004 4b01 29 52 2e", /no function/],
    ["arguments that are none", `8004 8c016d8c014393 4b01 52 2e`, /no tuple/],
    ["a class with no name", "8004 4b01 4b02 93 2e", /no text/],
    ["entries of a list", "8004 5d 4b01 4b02 73 2e", /no dict/],
    ["an odd number of entries", "8004 7d 28 4b01 75 2e", /no dict/],
    ["items of a number", "8004 4b01 4b02 61 2e", /no list/],
    ["fields of a number", "8004 4b01 4b02 62 2e", /no object/],
    ["a buffer that is not there", "8005 97 2e", /buffer/],
  ])("refuses a pickle with %s", (_, hex, message) => {
    expect(() => read(hex)).toThrow(DaskProtocolError);
    expect(() => read(hex)).toThrow(message);
  });

  it("reads a value of very many levels, one after the other", () => {
    const levels = 100_000;
    const bytes = new Uint8Array(2 * levels + 4).fill(0x85); // TUPLE1
    bytes.set([0x80, 4, 0x4e]);
    bytes[bytes.length - 1] = 0x2e;
    expect(Array.isArray(unpickle(bytes))).toBe(true);
  });
});
