import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CacheDirectory } from "../../src/cache/cache-directory.ts";
import { keepValue } from "../../src/cache/kept-value.ts";
import type { NodeKey } from "../../src/cache/node-keys.ts";
import { ownedName } from "../../src/store/owner.ts";
import { runProgram } from "../support/program.ts";

let path: string;
let directory: CacheDirectory;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "cache-directory-"));
  directory = new CacheDirectory(path);
});
afterEach(() => rmSync(path, { recursive: true, force: true }));

const keyed = (key: string, ...parts: readonly string[]): NodeKey => ({
  key,
  parts: parts.map((one, i) => ({ what: i === 0 ? "the function" : `argument ${i}`, key: one })),
});

function keep(label: string, of: NodeKey, value: unknown = of.key): string {
  const file = directory.pathOf(label, of.key);
  expect(keepValue(value, file, directory.noteOf(label, of))).toBeUndefined();
  return file;
}

/** Makes a file that was used so many seconds ago. */
function age(file: string, seconds: number): void {
  const then = new Date(Date.now() - 1000 * seconds);
  utimesSync(file, then, then);
}

describe("CacheDirectory", () => {
  it("finds what was kept under a key and label", () => {
    const file = keep("a label / of any kind", keyed("k1"));
    expect(directory.find("a label / of any kind", "k1")).toEqual({ path: file });
    expect(directory.find("a label / of any kind", "k2")).toBeUndefined();
    expect(directory.find("another", "k1")).toBeUndefined();
    expect(new CacheDirectory(join(path, "not there")).find("a", "k1")).toBeUndefined();
  });

  it.each<[string, (file: string, other: string) => void]>([
    ["damaged", (file) => writeFileSync(file, readFileSync(file).fill(255, 200))],
    ["cut off", (file) => writeFileSync(file, readFileSync(file).subarray(0, -1))],
    ["empty", (file) => writeFileSync(file, "")],
    ["something else", (file) => writeFileSync(file, "text")],
    ["of another key", (file, other) => writeFileSync(file, readFileSync(other))],
  ])("does not trust a file that is %s", (_, spoil) => {
    const file = keep("x", keyed("k1"), new Uint8Array(1000));
    spoil(file, keep("x", keyed("k2")));
    expect(directory.find("x", "k1")).toEqual({ problem: expect.stringContaining(file) });
  });

  it("does not trust a file of another version", () => {
    const file = directory.pathOf("x", "k1");
    keepValue(1, file, { ...directory.noteOf("x", keyed("k1")), format: 0 });
    expect(directory.find("x", "k1")).toEqual({ problem: `${file} was made for something else` });
  });

  it("holds a file that is removed meanwhile, and leaves nothing behind", () => {
    const file = keep("x", keyed("k1"));
    age(file, 1000);
    const held = directory.hold(file)!;
    expect(directory.find("x", "k1")).toEqual({ path: file });
    const content = readFileSync(file);
    rmSync(file);
    expect(readFileSync(held)).toEqual(content);
    directory.letGo([held]);
    expect(readdirSync(path)).toEqual([]);
    expect(directory.hold(file)).toBeUndefined();
    expect(readdirSync(path)).toEqual([]);
  });

  it("removes what killed processes held, once", async () => {
    const owner = await runProgram("test/cache/fixtures/owner.ts");
    const orphan = join(path, owner.stdout.trim());
    const living = join(path, ownedName());
    for (const one of [orphan, living]) mkdirSync(one);
    directory.letGo([directory.hold(keep("x", keyed("k1")))!]);
    expect([existsSync(orphan), existsSync(living)]).toEqual([false, true]);
  });

  it("says what has changed since a result of that label was kept last", () => {
    expect(directory.changeOf("x", keyed("k", "f", "a"))).toBeUndefined();
    age(keep("x", keyed("k0", "f", "a0")), 10);
    keep("x", keyed("k1", "f", "a", "b"));
    writeFileSync(directory.pathOf("x", "nonsense"), "");
    age(directory.pathOf("x", "nonsense"), -10);
    expect(directory.changeOf("x", keyed("k2", "g", "a", "b"))).toBe("the function changed");
    expect(directory.changeOf("x", keyed("k2", "f", "a", "c"))).toBe("argument 2 changed");
    expect(directory.changeOf("x", keyed("k2", "f", "a"))).toBe("the number of arguments changed");
    expect(directory.changeOf("y", keyed("k2", "f", "a"))).toBeUndefined();
    const many = Array.from({ length: 300 }, (_, i) => String(i));
    keep("many", keyed("k1", ...many));
    expect(directory.changeOf("many", keyed("k2", ...many))).toBe("an argument changed");
    keepValue(1, directory.pathOf("old", "k1"), { ...directory.noteOf("old", keyed("k1")), library: "x@0" });
    expect(directory.changeOf("old", keyed("k2"))).toBe("it was kept by x@0");
  });

  it("removes what was not used for the longest time, and nothing of others", async () => {
    const files = ["a", "b", "c"].map((label) => keep(label, keyed("k"), new Uint8Array(10_000)));
    for (const [i, file] of files.entries()) age(file, 100 * i);
    writeFileSync(join(path, "of the user.txt"), "x".repeat(100_000));
    writeFileSync(join(path, ".0.partial"), "");
    writeFileSync(join(path, ".1.partial"), "");
    age(join(path, ".1.partial"), 7200);
    directory.letGo([directory.hold(files[2]!)!]);
    await directory.trim(25_000);
    expect(files.map((file) => existsSync(file))).toEqual([true, false, true]);
    expect(readdirSync(path)).toContain("of the user.txt");
    expect(readdirSync(path).filter((name) => name.endsWith(".partial"))).toEqual([".0.partial"]);
    await new CacheDirectory(join(path, "not there")).trim(0);
  });
});
