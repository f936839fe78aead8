import assert from "node:assert/strict";
import { type Chunk, DependencyError, delayed, type Executor, op, ReleasedError } from "../../index.ts";
import { type Group, increment, reasonOf, rejection, valuesOf, Watch } from "./support.ts";

const numbers = (count: number, value: number): Float64Array => new Float64Array(count).fill(value);
const total = (list: Float64Array): number => list.reduce((a, b) => a + b, 0);

function held(executor: Executor): number {
  return executor.stats().bytesHeld;
}

export const chunkArguments: Group = {
  name: "chunks as arguments",
  tests: {
    "stand for their values": async ({ create }) => {
      const executor = await create();
      const chunk = await executor.compute(op(numbers, 20_000, 2));
      assert.deepEqual(await valuesOf(executor, [op(total, chunk), op(total, chunk)]), [40_000, 40_000]);
      const small = await executor.compute(op(increment, 1));
      assert.equal(await executor.collect(op(increment, small)), 3);
    },

    "may be nested, and indexed": async ({ create }) => {
      const executor = await create();
      const chunk = await executor.compute(op(numbers, 20_000, 2));
      const both = op(
        (one: { readonly lists: readonly Float64Array[] }) => one.lists.map((list) => list[0]),
        {
          lists: [chunk, chunk],
        },
      );
      assert.deepEqual(await executor.collect(both), [2, 2]);
      assert.equal(await executor.collect(op(increment, chunk.at(7))), 3);
      const pair = await executor.compute(op(() => [1, "two"] as const));
      const [one, two] = pair;
      assert.deepEqual(await valuesOf(executor, [one!, two!]), [1, "two"]);
    },

    "may be outputs themselves": async ({ create }) => {
      const executor = await create();
      const chunk = await executor.compute(op(numbers, 20_000, 2));
      assert.equal(await executor.compute(chunk), chunk);
      const [result] = await executor.run(chunk);
      chunk.release();
      assert.equal(total(await result.fetch()), 40_000, "the other handle keeps the value");
      result.chunk.release();
      assert.equal(held(executor), 0);
    },

    "may be the values of inputs": async ({ create }) => {
      const executor = await create();
      const chunk = await executor.compute(op(numbers, 20_000, 2));
      const node = op(numbers, 20_000, 1);
      const sum = op(total, node);
      assert.deepEqual(await valuesOf(executor, sum, { inputs: new Map([[node, chunk]]) }), [40_000]);
      assert.deepEqual(await valuesOf(executor, sum), [20_000]);
    },

    "of another executor are fetched from there": async ({ create }) => {
      const [one, other] = [await create(), await create()];
      const chunk = await one.compute(op(numbers, 20_000, 2));
      assert.equal(await other.collect(op(total, chunk)), 40_000);
      assert.equal(held(other), 0);
      chunk.release();
      assert.equal(held(one), 0);
    },

    "leave nothing behind, once they are released": async ({ create }) => {
      const executor = await create();
      let state: Chunk<Float64Array> = await executor.compute(op(numbers, 20_000, 0));
      const more = (list: Float64Array): Float64Array => list.map((one) => one + 1);
      for (let round = 0; round < 5; round++) {
        const next = await executor.compute(op(more, state));
        state.release();
        state = next;
      }
      assert.ok(held(executor) < 2 * 20_000 * 8, `${held(executor)} bytes`);
      assert.equal(total(await state.fetch()), 100_000);
      state.release();
      assert.equal(held(executor), 0);
    },

    "that were released fail the nodes that need them, as any failure does": async ({ create }) => {
      const executor = await create();
      const chunk = await executor.compute(delayed(numbers, { label: "list" })(20_000, 2));
      chunk.release();
      const sum = delayed(total, { label: "sum" })(chunk);
      const error = await rejection(executor.run(sum), DependencyError);
      assert.ok(error.cause instanceof ReleasedError);
      assert.deepEqual(error.path, ["list", "sum"]);
      const [failed, other] = await executor.run([sum, op(increment, 1)], { throwError: false });
      assert.equal(failed.ok, false);
      assert.equal(await other.fetch(), 2);
    },

    "released while a run needs them stay until it is over": async ({ create }) => {
      const executor = await create();
      const chunk = await executor.compute(op(numbers, 20_000, 2));
      const running = executor.collect(
        op(
          total,
          op((list: Float64Array) => list, chunk),
        ),
      );
      chunk.release();
      await rejection(chunk.fetch(), ReleasedError);
      assert.equal(await running, 40_000);
      assert.equal(held(executor), 0);
    },
  },
};

