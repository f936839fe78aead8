import { describe, expect, it } from "vitest";
import { Library } from "../../../src/closure/library.ts";
import { acceptCode, codeOf, skipCode } from "../../../src/dask/tasks/code.ts";
import { FieldReader, FieldWriter } from "../../../src/dask/tasks/fields.ts";
import { DaskProtocolError } from "../../../src/errors.ts";

const client = new Library("client");
const base = 10;
const plus = (x: number): number => x + base;
const { id } = client.capture((x: number) => plus(x) * 2);

describe("code", () => {
  it("brings everything that a function uses", () => {
    const library = new Library("thread");
    expect(acceptCode(new FieldReader(codeOf([id], client)), library)).toBeUndefined();
    expect(library.functionOf(id)(1)).toBe(22);
  });

  it("is written once", () => {
    expect(codeOf([id], client)).toBe(codeOf([id], client));
  });

  it("is not even looked at where it is known", () => {
    const library = new Library("thread");
    const code = codeOf([id], client);
    acceptCode(new FieldReader(code), library);
    const damaged = code.slice();
    damaged.fill(0xff, id.length + 4);
    const fields = new FieldReader(damaged.slice(0, id.length + 2));
    expect(() => acceptCode(fields, library)).toThrow(DaskProtocolError);
    const same = Buffer.from(code);
    same.fill(0xff, code.byteLength - 20);
    expect(() => acceptCode(new FieldReader(same), library)).not.toThrow();
    expect(() => acceptCode(new FieldReader(same), new Library("other"))).toThrow(DaskProtocolError);
  });

  it("can be passed over", () => {
    for (const uses of [[], [id], [id, id]]) {
      const fields = new FieldWriter();
      fields.raw(codeOf(uses, client));
      fields.byte(77);
      const reader = new FieldReader(fields.taken());
      skipCode(reader);
      expect(reader.byte()).toBe(77);
    }
  });

  it("is refused if there are no definitions in it", () => {
    const definitions = new FieldWriter();
    definitions.data([{ id: 5 }]);
    const fields = new FieldWriter();
    fields.count(1);
    fields.text("x");
    fields.bytes(definitions.taken());
    expect(() => acceptCode(new FieldReader(fields.taken()), client)).toThrow(/no definitions/);
  });
});
