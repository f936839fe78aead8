import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type CacheEvent,
  CollectNode,
  type ContentCache,
  DispatchGraph,
  delayed,
  type Executor,
  fileCache,
  op,
  ReleasedError,
} from "../../index.ts";
import { add, type Group, increment, rejection, type Test, valuesOf, Watch } from "./support.ts";

/** Another number each time: equal ones come from one call. */
const chance = (): number => Math.random();
const same = (value: number): number => value;

function eventsOf(executor: Executor): string[] {
  const events: string[] = [];
  executor.on("cache", ({ label, state, reason }: CacheEvent) =>
    events.push(`${label}: ${state}, ${reason}`),
  );
  return events;
}

/** A test with a cache in a directory of its own. */
function inDirectory(test: (cache: ContentCache, setting: Parameters<Test>[0]) => Promise<void>): Test {
  return async (setting) => {
    const directory = mkdtempSync(join(tmpdir(), "dispatch-graph-cache-"));
    try {
      await test(fileCache(join(directory, "cache")), setting);
    } finally {
      rmSync(directory, { recursive: true });
    }
  };
}

export const caching: Group = {
  name: "results that are kept in memory for later runs",
  tests: {
    "are not computed again, nor what only they need": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const upstream = delayed(chance, { label: "upstream" })();
      const kept = delayed(same, { label: "kept", cache: true })(upstream);
      const output = delayed(increment, { label: "output" })(kept);
      const [first] = await valuesOf(executor, output);
      assert.deepEqual(await valuesOf(executor, output), [first]);
      assert.deepEqual([watch.started("upstream"), watch.started("output")], [1, 2]);
    },

    "leave what others need": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const upstream = delayed(chance, { label: "upstream" })();
      const kept = delayed(same, { cache: true })(upstream);
      const [first] = await valuesOf(executor, kept);
      const [again, other] = await valuesOf(executor, [kept, upstream]);
      assert.equal(again, first);
      assert.notEqual(other, first);
      assert.equal(watch.started("upstream"), 2);
    },

    "serve new nodes, and graphs": async ({ create }) => {
      const executor = await create();
      const kept = delayed(chance, { cache: true })();
      const [first] = await valuesOf(executor, op(same, kept));
      assert.deepEqual(await valuesOf(executor, new CollectNode([kept, kept])), [[first, first]]);
      const graph = DispatchGraph.from(op(same, kept));
      assert.deepEqual(await valuesOf(executor, graph), [first]);
    },

    "are found by node.fetch": async ({ create }) => {
      const executor = await create();
      const kept = delayed(chance, { cache: true })();
      const output = op(same, kept);
      const [first] = await valuesOf(executor, output);
      assert.equal(await kept.fetch(), first);
      executor.prepare(DispatchGraph.from(output));
      const awaited = kept.fetch();
      assert.deepEqual(await valuesOf(executor, output), [first]);
      assert.equal(await awaited, first);
    },

    "are computed again once they are released": async ({ create }) => {
      const executor = await create();
      const events = eventsOf(executor);
      const kept = delayed(chance, { label: "kept", cache: true })();
      const output = op(same, kept);
      const [first] = await valuesOf(executor, output);
      kept.release();
      const [second] = await valuesOf(executor, output);
      assert.notEqual(second, first);
      assert.equal(events[2], "kept: miss, its result was released");
      assert.deepEqual(await valuesOf(executor, output), [second]);
      kept.release();
      assert.notDeepEqual(await valuesOf(executor, output), [second], "also after a hit");
    },

    "are not those of other arguments": async ({ create }) => {
      const executor = await create();
      const events = eventsOf(executor);
      const source = op(increment, 1);
      const kept = delayed(add, { label: "kept", cache: true })(source, 10);
      const output = op(increment, kept);
      assert.deepEqual(await valuesOf(executor, output), [13]);
      kept.args = [source, 20];
      assert.deepEqual(await valuesOf(executor, output), [23]);
      source.args = [2];
      assert.deepEqual(await valuesOf(executor, output), [24]);
      assert.deepEqual(await valuesOf(executor, output), [24]);
      assert.deepEqual(
        events.filter((event) => !event.includes("stored")),
        [
          "kept: miss, never computed before",
          "kept: miss, argument 2 changed",
          'kept: miss, its dependency "increment" changed',
          "kept: hit, kept in memory since an earlier run",
        ],
      );
    },

    "are not those of other inputs": async ({ create }) => {
      const executor = await create();
      const source = op(increment, 1);
      const kept = delayed(same, { cache: true })(source);
      const output = op(increment, kept);
      const inputs = new Map([[source, 100]]);
      assert.deepEqual(await valuesOf(executor, output, { inputs }), [101]);
      await rejection(kept.fetch(), ReleasedError);
      assert.deepEqual(await valuesOf(executor, output), [3]);
      assert.deepEqual(await valuesOf(executor, output, { inputs }), [101]);
      assert.deepEqual(await valuesOf(executor, output), [3]);
      assert.deepEqual(await valuesOf(executor, output, { inputs: new Map([[kept, 5]]) }), [6]);
      assert.equal(await kept.fetch(), 2, "this is no result of its own");
      assert.deepEqual(await valuesOf(executor, output), [3]);
      const explanation = await executor.explain(output, { inputs });
      assert.match(explanation.of(kept)!.reason, /an input was given upstream/);
    },

    "stay after collect, also the result of the node itself": async ({ create }) => {
      const executor = await create();
      const kept = delayed(chance, { cache: true })();
      const first = await executor.collect(kept);
      assert.equal(await executor.collect(kept), first);
      kept.release();
      assert.notEqual(await executor.collect(kept), first);
    },

    "go with the executor": async ({ create }) => {
      const kept = delayed(chance, { cache: true })();
      const first = await (await create()).collect(kept);
      assert.notEqual(await (await create()).collect(kept), first);
    },

    "are used although others fail": async ({ create }) => {
      const executor = await create();
      const kept = delayed(chance, { cache: true })();
      const failing = op((_: number): number => {
        throw new Error("no");
      }, kept);
      const outcome = await executor.run([kept, failing], { throwError: false });
      const [, again] = await executor.run([failing, kept], { throwError: false });
      assert.equal(await again!.fetch(), await outcome[0]!.fetch());
    },

    "have events": async ({ create }) => {
      const executor = await create();
      const heard: CacheEvent[] = [];
      executor.on("cache", (event) => heard.push(event));
      const kept = delayed(chance, { label: "kept", cache: true })();
      const output = op(same, kept);
      await executor.run(output);
      await executor.run(output);
      assert.deepEqual(
        heard.map(({ state }) => state),
        ["miss", "stored", "hit"],
      );
      assert.deepEqual(new Set(heard.map(({ id }) => id)), new Set([2]));
      assert.equal(heard[0]!.run, heard[1]!.run);
      assert.notEqual(heard[0]!.run, heard[2]!.run);
    },

    "can be explained, without running anything": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const upstream = delayed(chance, { label: "upstream" })();
      const kept = delayed(same, { label: "kept", cache: true })(upstream);
      const output = delayed(increment, { label: "output" })(kept);
      const before = await executor.explain(output);
      assert.deepEqual(
        before.nodes.map(({ label, cache, runs }) => [label, cache, runs]),
        [
          ["output", "off", true],
          ["kept", "miss", true],
          ["upstream", "off", true],
        ],
      );
      assert.deepEqual(watch.all, []);
      await executor.run(output);
      const after = await executor.explain(output);
      assert.deepEqual(
        after.nodes.map(({ id, cache, runs }) => [id, cache, runs]),
        [
          [1, "off", true],
          [2, "hit", false],
          [3, "off", false],
        ],
      );
      assert.match(String(after), /^id +label +cache +runs +reason\n1 +output/);
    },
  },
};

