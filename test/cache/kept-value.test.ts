import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keepValue, readKept } from "../../src/cache/kept-value.ts";
import { ValueFileError } from "../../src/errors.ts";
import { readData } from "../../src/store/data-file.ts";
import { readNote } from "../../src/store/value-file.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "kept-value-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe("keepValue", () => {
  it("writes a value and a note into a directory for this user only", () => {
    const path = join(directory, "a", "b", "x.value");
    expect(keepValue(new Map([[1, Float32Array.of(2)]]), path, { of: "x" })).toBeUndefined();
    expect(readData(path)).toEqual(new Map([[1, Float32Array.of(2)]]));
    expect(readNote(path).note).toMatchObject({ of: "x" });
    if (process.platform !== "win32") expect(statSync(join(directory, "a")).mode & 0o777).toBe(0o700);
  });

  it("says why a value cannot be written, and does not throw", () => {
    class Point {}
    const path = join(directory, "x.value");
    expect(keepValue([new Point()], path, {})).toBe("the value holds an instance of Point");
    expect(keepValue(() => 1, path, {})).toMatch(/^the value holds functions/);
    writeFileSync(join(directory, "file"), "");
    expect(keepValue(1, join(directory, "file", "x.value"), {})).toMatch(/ENOTDIR|EEXIST/);
  });
});

describe("readKept", () => {
  it("reads the file that is held, and the other one when that is gone", () => {
    const [held, path] = [join(directory, "held"), join(directory, "path")];
    keepValue(1, held, {});
    keepValue(2, path, {});
    expect(readKept(held, path)).toBe(1);
    rmSync(held);
    expect(readKept(held, path)).toBe(2);
    rmSync(path);
    expect(() => readKept(held, path)).toThrow(ValueFileError);
  });
});