export const putting: Group = {
  name: "put",
  tests: {
    "makes a value a chunk": async ({ create }) => {
      const executor = await create();
      const value = { list: numbers(20_000, 2), name: "two" };
      const chunk = await executor.put(value);
      assert.ok(chunk.bytes >= 160_000);
      const length = op((one: typeof value) => one.list.length, chunk);
      assert.equal(await executor.collect(op((a: number, b: number) => a + b, length, length)), 40_000);
      assert.deepEqual(await chunk.fetch(), value);
      chunk.release();
      assert.equal(held(executor), 0);
    },

    "leaves a chunk as it is": async ({ create }) => {
      const executor = await create();
      const chunk = await executor.put(42);
      assert.equal(await executor.put(chunk), chunk);
      assert.equal(await chunk.fetch(), 42);
    },

    "takes any value, undefined among them": async ({ create }) => {
      const executor = await create();
      assert.equal(await (await executor.put(undefined)).fetch(), undefined);
      assert.deepEqual(await (await executor.put([op(increment, 1).label])).fetch(), ["increment"]);
    },
  },
};

const largest = delayed(
  (...chunks: Chunk<Float64Array>[]) => chunks.reduce((a, b) => (b.bytes > a.bytes ? b : a)),
  { meta: true, label: "largest" },
);

