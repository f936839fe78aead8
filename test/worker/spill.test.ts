import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { ValueFileError } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { Library } from "../../src/closure/library.ts";
import { Spill } from "../../src/worker/spill.ts";
import { filesIn, temporary } from "../support/stores.ts";

class Point {
  readonly x: number;
  constructor(x: number) {
    this.x = x;
  }
  get double(): number {
    return 2 * this.x;
  }
}

function fresh(root = temporary(), worker = 0, library = new Library("worker")) {
  const directory = filesIn(root, worker);
  return { spill: new Spill(directory, library), directory, root, library };
}

describe("values in files", () => {
  it("are written once, read as often as wanted, and removed", () => {
    const { spill, directory } = fresh();
    expect(existsSync(directory)).toBe(false);
    const value = { a: new Float64Array(20_000).fill(3), b: Buffer.from("text"), c: [new Point(4)] };
    expect([spill.write(1, value), spill.has(1), spill.size]).toEqual([true, true, 1]);
    expect(spill.bytes).toBeGreaterThan(160_000);
    expect(spill.memoryOf(1)).toBeGreaterThan(160_000);
    for (let i = 0; i < 2; i++) {
      const read = spill.read(1) as typeof value;
      expect([read.a, Buffer.isBuffer(read.b), read.b.toString()]).toEqual([value.a, true, "text"]);
      expect([read.c[0]!.constructor, read.c[0]!.double]).toEqual([Point, 8]);
    }
    const { written, read } = spill.news();
    expect([written, read]).toMatchObject([
      { values: 1, bytes: spill.bytes },
      { values: 2, bytes: 2 * spill.bytes },
    ]);
    const [file] = readdirSync(directory);
    expect([spill.write(1, "another"), readdirSync(directory)]).toEqual([true, [file]]);
    expect(spill.news()).toEqual({ written: undefined, read: undefined, problem: undefined });
    spill.remove(1);
    expect([spill.has(1), spill.bytes, readdirSync(directory)]).toEqual([false, 0, []]);
  });

  it("are no functions, and the next value is written all the same", () => {
    const { spill } = fresh();
    expect([spill.write(1, { f: () => 1 }), spill.has(1), spill.isStuck]).toEqual([false, false, false]);
    expect(spill.write(2, "a")).toBe(true);
  });

  it("are no more when their files could not be read again and again, which is said", () => {
    const { spill } = fresh();
    expect(spill.write(1, "a")).toBe(true);
    for (let i = 0; i < 100; i++) {
      expect(spill.isStuck).toBe(false);
      spill.couldNotRead(new Error("damaged"));
    }
    expect([spill.isStuck, spill.news().problem]).toEqual([true, "damaged"]);
    spill.remove(1);
    expect(spill.isStuck).toBe(true);
  });

  it("are none where there can be no directory, which is said", () => {
    const root = temporary();
    writeFileSync(`${root}/file`, "");
    const { spill } = fresh(`${root}/file`);
    expect([spill.write(1, "a"), spill.isStuck]).toEqual([false, true]);
    expect(spill.news().problem).toContain(root);
  });

  it("go on to be written when one was removed after the system had refused", () => {
    const { spill, directory } = fresh();
    spill.write(1, "a");
    rmSync(directory, { recursive: true });
    expect([spill.write(2, "b"), spill.isStuck]).toEqual([false, true]);
    spill.remove(1);
    expect([spill.isStuck, spill.write(2, "b"), spill.read(2)]).toEqual([false, true, "b"]);
  });

  it("are missed with an error", () => {
    const { spill, directory } = fresh();
    spill.write(1, "a");
    rmSync(directory, { recursive: true });
    expect(() => spill.read(1)).toThrow(ValueFileError);
  });

  it("keep their classes when the library has forgotten them", () => {
    const { spill, library } = fresh();
    spill.write(1, new Point(3));
    const [id] = spill.at(1)!.uses as [string];
    library.forget([id]);
    expect((spill.read(1) as Point).double).toBe(6);
    // And for others it knows them again.
    expect(spill.at(1)!.uses).toEqual([id]);
    expect(library.needed([id], new Set()).map((one) => one.id)).toContain(id);
  });

  it("belong to two workers, or change hands, without being copied", () => {
    const one = fresh();
    const library = new Library("other");
    const other = fresh(one.root, 1, library);
    for (const attempt of [1, 2]) one.spill.write(attempt, new Point(attempt));
    const { library: its, spill } = one;
    void library.accept(its.needed(spill.at(1)!.uses, new Set()));
    expect(other.spill.adopt(1, one.spill.at(1)!, false)).toBe(true);
    expect((one.spill.read(1) as Point).double).toBe(2);
    expect(other.spill.adopt(2, one.spill.at(2)!, true)).toBe(true);
    one.spill.gaveAway(2);
    expect([one.spill.size, other.spill.size, other.spill.bytes]).toEqual([1, 2, 2 * one.spill.bytes]);
    one.spill.remove(1);
    expect([1, 2].map((attempt) => (other.spill.read(attempt) as Point).double)).toEqual([2, 4]);
    expect([readdirSync(one.directory), readdirSync(other.directory)]).toEqual([[], ["1", "2"]]);
    expect(other.spill.news().written).toBe(undefined);
  });

  it("are not taken over if they are gone", () => {
    const { spill } = fresh();
    spill.write(1, "a");
    const value = spill.at(1)!;
    spill.remove(1);
    expect([spill.adopt(2, value, false), spill.has(2)]).toEqual([false, false]);
  });
});
