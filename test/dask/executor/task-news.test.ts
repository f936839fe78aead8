import { describe, expect, it } from "vitest";
import { readNews } from "../../../src/dask/executor/task-news.ts";

const event = (tasks: unknown, name: unknown = "w1"): unknown => new Map(Object.entries({ name, tasks }));

describe("news of tasks", () => {
  it("are read", () => {
    const description = new Map<string, unknown>(
      Object.entries({ type: "Float64Array", length: 2, dtype: "float64", shape: [2] }),
    );
    expect(
      readNews(
        event([
          ["a-0-1", "processing", 1.5, 1, null, null],
          ["a-0-2", "memory", 1.6, 1, 16, description],
        ]),
      ),
    ).toEqual([
      { key: "a-0-1", state: "processing", worker: "w1", bytes: 0, description: undefined },
      {
        key: "a-0-2",
        state: "memory",
        worker: "w1",
        bytes: 16,
        description: { type: "Float64Array", bytes: 16, length: 2, dtype: "float64", shape: [2] },
      },
    ]);
  });

  it.each([
    ["text", "hello"],
    ["no map", []],
    ["no name", event([["a", "memory", 1]], 3)],
    ["no list", event("abc")],
    ["no entries", event([1, null, "x", {}])],
    ["an unknown state", event([["a", "dancing", 1]])],
    ["a key that is no text", event([[["a", 1], "memory", 1]])],
  ])("that are %s are left out", (_, given) => {
    expect(readNews(given)).toEqual([]);
  });

  it("leave out what is wrong in a description", () => {
    const description = new Map<string, unknown>(
      Object.entries({ type: 5, length: "x", dtype: 1, shape: ["a"] }),
    );
    expect(readNews(event([["a", "memory", 1, 1, 7, description]]))[0]!.description).toEqual({
      type: "unknown",
      bytes: 7,
    });
    expect(readNews(event([["a", "memory", 1, 1, "many", description]]))[0]!.description).toBeUndefined();
  });
});
