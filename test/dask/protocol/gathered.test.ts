import { describe, expect, it } from "vitest";
import { Gathered, LARGE } from "../../../src/dask/protocol/gathered.ts";

const MORE_THAN_TRUSTED = 64 * 1024 * 1024 + 1;

describe("Gathered", () => {
  it("puts chunks together, and gives back what is too much", () => {
    const gathered = new Gathered();
    gathered.expect(3);
    expect(gathered.take(Uint8Array.of(1, 2))).toHaveLength(0);
    expect(gathered.complete()).toBeUndefined();
    expect(gathered.take(Uint8Array.of(3, 4, 5))).toEqual(Uint8Array.of(4, 5));
    expect(gathered.complete()).toEqual(Uint8Array.of(1, 2, 3));
  });

  it("goes on where others have put bytes", () => {
    const gathered = new Gathered();
    gathered.expect(LARGE);
    gathered.take(Uint8Array.of(1));
    gathered.room!.set([2, 3]);
    gathered.advance(2);
    expect(gathered.room).toHaveLength(LARGE - 3);
    gathered.take(new Uint8Array(LARGE - 3).fill(4));
    expect(gathered.complete()!.subarray(0, 4)).toEqual(Uint8Array.of(1, 2, 3, 4));
  });

  it("has no room for what is small: more may be read at once", () => {
    const gathered = new Gathered();
    gathered.expect(LARGE - 1);
    expect(gathered.room).toBeUndefined();
  });

  it("has no room for what is very large until a part of it has come", () => {
    const gathered = new Gathered();
    let allocated = 0;
    gathered.expect(MORE_THAN_TRUSTED, undefined, (bytes) => {
      allocated += bytes;
      return new Uint8Array(bytes);
    });
    gathered.take(new Uint8Array(LARGE).fill(1));
    expect([gathered.room, allocated]).toEqual([undefined, 0]);
    gathered.take(new Uint8Array(MORE_THAN_TRUSTED / 8));
    expect(allocated).toBe(MORE_THAN_TRUSTED);
    expect(gathered.room).toHaveLength(MORE_THAN_TRUSTED - LARGE - Math.floor(MORE_THAN_TRUSTED / 8));
  });
});
