import { op } from "dispatch-graph";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Library } from "../../../src/closure/library.ts";
import { decodeMessage, encodeMessage, Serialized } from "../../../src/dask/protocol/message.ts";
import { prepareAny, readAny, sharedByUs, writeAny } from "../../../src/dask/tasks/any-value.ts";
import { ClosureError, DaskProtocolError } from "../../../src/errors.ts";
import { carried, Point } from "../../serialize/arbitrary-values.ts";
import { same } from "../../serialize/same.ts";

const library = new Library("writer");

/** As it comes out of a socket. */
const overTheWire = (value: Serialized): Serialized =>
  decodeMessage(encodeMessage(value).map((frame) => Uint8Array.from(frame))) as Serialized;

const familyOf = ({ header }: Serialized): unknown => header.get("serializer");

function read(value: Serialized, reader = new Library("reader")): unknown {
  expect(prepareAny(value, reader)).toBeUndefined();
  return readAny(value, reader);
}

/**
 * A view that is the value brings only along what it shows, and so do views in the forms for Python, which may be
 * read as parts of larger memory.
 */
function isCopy(value: unknown, written: Serialized): boolean {
  const copy = readAny(written, library);
  const isPart = ArrayBuffer.isView(value) && value.byteLength < value.buffer.byteLength;
  if (familyOf(written) === "dispatch-graph" && !isPart) return same(value, copy);
  expect(copy).toStrictEqual(value);
  return true;
}

describe("any value", () => {
  it("is the same when it is read where it was written, whatever it is", () => {
    fc.assert(
      fc.property(carried, (value) => {
        const written = writeAny(value, library);
        return [written, overTheWire(written)].every((one) => isCopy(value, one));
      }),
      { numRuns: 300 },
    );
  });

  it("is in a form for Python if that says all, else in our own family", () => {
    for (const value of [1, "a", null, [1, [2]], { a: 1 }])
      expect(familyOf(writeAny(value, library))).toBe("pickle");
    expect(familyOf(writeAny(new Float32Array(3), library))).toBe("dask");
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const value of [undefined, new Date(), cycle, new Point(), () => 1, new Map([[{}, 1]])]) {
      expect(familyOf(writeAny(value, library))).toBe("dispatch-graph");
    }
  });

  it("says in its header what its readers need", () => {
    const { header, frames } = writeAny([undefined, new Float64Array(10_000)], library);
    expect([...header]).toEqual([
      ["serializer", "dispatch-graph"],
      ["version", 1],
      ["memory", [0]],
      ["num-sub-frames", 2],
    ]);
    // Plain, and no code; then what V8 writes.
    expect([...frames[0]!.subarray(0, 3)]).toEqual([0, 0, 0xff]);
  });

  it("brings functions along, and the classes of instances", () => {
    const factor = 3;
    class Product {
      of(x: number): number {
        return factor * x;
      }
    }
    const reader = new Library("reader");
    const product = read(overTheWire(writeAny(new Product(), library)), reader) as Product;
    expect(product.of(4)).toBe(12);
    const another = read(overTheWire(writeAny(new Product(), library)), reader) as Product;
    expect(another.constructor).toBe(product.constructor);
    expect((read(writeAny((x: number) => x * factor, library)) as (x: number) => number)(2)).toBe(6);
  });

  it("waits for modules", async () => {
    const { join } = await import("node:path/posix");
    const written = writeAny((a: string) => join(a, "b"), library);
    const reader = new Library("reader");
    await prepareAny(written, reader);
    expect((readAny(written, reader) as (a: string) => string)("a")).toBe("a/b");
  });

  it("does not copy large memory", () => {
    const value = [undefined, new Float64Array(10_000)];
    const written = writeAny(value, library);
    expect(written.frames[1]!.buffer).toBe((value[1] as Float64Array).buffer);
    const frames = [written.frames[0]!, new Uint8Array(written.frames[1]!)];
    const [, array] = read(new Serialized(written.header, frames)) as [undefined, Float64Array];
    expect(array.buffer).toBe(frames[1]!.buffer);
  });

  it("leaves shared memory of the user's shared, and nothing else", () => {
    const [mine, ours] = [new SharedArrayBuffer(80_000), new SharedArrayBuffer(80_000)];
    const value = [undefined, new Float64Array(mine), new Float64Array(ours)];
    const written = writeAny(value, library, undefined, (memory) => memory === ours);
    expect(written.header.get("memory")).toEqual([1, 2]);
    expect(sharedByUs(written)).toEqual([ours]);
    const here = read(written) as Float64Array[];
    expect([here[1]!.buffer, here[2]!.buffer]).toEqual([mine, ours]);
    const there = read(overTheWire(written)) as Float64Array[];
    expect(there.slice(1).map(({ buffer }) => buffer.constructor.name)).toEqual([
      "SharedArrayBuffer",
      "ArrayBuffer",
    ]);
  });

  it("cannot be written if a part of it cannot travel", () => {
    class Hidden {
      #x = 1;
      x(): number {
        return this.#x;
      }
    }
    expect(() => writeAny([new Hidden()], library, () => "my value")).toThrow(ClosureError);
    expect(() => writeAny([new Hidden()], library, () => "my value")).toThrow(/^my value/);
  });

  it("is refused in another version of the format, or with other frames than it says", () => {
    const { frames } = writeAny(undefined, library);
    const other = Serialized.of("dispatch-graph", frames, [
      ["version", 2],
      ["memory", []],
    ]);
    expect(() => readAny(other, library)).toThrow(/format 2.*reads format 1/);
    expect(() => prepareAny(other, library)).toThrow(DaskProtocolError);
    for (const memory of [[0], undefined, 5]) {
      const wrong = Serialized.of("dispatch-graph", frames, [
        ["version", 1],
        ["memory", memory],
      ]);
      expect(() => readAny(wrong, library)).toThrow(DaskProtocolError);
    }
    expect(() => prepareAny(Serialized.of("dispatch-graph", [], [["version", 1]]), library)).toThrow(
      /no frames/,
    );
  });

  it("is never half read", () => {
    const { header, frames } = writeAny(new Point(), library);
    for (let length = 0; length < frames[0]!.byteLength; length += 7) {
      const cut = new Serialized(header, [frames[0]!.slice(0, length)]);
      expect(() => {
        prepareAny(cut, new Library("reader"));
        readAny(cut, new Library("reader"));
      }).toThrow(DaskProtocolError);
    }
  });

  it("may be a node's function", () => {
    expect(op(read(writeAny((x: number) => x, library)) as (x: number) => number, 1).label).toBeTypeOf(
      "string",
    );
  });
});