export const metaFunctions: Group = {
  name: "meta functions",
  tests: {
    "see chunks, which say what is known of values": async ({ create }) => {
      const executor = await create();
      const about = delayed(
        (list: Chunk<Float64Array>, text: Chunk<string>) => [list.label, list.meta, text.meta, list.bytes],
        { meta: true },
      );
      const list = delayed(numbers, { label: "list" })(20_000, 2);
      const [label, meta, text, bytes] = await executor.collect(
        about(
          list,
          op(() => "abc"),
        ),
      );
      assert.equal(label, "list");
      assert.deepEqual(meta, {
        type: "Float64Array",
        bytes,
        length: 20_000,
        dtype: "float64",
        shape: [20_000],
      });
      assert.equal((text as { length: number }).length, 3);
      assert.ok((bytes as number) >= 160_000);
      assert.equal(held(executor), 0);
    },

    "may fetch, and take their time": async ({ create }) => {
      const executor = await create();
      const first = delayed(async (list: Chunk<Float64Array>, at: number) => (await list.fetch())[at]!, {
        meta: true,
      });
      assert.equal(await executor.collect(op(increment, first(op(numbers, 20_000, 2), 5))), 3);
    },

    "may return a chunk, which stands for its value": async ({ create }) => {
      const executor = await create();
      const lists = [1000, 30_000, 20].map((count) => op(numbers, count, 1));
      const chosen = largest(...lists);
      assert.equal(await executor.collect(op(total, chosen)), 30_000);
      const chunk = await executor.compute(chosen);
      assert.equal((await chunk.fetch()).length, 30_000);
      chunk.release();
      assert.equal(held(executor), 0, "the chosen one is not held twice, nor are the others");
      const slowly = delayed(async (one: Chunk<Float64Array>) => one, { meta: true })(lists[1]!);
      assert.equal(await executor.collect(op(total, slowly)), 30_000);
    },

    "may return chunks of earlier runs": async ({ create }) => {
      const executor = await create();
      const kept = await executor.compute(op(numbers, 20_000, 3));
      const either = delayed((_: Chunk<number>, other: Chunk<Float64Array>) => other, { meta: true });
      assert.equal(await executor.collect(op(total, either(op(increment, 1), kept))), 60_000);
      kept.release();
      assert.equal(held(executor), 0);
    },

    "follow each other": async ({ create }) => {
      const executor = await create();
      const sizes = delayed((...lists: Chunk<Float64Array>[]) => lists.map((list) => list.meta.length!), {
        meta: true,
      });
      const count = delayed((list: Chunk<number[]>) => list.meta.length!, { meta: true });
      const node = count(sizes(...[1, 2, 3].map((value) => op(numbers, 10, value))));
      assert.equal(await executor.collect(op(increment, node)), 4);
      let chain = op(increment, 0);
      const pass = delayed((one: Chunk<number>) => one, { meta: true });
      for (let i = 0; i < 200; i++) chain = op(increment, pass(chain));
      assert.equal(await executor.collect(chain), 201);
    },

    "fail like others": async ({ create }) => {
      const executor = await create();
      class Refused extends Error {
        readonly why = "because";
      }
      const node = delayed(
        (_: Chunk<number>): number => {
          throw new Refused("no");
        },
        { meta: true, label: "meta" },
      )(op(increment, 1));
      const error = await rejection(executor.run(op(increment, node)), DependencyError);
      assert.equal(error.label, "meta");
      assert.ok(error.cause instanceof Refused);
      const slow = delayed(async (_: Chunk<number>) => Promise.reject(new Refused("later")), { meta: true });
      const later = await rejection(executor.run(slow(op(increment, 1))), DependencyError);
      assert.equal((later.cause as Error).message, "later");
      assert.equal(held(executor), 0);
    },

    "lend their chunks and do not give them away": async ({ create }) => {
      const executor = await create();
      const taken: Chunk<Float64Array>[] = [];
      const take = delayed(
        (chunk: Chunk<Float64Array>) => {
          taken.push(chunk);
          return chunk.id;
        },
        { meta: true, label: "take" },
      );
      await executor.collect(take(delayed(numbers, { label: "list" })(20_000, 1)));
      const error = await reasonOf(taken[0]!.fetch());
      assert.ok(error instanceof ReleasedError);
      assert.match(error.message, /"list".*"take"/);
      assert.equal(held(executor), 0);
    },

    "do not keep others waiting": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const open: (() => void)[] = [];
      const wait = delayed(
        (one: Chunk<number>) => new Promise<number>((resolve) => open.push(() => resolve(one.bytes))),
        { meta: true },
      );
      const waiting = wait(op(increment, 1));
      const others = op((a: number, b: number) => a + b, op(increment, 1), op(increment, 2));
      const last = delayed((_: number, b: number) => b, { label: "last" })(waiting, others);
      const running = executor.collect(last);
      const other = await executor.collect(op(increment, op(increment, 5)));
      assert.equal(other, 7);
      while (open.length === 0) await new Promise(setImmediate);
      assert.equal(watch.started("last"), 0);
      open[0]!();
      assert.equal(await running, 5);
    },

    "get chunks of values that were given": async ({ create }) => {
      const executor = await create();
      const node = op(numbers, 10, 1);
      const length = delayed((list: Chunk<Float64Array>) => list.meta.length!, { meta: true })(node);
      assert.deepEqual(await valuesOf(executor, length, { inputs: new Map([[node, numbers(7, 1)]]) }), [7]);
      const chunk = await executor.put(numbers(30_000, 1));
      assert.deepEqual(await valuesOf(executor, length, { inputs: new Map([[node, chunk]]) }), [30_000]);
    },
  },
};

export const broughtResults: Group = {
  name: "the option getResult",
  tests: {
    "brings the value with the news, whatever its size": async ({ create }) => {
      const executor = await create();
      const node = delayed(numbers, { getResult: true })(100_000, 1);
      const chunk = await executor.compute(node);
      assert.equal((await chunk.fetch()).length, 100_000);
      assert.equal(await executor.collect(op(total, chunk)), 100_000);
      chunk.release();
      assert.equal(held(executor), 0);
    },

    "of an intermediate node changes no result": async ({ create }) => {
      const executor = await create();
      const list = delayed(numbers, { getResult: true })(100_000, 1);
      assert.equal(await executor.collect(op(total, list)), 100_000);
      assert.equal(held(executor), 0);
    },
  },
};
