import { describe, expect, it } from "vitest";
import { ClusterResults } from "../../../src/dask/executor/cluster-results.ts";
import { RunListener } from "../../../src/dask/executor/run-listener.ts";
import { Wants } from "../../../src/dask/executor/wants.ts";
import { TaskKeys } from "../../../src/dask/graph/task-keys.ts";

function wants() {
  const said: string[] = [];
  const keys = new TaskKeys("0t", 4);
  for (let task = 0; task < 4; task++) keys.make(task, "t");
  const short = (list: Iterable<string>): string => [...list].map((key) => key.at(-1)).join();
  const client = {
    desire: (list: Iterable<string>) => said.push(`desire ${short(list)}`),
    release: (list: Iterable<string>) => said.push(`release ${short(list)}`),
  };
  const listener = new RunListener();
  const results = new ClusterResults({ client, fetch: async () => 1, onEmpty: () => {} }, listener);
  return { of: new Wants({ size: 4, keys, client, listener, results }), said, results, keys };
}

describe("wants of a run", () => {
  it("are told the scheduler, and given back once", () => {
    const { of, said } = wants();
    of.add(2);
    expect(of.has(2)).toBe(true);
    of.giveBack(2);
    of.giveBack(2);
    of.giveBack(3);
    expect(said).toEqual(["desire 2", "release 2"]);
    expect(of.has(2)).toBe(false);
  });

  it("of results that are held are given back through these, which wait for who fetches them", async () => {
    const { of, said, results, keys } = wants();
    of.set(1, true);
    results.add(1, keys.of(1)!, "one");
    const fetched = results.fetch(1);
    of.giveBack(1);
    expect(said).toEqual([]);
    await fetched;
    expect(said).toEqual(["release 1"]);
  });

  it("that are not justified any more are given back", () => {
    const { of, said } = wants();
    for (const task of [0, 1, 2]) of.set(task, true);
    of.review((task) => task === 1);
    expect(said).toEqual(["release 0", "release 2"]);
  });

  it("end with the run, but for results that stay behind", () => {
    const { of, said, results, keys } = wants();
    for (const task of [0, 1, 2]) of.set(task, true);
    for (const task of [1, 2]) results.add(task, keys.of(task)!, "t");
    of.giveBackAllBut((task) => task === 2);
    expect(said).toEqual(["release 0", "release 1"]);
    expect(results.keyOf(2)).toBe(keys.of(2));
  });

  it("are forgotten with the client", () => {
    const { of, said } = wants();
    of.set(0, true);
    of.clear();
    of.giveBack(0);
    expect(said).toEqual([]);
  });
});
