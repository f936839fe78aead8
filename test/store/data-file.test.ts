import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ValueFileError } from "../../src/errors.ts";
import { survey } from "../../src/serialize/survey.ts";
import { readData, writeData } from "../../src/store/data-file.ts";
import { checkValue, readNote, writeValue } from "../../src/store/value-file.ts";
import { carried } from "../serialize/arbitrary-values.ts";
import { same } from "../serialize/same.ts";

let directory: string;
let path: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "data-file-"));
  path = join(directory, "data");
});
afterAll(() => rmSync(directory, { recursive: true }));

/** A Buffer in memory in which another one has something else. */
function besideSecret(): { readonly secret: Buffer; readonly shown: Buffer } {
  for (;;) {
    const secret = Buffer.from("what nobody is to see");
    const shown = Buffer.from("shown");
    // Else that was the last of a piece of memory.
    if (secret.buffer === shown.buffer) return { secret, shown };
  }
}

describe("writeData and readData", () => {
  it("keep all that is data as it is, and refuse everything else", () => {
    fc.assert(
      fc.property(carried, (value) => {
        const { way, mends } = survey(value);
        if (way === "captured" || mends.instances.size > 0) {
          expect(() => writeData(value, path)).toThrow(ValueFileError);
        } else {
          // Of a value that is a view of some memory, that memory is not kept as a whole.
          writeData([value], path);
          expect(same([value], readData(path))).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("keep a Buffer, and no more of its memory than it shows", () => {
    const { shown } = besideSecret();
    writeData(shown, path);
    expect(readData(path)).toEqual(shown);
    expect(readFileSync(path).includes("nobody")).toBe(false);
  });

  it("keep Buffers in other values, and of the memory that Node shares out no more than they show", () => {
    const { shown } = besideSecret();
    const value = { shown, part: shown.subarray(1, 3), own: Buffer.alloc(3, "own") };
    writeData(value, path);
    const found = readData(path) as typeof value;
    expect(found).toEqual(value);
    expect(found.part.buffer).toBe(found.shown.buffer);
    expect(readFileSync(path).includes("nobody")).toBe(false);
  });

  it("keep memory of the same size that is not Node's as a whole", () => {
    const memory = new Uint8Array(Buffer.poolSize).fill(7).buffer;
    writeData({ start: Buffer.from(memory, 0, 10), memory }, path);
    const found = readData(path) as { memory: ArrayBuffer };
    expect([...new Set(new Uint8Array(found.memory))]).toEqual([7]);
  });

  it("keep what threads share", () => {
    const value = new Float64Array(new SharedArrayBuffer(16)).fill(1.5);
    writeData({ value }, path);
    expect(readData(path)).toEqual({ value });
  });

  it("write a checksum and a note", () => {
    const bytes = writeData([1], path, { key: "k" });
    expect(checkValue(path)).toEqual({ note: { key: "k", plain: true }, bytes });
    expect(readNote(path).note).toMatchObject({ key: "k" });
  });

  class Point {
    x = 1;
  }
  class Secret {
    #x = 1;
    x(): number {
      return this.#x;
    }
  }
  it.each([
    ["a function", { f: () => 1 }, /holds functions/],
    ["an instance", [new Point()], /holds an instance of Point/],
    ["an instance with private state", new Secret(), /more than data/],
    ["a symbol", Symbol("s"), /more than data/],
    ["a promise", Promise.resolve(1), /more than data/],
    ["a port", new MessageChannel().port1, /more than data/],
  ])("refuse %s, and leave what there is", (_, value, message) => {
    writeFileSync(path, "before");
    expect(() => writeData(value, path)).toThrow(message);
    expect(() => writeData(value, path)).toThrow(`${path} cannot be written`);
    expect(readFileSync(path, "utf8")).toBe("before");
    expect(readdirSync(directory)).toEqual(["data"]);
  });

  it("refuse files that were written otherwise", () => {
    writeValue(path, [1], {});
    expect(() => readData(path)).toThrow(`${path} cannot be read: it has not been saved as data`);
    writeFileSync(path, "a,b,c\n1,2,3");
    expect(() => readData(path)).toThrow(/is no file of a value/);
  });

  it("make nothing of code, whoever has written it", () => {
    for (const data of [
      { mends: undefined, value: { recipe: {}, uses: [] } },
      { mends: { instances: [["id", [{}]]], bare: [], buffers: [], started: [] }, value: {} },
    ]) {
      writeValue(path, data, { plain: false }, { durable: true });
      expect(() => readData(path)).toThrow(`${path} cannot be read: it holds code`);
    }
  });
});
