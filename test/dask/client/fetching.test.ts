import { describe, expect, it } from "vitest";
import { Library } from "../../../src/closure/library.ts";
import { Fetching } from "../../../src/dask/client/fetching.ts";
import type { SchedulerClient } from "../../../src/dask/client/scheduler-client.ts";
import type { Serialized } from "../../../src/dask/protocol/message.ts";
import { serialized } from "./listening.ts";

/** Has some values, and an error for other keys. */
function client(values: Record<string, unknown>): {
  readonly client: SchedulerClient;
  readonly asked: string[][];
} {
  const asked: string[][] = [];
  const gather = async (keys: Iterable<string>): Promise<Map<string, Serialized>> => {
    const list = [...keys];
    asked.push(list);
    const bad = list.find((key) => !(key in values));
    if (bad !== undefined) throw new Error(`the error of ${bad}`);
    return new Map(list.map((key) => [key, serialized(values[key])]));
  };
  return { client: { gather } as unknown as SchedulerClient, asked };
}

describe("fetching", () => {
  it("asks once for what is wanted in one turn", async () => {
    const fake = client({ a: 1, b: [2] });
    const fetching = new Fetching(fake.client, new Library("test"));
    const all = Promise.all([fetching.fetch("a"), fetching.fetch("b"), fetching.fetch("a")]);
    await Promise.resolve();
    expect(fetching.underWay).toBe(2);
    expect(await all).toEqual([1, [2], 1]);
    expect(await fetching.fetch("a")).toBe(1);
    expect(fake.asked).toEqual([["a", "b"], ["a"]]);
    expect(fetching.underWay).toBe(0);
  });

  it("brings what can be had although something else cannot", async () => {
    const fake = client({ a: 1 });
    const fetching = new Fetching(fake.client, new Library("test"));
    const [good, bad] = await Promise.allSettled([fetching.fetch("a"), fetching.fetch("bad")]);
    expect(good).toEqual({ status: "fulfilled", value: 1 });
    expect(bad).toMatchObject({ status: "rejected", reason: { message: "the error of bad" } });
    await expect(fetching.fetch("bad")).rejects.toThrow("the error of bad");
    expect(fetching.underWay).toBe(0);
  });
});
