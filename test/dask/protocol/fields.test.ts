import { describe, expect, it } from "vitest";
import { fieldsOf } from "../../../src/dask/protocol/fields.ts";
import { keyId } from "../../../src/dask/protocol/key.ts";
import { Serialized } from "../../../src/dask/protocol/message.ts";
import { DaskProtocolError } from "../../../src/errors.ts";

const VALUE = Serialized.of("own", []);
const GOOD = fieldsOf(
  "a reply",
  new Map<string, unknown>([
    ["string", "x"],
    ["number", 1.5],
    ["bigint", 2n ** 60n],
    ["boolean", false],
    ["null", null],
    ["bytes", Uint8Array.of(1)],
    ["key", ["x", 0]],
    ["keys", new Set(["a"])],
    ["strings", ["a", "b"]],
    ["numbers", [1, 2]],
    ["map", new Map([["a", 1]])],
    ["who", new Map<unknown, unknown>([[["x", 0], ["tcp://a"]]])],
    ["nbytes", new Map<unknown, unknown>([["a", 5n]])],
    ["data", new Map([["a", VALUE]])],
  ]),
);

describe("Fields", () => {
  it("gives what is there", () => {
    expect([GOOD.string("string"), GOOD.number("number"), GOOD.boolean("boolean")]).toEqual([
      "x",
      1.5,
      false,
    ]);
    expect(GOOD.number("bigint")).toBe(2 ** 60);
    expect([GOOD.has("string"), GOOD.has("null"), GOOD.has("nothing")]).toEqual([true, false, false]);
    expect([GOOD.get("null"), GOOD.get("nothing")]).toEqual([null, undefined]);
    expect(GOOD.bytes("bytes")).toEqual(Uint8Array.of(1));
    expect(GOOD.key("key")).toBe(keyId(["x", 0]));
    expect(GOOD.keys("keys")).toEqual(["a"]);
    expect(GOOD.strings("strings")).toEqual(["a", "b"]);
    expect(GOOD.numbers("numbers")).toEqual([1, 2]);
    expect(GOOD.map("map").get("a")).toBe(1);
    expect(GOOD.whoHas("who")).toEqual(new Map([[keyId(["x", 0]), ["tcp://a"]]]));
    expect(GOOD.nbytes("nbytes")).toEqual(new Map([["a", 5]]));
    expect(GOOD.data("data").get("a")).toBe(VALUE);
  });

  const methods = [
    ...(["string", "number", "boolean", "bytes", "key", "keys", "strings", "numbers", "map"] as const),
    ...(["whoHas", "nbytes", "data"] as const),
  ];

  it.each(methods)("names a field that is missing or wrong: %s", (method) => {
    expect(() => GOOD[method]("nothing")).toThrow(DaskProtocolError);
    expect(() => GOOD[method]("nothing")).toThrow("a reply: nothing is missing");
    const wrong = fieldsOf("a reply", new Map([["field", { no: "form" }]]));
    expect(() => wrong[method]("field")).toThrow(DaskProtocolError);
    expect(() =>
      fieldsOf("a reply", new Map([["field", new Map([["a", { no: 1 }]])]]))[method]("field"),
    ).toSatisfy((call: () => unknown) => (method === "map" ? call() instanceof Map : true));
  });

  it("names what is no map", () => {
    expect(() => fieldsOf("a reply", [])).toThrow("a reply is no map");
  });
});
