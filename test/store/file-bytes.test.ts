import {
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { portions, readAll, replaceFile, writeFile } from "../../src/store/file-bytes.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "file-bytes-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const PIECES = [Buffer.from("one"), Buffer.alloc(0), Buffer.from("two")];

describe.each([
  ["writeFile", writeFile],
  ["replaceFile", replaceFile],
])("%s", (_, write) => {
  it("writes one piece after the other, in the place of what there was", () => {
    const path = join(directory, "file");
    writeFileSync(path, "something longer than that");
    write(path, PIECES);
    expect(readFileSync(path, "utf8")).toBe("onetwo");
    expect(readdirSync(directory)).toEqual(["file"]);
  });

  it("fails where it may not write, and leaves nothing", () => {
    expect(() => write(join(directory, "missing", "file"), PIECES)).toThrow(
      expect.objectContaining({ code: "ENOENT" }),
    );
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe("writeFile", () => {
  it.skipIf(process.platform === "win32")("makes files for this user only", () => {
    const path = join(directory, "file");
    writeFile(path, PIECES);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it.skipIf(process.platform !== "linux")("leaves nothing of this name when the disk is full", () => {
    const path = join(directory, "file");
    symlinkSync("/dev/full", path);
    expect(() => writeFile(path, PIECES)).toThrow(expect.objectContaining({ code: "ENOSPC" }));
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe("replaceFile", () => {
  it("leaves what it cannot replace as it was", () => {
    const path = join(directory, "taken");
    writeFile(path, PIECES);
    expect(() => replaceFile(directory, PIECES)).toThrow();
    expect(readdirSync(directory)).toEqual(["taken"]);
  });

  it("keeps what was open under the name", () => {
    const path = join(directory, "file");
    writeFileSync(path, "old");
    const before = openSync(path, "r");
    replaceFile(path, PIECES);
    const memory = Buffer.alloc(3);
    expect(readAll(before, memory)).toBe(true);
    expect(memory.toString()).toBe("old");
  });
});

describe("readAll", () => {
  it("goes on where it was, and says when the file ends too early", () => {
    const path = join(directory, "file");
    writeFileSync(path, "abcde");
    const file = openSync(path, "r");
    const memory = Buffer.alloc(3);
    expect(readAll(file, memory)).toBe(true);
    expect(memory.toString()).toBe("abc");
    expect(readAll(file, memory)).toBe(false);
  });

  it("fills memory that threads share", () => {
    const path = join(directory, "file");
    writeFileSync(path, "abc");
    const memory = new Uint8Array(new SharedArrayBuffer(3));
    expect(readAll(openSync(path, "r"), memory)).toBe(true);
    expect([...memory]).toEqual([97, 98, 99]);
  });
});

describe("portions", () => {
  it("are what one call takes, and all together the bytes", () => {
    // Never touched, so it takes no memory.
    const bytes = new Uint8Array(2 ** 31 + 5);
    const all = [...portions(bytes)];
    expect(all.map(({ byteOffset, byteLength }) => [byteOffset, byteLength])).toEqual([
      [0, 2 ** 30],
      [2 ** 30, 2 ** 30],
      [2 ** 31, 5],
    ]);
    expect([...portions(new Uint8Array(0))]).toEqual([]);
  });
});
