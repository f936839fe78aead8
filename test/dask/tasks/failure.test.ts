import { describe, expect, it } from "vitest";
import { Library } from "../../../src/closure/library.ts";
import { failureBytes, prepareFailure, readFailure } from "../../../src/dask/tasks/failure.ts";
import { DaskProtocolError } from "../../../src/errors.ts";

const worker = new Library("worker");
const task = { key: "k", label: "ä task", node: 5, worker: "worker-1", attempt: "a/1" };

function through(thrown: unknown, library = new Library("client")): unknown {
  const bytes = failureBytes(thrown, task, worker);
  expect(prepareFailure(bytes, library)).toBeUndefined();
  const { error, ...rest } = readFailure(bytes, library);
  expect(rest).toEqual(task);
  return error;
}

describe("a failure", () => {
  it("is the error as it was thrown", () => {
    class Wrong extends Error {
      readonly details = new Map([["a", [1]]]);
    }
    const given = new Wrong("so", { cause: new AggregateError([new TypeError("a"), "b"], "many") });
    const read = through(given) as Wrong;
    expect([read.constructor.name, read.message, read.stack]).toEqual(["Wrong", "so", given.stack]);
    expect(read.details).toEqual(given.details);
    expect(read.cause).toMatchObject({ name: "AggregateError", errors: [new TypeError("a"), "b"] });
    expect(through(given, worker)).toBeInstanceOf(Wrong);
  });

  it("may be anything that was thrown", () => {
    for (const thrown of [undefined, null, "text", { a: 1 }, 5n]) expect(through(thrown)).toEqual(thrown);
  });

  it("is refused if it is something else, of another version, or cut off", () => {
    const bytes = failureBytes(new Error("x"), task, worker);
    const wrong = bytes.slice();
    wrong[1] = 2;
    expect(() => readFailure(wrong, worker)).toThrow(/format 2.*reads format 1/);
    expect(() => prepareFailure(Buffer.from("hello"), worker)).toThrow(/not the bytes of a failure/);
    for (let length = 0; length < bytes.byteLength; length++) {
      expect(() => readFailure(bytes.slice(0, length), worker)).toThrow(DaskProtocolError);
    }
  });
});
