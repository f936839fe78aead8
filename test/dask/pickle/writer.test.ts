import { describe, expect, it } from "vitest";
import { PyGlobal } from "../../../src/dask/pickle/objects.ts";
import * as op from "../../../src/dask/pickle/opcodes.ts";
import { unpickle } from "../../../src/dask/pickle/reader.ts";
import { PickleWriter } from "../../../src/dask/pickle/writer.ts";

function written(write: (writer: PickleWriter) => void): string {
  const writer = new PickleWriter();
  write(writer);
  return Buffer.from(writer.finish()).toString("hex");
}

describe("PickleWriter", () => {
  it.each([
    [0, "4b00"],
    [255, "4bff"],
    [256, "4d0001"],
    [65536, "4a00000100"],
    [-1, "4affffffff"],
    [2 ** 31, "8a050000008000"],
    [1.5, "473ff8000000000000"],
    [-0, "478000000000000000"],
    [2 ** 53, "474340000000000000"],
    [Number.NaN, "477ff8000000000000"],
  ])("writes the number %d as Python does", (number, hex) => {
    expect(written((writer) => writer.number(number))).toBe(`8004${hex}2e`);
  });

  it.each([
    0n,
    1n,
    -1n,
    127n,
    128n,
    -128n,
    -129n,
    255n,
    256n,
    2n ** 63n,
    -(2n ** 63n),
    -(2n ** 64n),
    2n ** 3000n,
  ])("writes %d so that it is read again", (number) => {
    const writer = new PickleWriter();
    writer.bigint(number);
    const read = unpickle(writer.finish());
    expect(BigInt(read as bigint)).toBe(number);
  });

  it("writes texts and bytes of all lengths", () => {
    for (const length of [0, 1, 255, 256, 70_000]) {
      for (const letter of ["a", "é"]) {
        const writer = new PickleWriter();
        writer.text(letter.repeat(length));
        writer.bytes(new Uint8Array(length).fill(length));
        writer.op(op.TUPLE2);
        expect(unpickle(writer.finish())).toEqual([
          letter.repeat(length),
          new Uint8Array(length).fill(length),
        ]);
      }
    }
  });

  it("writes a class once, and takes it out of the memo then, whatever its place", () => {
    const writer = new PickleWriter();
    writer.op(op.MARK);
    for (let index = 0; index < 300; index++) writer.global(new PyGlobal("m", `name${index}`));
    const size = 300 * (2 + 1 + 2 + 7 + 2);
    for (let index = 0; index < 300; index++) writer.global(new PyGlobal("m", `name${index}`));
    writer.op(op.TUPLE);
    const bytes = writer.finish();
    expect(bytes.byteLength).toBeLessThan(size + 256 * 2 + 44 * 5 + 10);
    const read = unpickle(bytes) as PyGlobal[];
    expect(read.map(({ name }) => name).slice(300)).toEqual(read.map(({ name }) => name).slice(0, 300));
  });

  it("puts buffers beside the pickle", () => {
    const writer = new PickleWriter(5);
    const bytes = new Uint8Array(3);
    writer.buffer(bytes);
    expect(writer.buffers).toEqual([bytes]);
    expect(unpickle(writer.finish(), writer.buffers)).toBe(bytes);
  });
});
