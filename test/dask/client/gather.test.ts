import { describe, expect, it } from "vitest";
import { gatherFromWorkers } from "../../../src/dask/client/gather.ts";
import { listen } from "../../../src/dask/comm/listener.ts";
import { RpcPool } from "../../../src/dask/comm/rpc-pool.ts";
import { serve } from "../../../src/dask/comm/server.ts";
import { giving } from "./listening.ts";

interface Holder extends AsyncDisposable {
  readonly address: string;
  /** The keys of each request. */
  readonly asked: (readonly string[])[];
}

/** A worker that holds these keys, and is busy when it is asked for the first few times. */
async function holder(held: readonly string[], busy = 0): Promise<Holder> {
  const asked: (readonly string[])[] = [];
  const get = giving((keys) => {
    asked.push(keys);
    if (asked.length <= busy) return "busy";
    return new Map(keys.filter((key) => held.includes(key)).map((key) => [key, key]));
  });
  const listener = await listen({}, (connection) => {
    void serve(connection, { handlers: new Map([["get_data", get]]) });
  });
  return { address: listener.address, asked, [Symbol.asyncDispose]: () => listener.close() };
}

async function gather(whoHas: Record<string, string[]>, signal?: AbortSignal): Promise<[string[], string[]]> {
  await using pool = new RpcPool({ connectTimeout: 1000 });
  const unreachable: string[] = [];
  const found = await gatherFromWorkers(new Map(Object.entries(whoHas)), {
    ...{ pool, who: "me", stall: 200, signal, log: () => {} },
    onUnreachable: (address) => unreachable.push(address),
  });
  return [[...found.keys()].sort(), unreachable];
}

describe("gathering from workers", () => {
  it("asks each worker once, and shares out what several have", async () => {
    await using one = await holder(["a", "b", "c", "d"]);
    await using two = await holder(["a", "b", "c", "d"]);
    const both = [one.address, two.address];
    expect(await gather({ a: both, b: both, c: both, d: [one.address] })).toEqual([["a", "b", "c", "d"], []]);
    expect([one.asked.length, two.asked.length]).toEqual([1, 1]);
    expect(one.asked[0]!.length + two.asked[0]!.length).toBe(4);
    expect(two.asked[0]!.length).toBeGreaterThan(0);
  });

  it("asks others for what one does not have any more", async () => {
    await using one = await holder([]);
    await using two = await holder(["a"]);
    expect(await gather({ a: [one.address, two.address], b: [one.address] })).toEqual([["a"], []]);
  });

  it("asks others instead of one that is gone, which is no error", async () => {
    const gone = await holder(["a"]);
    await gone[Symbol.asyncDispose]();
    await using two = await holder(["a"]);
    expect(await gather({ a: [gone.address, two.address], b: [gone.address], c: [] })).toEqual([
      ["a"],
      [gone.address],
    ]);
  });

  it("asks a worker again that is busy", async () => {
    await using one = await holder(["a"], 2);
    expect(await gather({ a: [one.address] })).toEqual([["a"], []]);
    expect(one.asked).toHaveLength(3);
  });

  it("gives up a worker of which nothing comes", async () => {
    const silent = await listen({}, () => {});
    expect(await gather({ a: [silent.address] })).toEqual([[], [silent.address]]);
    await silent.close();
  });

  it("ends with its signal", async () => {
    await using busy = await holder([], 1e9);
    const controller = new AbortController();
    const gathering = gather({ a: [busy.address] }, controller.signal);
    setImmediate(() => controller.abort(new Error("enough")));
    await expect(gathering).rejects.toThrow(/enough|aborted/);
  });
});
