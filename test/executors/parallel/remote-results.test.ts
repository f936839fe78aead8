import { AsyncExecutor, Chunk, ReleasedError } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { HeldResults } from "../../../src/executors/held-results.ts";
import { isHeldBy, RemoteResults } from "../../../src/executors/parallel/remote-results.ts";

/** Results of tasks, and what a holder answers: a value, or nothing for as long as it is lost. */
function results() {
  const values = new Map<number, unknown>();
  const released: number[] = [];
  const one = new RemoteResults({
    request: async (task) => (values.has(task) ? { value: values.get(task) } : undefined),
    holdersOf: (task) => (values.has(task) ? [3] : []),
    bytesOf: (task) => (values.has(task) ? 8 : 0),
    describe: (task) => ({ type: typeof values.get(task), bytes: 8 }),
    release: (task) => void released.push(task),
    labelOf: (task) => `task ${task}`,
    waits: () => {},
  });
  return { one, values, released };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("results that workers hold", () => {
  it("are fetched, undefined among them", async () => {
    const { one, values } = results();
    values.set(1, "a").set(2, undefined);
    expect([await one.fetch(1), await one.fetch(2), one.bytesOf(1)]).toEqual(["a", undefined, 8]);
  });

  it("tell which worker has them", async () => {
    const { one, values } = results();
    values.set(1, "a");
    const held = new HeldResults(new AsyncExecutor(), [1, 2]);
    held.set(0, one);
    held.set(1, "here");
    const [there, here] = [0, 1].map((place) => new Chunk(1, place, "x", held, place));
    expect([isHeldBy(there!, 3), isHeldBy(there!, 4), isHeldBy(here!, 3)]).toEqual([true, false, false]);
  });

  it("are asked for again at once if only the worker is gone that was asked", async () => {
    const { one, values } = results();
    values.set(1, "a copy");
    const answers = [undefined, { value: "from the other worker" }];
    expect(await one.obtain(1, async () => answers.shift())).toBe("from the other worker");
    expect(one.isAwaited).toBe(false);
  });

  it("are waited for while they are computed again", async () => {
    const { one, values } = results();
    let settled = 0;
    const both = [one.fetch(1), one.fetch(1)].map((fetched) => fetched.finally(() => settled++));
    await turn();
    // News without a value: it was lost once more.
    one.news(1);
    await turn();
    expect([settled, one.isAwaited]).toEqual([0, true]);
    values.set(1, "again");
    one.news(1);
    expect(await Promise.all(both)).toEqual(["again", "again"]);
    expect(one.isAwaited).toBe(false);
  });

  it("may fail when they are computed again", async () => {
    const { one } = results();
    const fetched = one.fetch(1);
    await turn();
    one.fail(1, new RangeError("gone"));
    await expect(fetched).rejects.toThrow("gone");
    await expect(one.fetch(1)).rejects.toThrow("gone");
  });

  it("are released, which those who wait for them are told", async () => {
    const { one, released } = results();
    const fetched = one.fetch(1);
    await turn();
    one.release(1);
    await expect(fetched).rejects.toThrow(ReleasedError);
    await expect(one.fetch(1)).rejects.toThrow('the result of "task 1" was released');
    expect(released).toEqual([1]);
  });

  it("end with their executor", async () => {
    const { one, values } = results();
    const fetched = one.fetch(1);
    await turn();
    values.set(2, "a");
    one.close(new ReleasedError("closed"));
    await expect(fetched).rejects.toThrow("closed");
    await expect(one.fetch(2)).rejects.toThrow("closed");
    expect(one.bytesOf(2)).toBe(0);
  });
});
