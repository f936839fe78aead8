import { resolve } from "node:path";
import { delayed, fileCache } from "dispatch-graph";
import { describe, expect, it } from "vitest";

describe("fileCache", () => {
  it("says where files are, and how much of them there may be", () => {
    expect(fileCache("a")).toEqual({ directory: resolve("a"), maxBytes: 10 * 2 ** 30 });
    expect(fileCache("/a", { maxBytes: 5 })).toEqual({ directory: "/a", maxBytes: 5 });
    expect(delayed(() => 1, { cache: fileCache("a") })().options?.cache).toEqual(fileCache("a"));
  });

  it("refuses what it cannot use", () => {
    expect(() => fileCache("")).toThrow("directory must be a path, got ''");
    expect(() => fileCache(5 as never)).toThrow(TypeError);
    expect(() => fileCache("a", { maxBytes: -1 })).toThrow("maxBytes must be a number of bytes, got -1");
  });
});