export const cachingInFiles: Group = {
  name: "results that are kept in files",
  tests: {
    "are found by another executor, by what they are made of": inDirectory(async (cache, { create }) => {
      const output = (): ReturnType<typeof op<number[], number>> => {
        const kept = delayed(same, { label: "kept", cache })(op(chance));
        return op(add, kept, 1);
      };
      const first = await (await create()).collect(output());
      const executor = await create();
      const events = eventsOf(executor);
      const watch = new Watch(executor);
      assert.equal(await executor.collect(output()), first);
      assert.deepEqual(events, ["kept: hit, kept in a file"]);
      assert.equal(watch.started("chance"), 0);
    }),

    "are not those of other arguments, functions or inputs": inDirectory(async (cache, { create }) => {
      const executor = await create();
      const events = eventsOf(executor);
      const kept = delayed(add, { label: "kept", cache });
      const source = delayed(increment, { label: "source" })(1);
      assert.equal(await executor.collect(kept(source, 1)), 3);
      assert.equal(await executor.collect(kept(source, 2)), 4);
      assert.equal(await executor.collect(kept(op(increment, 2), 2)), 5);
      const times = (a: number, b: number): number => a * b;
      assert.equal(await executor.collect(delayed(times, { label: "kept", cache })(source, 2)), 4);
      const inputs = new Map([[source, 10]]);
      const again = kept(source, 1);
      assert.equal(await executor.collect(again, { inputs }), 11);
      assert.equal(await executor.collect(again, { inputs }), 11);
      assert.deepEqual(
        events.filter((event) => !event.includes("stored")),
        [
          "kept: miss, never computed before",
          "kept: miss, argument 2 changed",
          'kept: miss, its dependency "increment" changed',
          "kept: miss, the function changed",
          "kept: miss, the function changed",
          "kept: hit, kept in a file",
        ],
      );
    }),

    "leave results as they are without them": inDirectory(async (cache, { create }) => {
      const executor = await create();
      const kept = delayed(chance, { cache })();
      const output = op(same, kept);
      const results = await executor.run([kept, output, kept]);
      assert.deepEqual(
        results.map(({ node }) => node),
        [kept, output, kept],
      );
      const again = await executor.run([kept, output]);
      assert.equal(await again[1].fetch(), await results[0].fetch());
      await executor.run(output);
      await rejection(kept.fetch(), ReleasedError);
      results[0].chunk.release();
      const graph = DispatchGraph.from(output);
      assert.equal((await executor.run(graph)).length, 1);
    }),

    "are values of all kinds of data": inDirectory(async (cache, { create }) => {
      const make = (): unknown[] => [
        Float64Array.of(1, 2),
        new Uint8Array(100_000).fill(7),
        Buffer.from("text"),
        new Map([["a", new Set([1n])]]),
        new Date(5),
        [Number.NaN, -0, undefined],
        Object.assign(Object.create(null), { own: 1 }),
      ];
      const kept = (): ReturnType<typeof op<[], unknown[]>> => delayed(make, { cache })();
      const first = await (await create()).collect(kept());
      const executor = await create();
      const events = eventsOf(executor);
      assert.deepEqual(await executor.collect(kept()), first);
      assert.deepEqual(events, ["make: hit, kept in a file"]);
    }),

    "are recomputed when their file is damaged, which is replaced": inDirectory(async (cache, { create }) => {
      const executor = await create();
      const kept = delayed(chance, { label: "kept", cache })();
      const first = await executor.collect(kept);
      const [file] = readdirSync(cache.directory);
      writeFileSync(join(cache.directory, file!), "nonsense");
      const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
      const second = await executor.collect(kept);
      assert.notEqual(second, first);
      assert.match((await warned).message, /kept-.*\.value is no file of a value, or damaged/);
      assert.equal(await executor.collect(kept), second);
    }),

    "do without what cannot be kept": inDirectory(async (cache, { create }) => {
      class Point {
        x = 1;
      }
      const executor = await create();
      const kept = delayed(() => new Point(), { label: "point", cache })();
      const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
      assert.equal(await executor.collect(op((point: Point) => point.x, kept)), 1);
      assert.match(
        (await warned).message,
        /"point" cannot be kept in .*: the value holds an instance of Point/,
      );
    }),
  },
};
