import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FieldReader, FieldWriter, NOTHING, unpacked } from "../../../src/dask/tasks/fields.ts";
import { DaskProtocolError } from "../../../src/errors.ts";

function through<T>(put: (fields: FieldWriter) => void, take: (fields: FieldReader) => T): T {
  const fields = new FieldWriter(1);
  put(fields);
  const reader = new FieldReader(fields.taken());
  const taken = take(reader);
  expect(reader.rest().byteLength).toBe(0);
  return taken;
}

describe("fields", () => {
  it("are whole numbers of any size", () => {
    for (const n of [0, 1, 127, 128, 2 ** 31, 2 ** 32, 2 ** 49 - 1, 2 ** 50, Number.MAX_SAFE_INTEGER]) {
      expect(
        through(
          (to) => to.count(n),
          (from) => from.count(),
        ),
      ).toBe(n);
    }
  });

  it("are primitives, exactly", () => {
    const primitive = fc.oneof(
      ...[fc.double(), fc.integer(), fc.maxSafeInteger(), fc.bigInt(), fc.boolean()],
      ...[fc.constantFrom(undefined, null, -0, NaN, Infinity, "\ud800", "", NOTHING)],
      fc.string({ unit: "binary" }),
    );
    fc.assert(
      fc.property(fc.array(primitive), (values) => {
        const read = through(
          (to) => {
            for (const value of values) to.primitive(value);
          },
          (from) => values.map(() => from.primitive()),
        );
        return values.every((value, i) => Object.is(value, read[i]));
      }),
    );
  });

  it("are data with large memory, which stays what it is", () => {
    const data = {
      a: new Float64Array(10_000).fill(1.5),
      s: new SharedArrayBuffer(8),
      b: Buffer.from("abc"),
    };
    const read = through(
      (to) => to.data(data),
      (from) => from.data(),
    ) as typeof data;
    expect(read.a).toEqual(data.a);
    expect(read.a.buffer).toBeInstanceOf(ArrayBuffer);
    expect(read.s).toBeInstanceOf(SharedArrayBuffer);
    expect(Buffer.from(read.b).toString()).toBe("abc");
  });

  it("do not bring along what else is in the memory that Buffers share", () => {
    const secret = Buffer.from("a secret of somebody else");
    const fields = new FieldWriter();
    fields.data({ b: Buffer.from("abc") });
    expect(Buffer.from(fields.taken()).includes(secret)).toBe(false);
  });

  it("can be written again after they have been taken", () => {
    const fields = new FieldWriter(1);
    fields.raw(new Uint8Array(200_000));
    expect(fields.taken().byteLength).toBe(200_000);
    fields.text("x");
    expect([...fields.taken()]).toEqual([1, 120]);
  });
});

describe("a reader of fields", () => {
  const refused: Record<string, readonly [number[], (fields: FieldReader) => unknown]> = {
    "more bytes than there are": [[0xff, 0xff, 0xff, 0xff, 0x0f], (fields) => fields.bytes()],
    "a number that has no end": [new Array(20).fill(0xff), (fields) => fields.count()],
    "no bytes": [[], (fields) => fields.byte()],
    "an unknown primitive": [[99], (fields) => fields.primitive()],
    "a bigint that is none": [[9, 2, 0x78, 0x79], (fields) => fields.primitive()],
    "a long memory that is not there": [[1, 0, 1, 0, 0xff, 0xff, 0x7f], (fields) => fields.data()],
  };

  it.each(Object.entries(refused))("refuses %s", (_, [bytes, read]) => {
    expect(() => read(new FieldReader(Uint8Array.from(bytes)))).toThrow(DaskProtocolError);
  });

  it("says what may be wrong with data", () => {
    expect(() => unpacked({ body: Uint8Array.of(1, 2, 3), buffers: [] })).toThrow(
      /damaged, or of another version/,
    );
  });

  it("survives anything", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        for (const read of ["data", "primitive", "text", "bytes", "count"] as const) {
          try {
            new FieldReader(bytes)[read]();
          } catch (problem) {
            expect(problem).toBeInstanceOf(DaskProtocolError);
          }
        }
      }),
    );
  });
});
