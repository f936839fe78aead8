import { describe, expect, it } from "vitest";
import { ClusterResults } from "../../../src/dask/executor/cluster-results.ts";
import { RunListener } from "../../../src/dask/executor/run-listener.ts";
import { ExecutorError, ReleasedError } from "../../../src/index.ts";
import { Deferred } from "../../../src/nodes/result.ts";

function results() {
  const released: string[] = [];
  const fetches = new Map<string, Deferred<unknown>>();
  let empty = 0;
  const access = {
    fetch: (key: string) => {
      const deferred = new Deferred<unknown>();
      fetches.set(key, deferred);
      return deferred.promise;
    },
    client: { release: (keys: Iterable<string>) => released.push(...keys) },
    onEmpty: () => empty++,
  };
  const of = new ClusterResults(access, new RunListener());
  of.add(3, "three", "number three");
  of.add(4, "four", "number four");
  return { of, released, fetches, empties: () => empty };
}

describe("results on a cluster", () => {
  it("are fetched by their keys", async () => {
    const { of, fetches } = results();
    const value = of.fetch(3);
    fetches.get("three")!.resolve(33);
    expect(await value).toBe(33);
    expect(of.keyOf(4)).toBe("four");
  });

  it("are released once, and are gone then", async () => {
    const { of, released } = results();
    of.release(3);
    of.release(3);
    expect(released).toEqual(["three"]);
    await expect(of.fetch(3)).rejects.toThrow(ReleasedError);
    await expect(of.fetch(3)).rejects.toThrow(/"number three" was released/);
  });

  it("stay until they have been fetched", async () => {
    const { of, released, fetches } = results();
    const value = of.fetch(3);
    of.release(3);
    expect(released).toEqual([]);
    fetches.get("three")!.reject(new Error("no"));
    await expect(value).rejects.toThrow("no");
    expect(released).toEqual(["three"]);
  });

  it("have the size and type that their worker says", () => {
    const { of } = results();
    expect(of.describe(3)).toEqual({ type: "unknown", bytes: 0 });
    of.described(3, { type: "Array", bytes: 80, length: 10 });
    expect(of.describe(3).length).toBe(10);
    expect([of.bytesOf(3), of.bytesOf(4), of.bytes]).toEqual([80, 0, 80]);
    of.release(3);
    expect(of.bytes).toBe(0);
  });

  it("end together, for a reason", async () => {
    const { of, released, empties } = results();
    of.close(new ExecutorError("over"));
    expect(released.toSorted()).toEqual(["four", "three"]);
    await expect(of.fetch(4)).rejects.toThrow("over");
    expect(empties()).toBe(1);
    expect(of.isEmpty).toBe(true);
  });

  it("say when the last one goes", () => {
    const { of, empties } = results();
    of.release(3);
    expect(empties()).toBe(0);
    of.release(4);
    expect(empties()).toBe(1);
  });
});
