import { describe, expect, it } from "vitest";
import { libraryVersion } from "../../../src/cache/library-version.ts";
import { Library } from "../../../src/closure/library.ts";
import {
  dataBytes,
  functionBytes,
  functionName,
  openFunction,
  ownFunctionBytes,
} from "../../../src/dask/tasks/function-bytes.ts";
import { ExecutorError } from "../../../src/errors.ts";
import { elementOf } from "../../../src/structure.ts";

const client = new Library("client");
const double = (x: number): number => 2 * x;
const ofDouble = functionBytes(client.capture(double).id, client);

describe("function bytes", () => {
  it("give a function that does the same", () => {
    const open = openFunction(ofDouble, new Library("thread"));
    expect([open.ready, open.fn()?.(21)]).toEqual([undefined, 42]);
  });

  it("give the original where it comes from", () => {
    expect(openFunction(ofDouble, client).fn()).toBe(double);
  });

  it("give one function however often they come", () => {
    const library = new Library("thread");
    expect(openFunction(ofDouble, library).fn()).toBe(openFunction(ofDouble.slice(), library).fn());
  });

  it("wait for modules", async () => {
    const { join } = await import("node:path/posix");
    const bytes = functionBytes(client.capture((a: string) => join(a, "b")).id, client);
    const open = openFunction(bytes, new Library("thread"));
    await open.ready;
    expect(open.fn()?.("a")).toBe("a/b");
  });

  it("name a function of the library, or none", () => {
    const library = new Library("thread");
    expect(openFunction(ownFunctionBytes("elementOf"), library).fn()).toBe(elementOf);
    expect(openFunction(dataBytes(), library).fn()).toBeUndefined();
    expect(() => openFunction(ownFunctionBytes("nothing"), library)).toThrow(/no function "nothing"/);
  });

  it("have a name by which they are told apart", () => {
    const names = [ofDouble, ownFunctionBytes("elementOf"), ownFunctionBytes("collected"), dataBytes()];
    expect(new Set(names.map(functionName)).size).toBe(4);
    expect(functionName(ofDouble.slice())).toBe(functionName(ofDouble));
  });

  it("begin as other versions of the library expect", () => {
    const expected = Buffer.concat([
      Buffer.from("DGT\n\x01"),
      Buffer.from([libraryVersion().length]),
      Buffer.from(libraryVersion()),
      Buffer.from([1, 9]),
      Buffer.from("elementOf"),
    ]);
    expect(Buffer.from(ownFunctionBytes("elementOf"))).toEqual(expected);
  });

  it("of another format are refused, with both versions of the library", () => {
    const other = ofDouble.slice();
    other[4] = 9;
    const refused = `made by ${libraryVersion()}, whose tasks have format 9; this worker is ${libraryVersion()}`;
    expect(() => functionName(other)).toThrow(refused);
    expect(() => openFunction(other, new Library("thread"))).toThrow(ExecutorError);
  });

  it("are refused if they are none", () => {
    expect(() => functionName(Buffer.from("hello, world"))).toThrow(/not the bytes of a task/);
    const unknown = dataBytes();
    unknown[unknown.byteLength - 1] = 7;
    expect(() => functionName(unknown)).toThrow(/no task of kind 7/);
  });
});
