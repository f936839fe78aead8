import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Library } from "../../src/closure/library.ts";
import { ValueFileError } from "../../src/errors.ts";
import { decode, encode } from "../../src/serialize/encode.ts";
import { checkValue, readNote, readValue, writeValue } from "../../src/store/value-file.ts";
import { carried } from "../serialize/arbitrary-values.ts";
import { same } from "../serialize/same.ts";
import { smallDisk } from "../support/small-disk.ts";

const LARGE = 64 * 1024;

let root: string;
let directory: string;
let path: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "value-file-"));
});
beforeEach(() => {
  directory = mkdtempSync(join(root, "test-"));
  path = join(directory, "value");
});
afterAll(() => rmSync(root, { recursive: true }));

function through(value: unknown, options?: Parameters<typeof writeValue>[3]): unknown {
  writeValue(path, value, {}, options);
  return readValue(path).data;
}

/** The error of a call that must fail with one of a file. */
function failure(call: () => unknown): ValueFileError {
  try {
    call();
  } catch (error) {
    if (error instanceof ValueFileError) return error;
    throw error;
  }
  throw new Error("it did not fail");
}

describe("a value in a file", () => {
  it.each([{ durable: false }, { durable: true }])("is what structured clone makes of it, %o", (options) => {
    fc.assert(
      fc.property(carried, (value) => {
        let clone: unknown;
        try {
          clone = structuredClone(value);
        } catch {
          expect(failure(() => writeValue(path, value, {}, options)).message).toMatch(/cannot be written/);
          return;
        }
        expect(same(clone, through(value, options))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("may have large memory of all kinds, of which nothing is written twice", () => {
    const memory = new ArrayBuffer(LARGE);
    const kinds: (new (memory: ArrayBuffer, start: number, length: number) => ArrayBufferView)[] = [
      ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array],
      ...[Float32Array, Float64Array, BigInt64Array, BigUint64Array, DataView],
    ];
    const value = { views: kinds.map((Kind) => new Kind(memory, 16, 32)), memory };
    crypto.getRandomValues(new Uint8Array(memory));
    const bytes = writeValue(path, value, {}, { durable: true });
    expect(bytes).toBeGreaterThan(LARGE);
    expect(bytes).toBeLessThan(LARGE + 2000);
    expect(same(value, readValue(path).data)).toBe(true);
  });

  it("has memory beside its body that no view shows, if that is known", () => {
    const memory = new ArrayBuffer(LARGE);
    crypto.getRandomValues(new Uint8Array(memory));
    expect(same([memory], through([memory], { buffers: [memory] }))).toBe(true);
    expect(readFileSync(path).subarray(-LARGE).equals(Buffer.from(memory))).toBe(true);
  });

  it("keeps errors", () => {
    const error = new RangeError("too far", { cause: { at: 7 } });
    const clone = through([error]) as Error[];
    expect(clone[0]).toBeInstanceOf(RangeError);
    expect(clone[0]).toMatchObject({ message: "too far", stack: error.stack, cause: { at: 7 } });
  });

  it("can be what is sent to workers of one that needs more than structured clone", () => {
    class Point {
      readonly x: number;
      constructor(x: number) {
        this.x = x;
      }
    }
    const library = new Library("test");
    const value = { point: new Point(3), bytes: Buffer.alloc(LARGE, "abc"), bare: Object.create(null) };
    const { data, plain, buffers } = encode(value, library);
    expect(plain).toBe(false);
    expect(same(value, decode(through(data, { buffers }), plain, library))).toBe(true);
  });

  it("has a note that is found without it", () => {
    const bytes = writeValue(path, [1, 2, 3], { key: "ü", sizes: [1, { a: null }] });
    expect(readFileSync(path)).toHaveLength(bytes);
    expect(readNote(path)).toEqual({ note: { key: "ü", sizes: [1, { a: null }] }, bytes });
    expect(readValue(path).note).toEqual({ key: "ü", sizes: [1, { a: null }] });
  });
});

describe("shared memory", () => {
  const shared = new Float64Array(new SharedArrayBuffer(80)).fill(1.5);

  it("is refused, as it would not be shared any more", () => {
    expect(failure(() => writeValue(path, { shared }, {})).message).toMatch(
      /cannot be written.*threads share/,
    );
    expect(existsSync(path)).toBe(false);
  });

  it("is copied if that is wanted", () => {
    const { one, other } = through({ one: shared, other: shared }, { shared: "copy" }) as {
      one: Float64Array;
      other: Float64Array;
    };
    expect(one).toEqual(shared);
    expect(one.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(one.buffer).not.toBe(shared.buffer);
    expect(other).toBe(one);
  });
});

describe("writeValue", () => {
  it.each([
    ["a function", () => 1],
    ["a symbol", Symbol("s")],
    ["a port", new MessageChannel().port1],
    ["what is nested too deeply", nested(1e5)],
  ])("refuses %s and leaves no file", (_, value) => {
    const { message, code, cause, path: named } = failure(() => writeValue(path, [value], {}));
    expect(message.startsWith(`${path} cannot be written: `)).toBe(true);
    expect([code, named]).toEqual(["ERR_VALUE_FILE", path]);
    expect(cause).toBeDefined();
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each([{ durable: false }, { durable: true }])("says why the system refuses, %o", (options) => {
    const missing = join(directory, "missing", "value");
    const error = failure(() => writeValue(missing, 1, {}, options));
    expect(error.message).toContain(missing);
    expect(error.cause).toMatchObject({ code: "ENOENT" });
  });

  it("leaves what there is if a durable write fails", () => {
    writeValue(path, "old", {}, { durable: true });
    failure(() => writeValue(path, () => 1, {}, { durable: true }));
    expect(readValue(path).data).toBe("old");
    expect(readdirSync(directory)).toEqual(["value"]);
  });

  it.skipIf(process.platform !== "linux")("says that the disk is full", () => {
    symlinkSync("/dev/full", path);
    const error = failure(() => writeValue(path, new Float64Array(LARGE), {}));
    expect(error.cause).toMatchObject({ code: "ENOSPC" });
    expect(readdirSync(directory)).toEqual([]);
  });

  it("leaves nothing on a disk that gets full in the middle", ({ skip }) => {
    const unmount = smallDisk(directory, 2 ** 20);
    if (unmount === undefined) return skip("only an administrator can make a small disk");
    try {
      for (const durable of [false, true]) {
        const error = failure(() => writeValue(path, new Uint8Array(2 ** 21), {}, { durable }));
        expect(error.cause).toMatchObject({ code: "ENOSPC" });
        expect(readdirSync(directory)).toEqual([]);
      }
      writeValue(path, new Uint8Array(2 ** 19), {});
      expect(readValue(path).data).toHaveLength(2 ** 19);
    } finally {
      unmount();
    }
  });
});

describe("readValue, readNote and checkValue", () => {
  const VALUE = {
    name: "value",
    list: [1, 2.5, "three", new Uint8Array(LARGE + 1).fill(7)],
    map: new Map([[1, 2n]]),
  };

  /** Also the small values that are in the body alone. */
  const SMALL = { name: "value", list: [1, 2.5, "three", new Uint8Array([1, 2])] };

  it.each([
    ["missing", () => {}, /cannot be read: ENOENT/],
    ["empty", () => writeFileSync(path, ""), /too short/],
    ["foreign", () => writeFileSync(path, "PAR1 and a lot more of something else"), /something else/],
  ])("say that a file is %s", (_, make, message) => {
    make();
    for (const read of [readValue, readNote, checkValue]) {
      const error = failure(() => read(path));
      expect(error.message).toMatch(message);
      expect(error.message.startsWith(path)).toBe(true);
      expect(error.code).toBe("ERR_VALUE_FILE");
    }
  });

  it("refuse a directory", () => {
    expect(failure(() => readValue(directory)).cause).toMatchObject({ code: "EISDIR" });
  });

  it("refuse a file of another version", () => {
    writeValue(path, 1, {});
    const bytes = readFileSync(path);
    bytes[4]! += 1;
    writeFileSync(path, bytes);
    expect(failure(() => readNote(path)).message).toMatch(/of version 2/);
  });

  it("find every changed byte of a durable file", () => {
    writeValue(path, SMALL, { key: "k" }, { durable: true });
    const right = readFileSync(path);
    for (let i = 0; i < right.length; i++) {
      for (const change of [0x01, 0x80, 0xff]) {
        const wrong = Buffer.from(right);
        wrong[i]! ^= change;
        writeFileSync(path, wrong);
        failure(() => readValue(path));
        failure(() => checkValue(path));
      }
    }
  });

  it("find changed bytes of large memory in a durable file", () => {
    writeValue(path, VALUE, {}, { durable: true });
    const wrong = readFileSync(path);
    wrong[wrong.length - 1]! ^= 1;
    writeFileSync(path, wrong);
    expect(failure(() => readValue(path)).message).toMatch(/checksum is wrong/);
    expect(failure(() => checkValue(path)).message).toMatch(/checksum is wrong/);
  });

  it("find a file of every other length", () => {
    writeValue(path, SMALL, {});
    const right = readFileSync(path);
    for (let length = 0; length < right.length; length++) {
      writeFileSync(path, right.subarray(0, length));
      failure(() => readValue(path));
      failure(() => readNote(path));
      failure(() => checkValue(path));
    }
    writeFileSync(path, Buffer.concat([right, Buffer.of(0)]));
    failure(() => readNote(path));
  });

  it("have a checksum compared without the value", () => {
    const bytes = writeValue(path, VALUE, { key: 1 }, { durable: true });
    expect(checkValue(path)).toEqual({ note: { key: 1 }, bytes });
    writeValue(path, VALUE, {});
    expect(failure(() => checkValue(path)).message).toMatch(/no checksum/);
  });

  it("do not crash on damage that has no checksum", () => {
    writeValue(path, SMALL, {});
    const right = readFileSync(path);
    for (let i = 0; i < right.length; i++) {
      const wrong = Buffer.from(right);
      wrong[i]! ^= 0xff;
      writeFileSync(path, wrong);
      try {
        readValue(path);
      } catch (error) {
        expect(error).toBeInstanceOf(ValueFileError);
      }
    }
  });
});

function nested(depth: number): unknown {
  let value: unknown = 0;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}
