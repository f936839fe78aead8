import { expect, it } from "vitest";
import { decodeMessage, encodeMessage, type Serialized } from "../../../src/dask/protocol/message.ts";
import { typeOfValue, writeValue } from "../../../src/dask/protocol/values.ts";
import { infoOf, infoOfMade } from "../../../src/dask/worker/value-info.ts";

/** As it comes from another worker. */
function received(value: unknown): Serialized {
  const message = decodeMessage(encodeMessage({ value: writeValue(value)! })) as Map<string, Serialized>;
  return message.get("value")!;
}

it("is known of an array that came from elsewhere", () => {
  const info = infoOf(received(new Float64Array(1000)));
  expect(info).toMatchObject({ nbytes: 8000, typename: "numpy.ndarray" });
  expect(Buffer.from(info.type).toString("latin1")).toContain("ndarray");
});

it("is little of a pickle, which is not looked into", () => {
  const info = infoOf(received([1, 2, 3]));
  expect(info.typename).toBe("object");
  expect(info.nbytes).toBeGreaterThan(0);
  expect(Buffer.from(info.type).toString("latin1")).toContain("object");
});

it("is what its maker says of a value that was made here", () => {
  const info = infoOfMade(writeValue("abc")!, typeOfValue("abc"));
  expect(info.typename).toBe(typeOfValue("abc").name);
  expect(info.type).toBe(typeOfValue("abc").pickle);
});
