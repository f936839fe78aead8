import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { filesBelow, filesIn, temporary, testStore } from "../support/stores.ts";

const LARGE = 100_000;

describe("a store", () => {
  it("has values by the attempts that made them, undefined among them", () => {
    const store = testStore();
    store.set(1, "a");
    store.set(2, undefined);
    expect([store.has(1), store.get(1), store.has(2), store.get(2), store.has(3)]).toEqual([
      ...[true, "a", true, undefined, false],
    ]);
    store.delete(1);
    expect([store.has(1), store.get(1)]).toEqual([false, undefined]);
    store.delete(1);
  });

  it("knows how large a value is", () => {
    expect(testStore().set(1, new Float64Array(LARGE)).bytes).toBeGreaterThanOrEqual(8 * LARGE);
  });

  it("knows whether a value has its memory for itself", () => {
    const store = testStore();
    const memory = new ArrayBuffer(LARGE);
    store.set(1, new Uint8Array(memory));
    expect(store.isAlone(1)).toBe(true);
    store.set(2, { part: new Uint8Array(memory, 0, LARGE) });
    expect([store.isAlone(1), store.isAlone(2)]).toEqual([false, false]);
    store.set(2, "another value");
    expect([store.isAlone(1), store.isAlone(2)]).toEqual([true, true]);
  });

  it("knows a value under several names, each of which goes by itself", () => {
    const store = testStore();
    store.set(1, "first");
    store.share(1, 2);
    store.share(2, 3);
    expect([store.get(1), store.get(2), store.get(3), store.isAlone(2)]).toEqual([
      ...["first", "first", "first", false],
    ]);
    store.delete(1);
    expect([store.has(1), store.has(2), store.get(3)]).toEqual([false, true, "first"]);
    store.delete(3);
    expect([store.isAlone(2), store.get(2)]).toEqual([true, "first"]);
    store.delete(2);
    expect([store.has(1), store.has(2), store.has(3)]).toEqual([false, false, false]);
  });

  it("may get the value again that had the name first", () => {
    const store = testStore();
    store.set(1, "first");
    store.share(1, 2);
    store.delete(1);
    store.set(1, "again");
    expect([store.get(1), store.get(2)]).toEqual(["again", "first"]);
    store.delete(1);
    expect([store.has(1), store.get(2)]).toEqual([false, "first"]);
    store.delete(2);
    expect(store.has(2)).toBe(false);
  });
});

describe("a store with a limit", () => {
  const limited = (limit: number) => {
    const root = temporary();
    return {
      store: testStore(limit, filesIn(root)),
      files: () => filesBelow(root).map((path) => path.split("/").at(-1)),
    };
  };
  const large = (fill: number) => new Uint8Array(LARGE).fill(fill);
  const lastOf = (value: unknown) => (value as Uint8Array).at(-1);

  it("puts on disk what was used least recently, and only as much as it must", () => {
    const { store, files } = limited(2.5 * LARGE);
    for (const attempt of [1, 2]) store.set(attempt, large(attempt));
    store.makeRoom();
    expect([store.isFull, files(), store.news()]).toEqual([false, [], undefined]);
    store.set(3, large(3));
    expect(store.isFull).toBe(true);
    store.makeRoom();
    expect([files(), store.isFull, store.has(1), store.get(1)]).toEqual([["1"], false, true, undefined]);
    expect(store.news()).toMatchObject({ written: { values: 1 }, isPressed: false });
    expect(store.news()).toBe(undefined);
  });

  it("brings a value back for a task, for which others leave, but not what the task has", () => {
    const { store, files } = limited(2.5 * LARGE);
    for (const attempt of [1, 2, 3]) {
      store.set(attempt, large(attempt));
      store.makeRoom();
    }
    expect(store.take([2, 1])).toBe(undefined);
    expect([1, 2].map((attempt) => lastOf(store.get(attempt)))).toEqual([1, 2]);
    expect(files()).toEqual(["1", "3"]);
    store.set(4, large(4));
    store.makeRoom();
    expect(files()).toEqual(["1", "3", "4"]);
    // Its file is still there.
    store.leave([1, 2]);
    store.set(5, large(5));
    store.makeRoom();
    expect([files(), store.get(1)]).toEqual([["1", "3", "4"], undefined]);
    expect(store.news()).toMatchObject({ read: { values: 1 }, written: { values: 3 } });
  });

  it("removes the file of what is not needed any more, under any name", () => {
    const { store, files } = limited(0);
    store.set(1, large(1));
    store.share(1, 8);
    store.makeRoom();
    store.share(8, 9);
    for (const attempt of [8, 1]) {
      store.delete(attempt);
      expect([store.has(attempt), lastOf(store.look(9)), files()]).toEqual([false, 1, ["1"]]);
    }
    store.delete(9);
    expect([store.has(9), files(), store.isTracking]).toEqual([false, [], false]);
  });

  it("keeps a value that another attempt shares when its own attempt comes and goes again", () => {
    const { store, files } = limited(0);
    store.set(1, large(1));
    store.share(1, 8);
    store.delete(1);
    store.set(1, large(2));
    store.makeRoom();
    expect([lastOf(store.look(1)), lastOf(store.look(8)), files().length]).toEqual([2, 1, 2]);
    store.delete(1);
    expect([store.has(1), lastOf(store.look(8)), files()]).toEqual([false, 1, ["1"]]);
    store.delete(8);
    expect([files(), store.isTracking]).toEqual([[], false]);
  });

  it("does nothing for little values", () => {
    const { store } = limited(0);
    for (let i = 1; i < 100; i++) store.set(i, `text ${i}`);
    expect([store.isTracking, store.isFull]).toEqual([false, false]);
  });

  it("keeps functions, and memory that the user shares", () => {
    const { store, files } = limited(0);
    store.set(1, { data: large(1), f: () => 1 });
    store.set(2, new Uint8Array(new SharedArrayBuffer(LARGE)));
    store.makeRoom();
    expect([files(), store.isFull]).toEqual([[], false]);
  });

  it("counts memory once that several values have", () => {
    const { store, files } = limited(1.5 * LARGE);
    const memory = new ArrayBuffer(LARGE);
    store.set(1, { all: new Uint8Array(memory) });
    store.set(2, new Uint8Array(memory));
    store.makeRoom();
    expect(files()).toEqual([]);
  });

  it("has lost what it cannot read, under all its names", () => {
    const { store } = limited(0);
    store.set(1, large(1));
    store.share(1, 8);
    store.set(2, large(2));
    store.makeRoom();
    store.handOver(2);
    store.set(3, "x".repeat(LARGE));
    store.makeRoom();
    const { path } = store.fileOf(1)!;
    rmSync(path);
    expect(store.take([3, 8])).toBe(8);
    expect(new Set(store.drop(8))).toEqual(new Set([1, 8]));
    expect([store.has(1), store.has(8), store.has(2), store.has(3)]).toEqual([false, false, false, true]);
    // The other one is not kept for a task that does not begin.
    store.makeRoom();
    expect(store.get(3)).toBe(undefined);
  });
});
