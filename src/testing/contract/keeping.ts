import assert from "node:assert/strict";
import { Chunk, DataNode, DependencyError, delayed, type Executor, op, ReleasedError } from "../../index.ts";
import { type Group, increment, reasonOf, rejection, valuesOf } from "./support.ts";

const SIZE = 10_000;
const large = (): string => "x".repeat(SIZE);
const size = (text: string): number => text.length;

function held(executor: Executor): number {
  return executor.stats().bytesHeld;
}

export const keeping: Group = {
  name: "keeping and releasing results",
  tests: {
    "outputs stay until they are released": async ({ create }) => {
      const executor = await create();
      const node = op(large);
      const [result] = await executor.run(node);
      assert.ok(held(executor) >= SIZE);
      assert.equal((await result.fetch()).length, SIZE);
      assert.equal((await node.fetch()).length, SIZE);
      assert.equal((await result.fetch()).length, SIZE, "as often as one likes");
      result.chunk.release();
      assert.equal(held(executor), 0);
    },

    "results of intermediate nodes go, and the error says how to keep them": async ({ create }) => {
      const executor = await create();
      const inner = delayed(large, { label: "inner" })();
      const [result] = await executor.run(op(size, inner));
      assert.equal(await result.fetch(), SIZE);
      assert.ok(held(executor) < SIZE);
      const error = await rejection(inner.fetch(), ReleasedError);
      assert.equal(error.code, "ERR_RELEASED");
      assert.match(error.message, /"inner"/);
      assert.match(error.message, /persist/);
      assert.match(error.message, /keep/);
      assert.equal(inner.isReady(), true, "there is nothing to wait for");
      await inner.wait();
    },

    "results of intermediate nodes go as soon as their last dependent has finished": async ({ create }) => {
      const executor = await create();
      const more = (text: string): string => `${text.slice(1)}x`;
      const first = op(large);
      let chain = op(more, first);
      for (let i = 0; i < 20; i++) chain = op(more, chain);
      let most = 0;
      let early: Promise<unknown> | undefined;
      executor.on("task", (event) => {
        if (event.to === "processing") most = Math.max(most, held(executor));
        // The last of the chain begins.
        if (event.to === "processing" && event.id === 1) early = reasonOf(first.fetch());
      });
      await executor.run(chain);
      assert.ok(most >= SIZE, "something was held meanwhile");
      assert.ok(most < 4 * SIZE, `${most} bytes were held`);
      assert.ok((await early) instanceof ReleasedError);
    },

    'keep: "all" keeps the results of all nodes': async ({ create }) => {
      const executor = await create();
      const inner = op(large);
      const data = new DataNode("data");
      const output = op((text: string, more: string) => text.length + more.length, inner, data);
      await executor.run(output, { keep: "all" });
      assert.equal((await inner.fetch()).length, SIZE);
      assert.ok(held(executor) >= SIZE);
      inner.release();
      assert.ok(held(executor) < SIZE);
      assert.equal(await output.fetch(), SIZE + 4);
    },

    "persist keeps the result of a node": async ({ create }) => {
      const executor = await create();
      const kept = delayed(large, { persist: true })();
      const dropped = op((text: string) => text.slice(1), kept);
      await executor.run(op(size, dropped));
      assert.equal((await kept.fetch()).length, SIZE);
      await rejection(dropped.fetch(), ReleasedError);
      kept.release();
      await rejection(kept.fetch(), ReleasedError);
    },

    "persist does not skip later runs": async ({ create }) => {
      const executor = await create();
      const kept = delayed(() => Math.random(), { persist: true })();
      const output = op((value: number) => value, kept);
      const [first] = await valuesOf(executor, output);
      const [second] = await valuesOf(executor, output);
      assert.notEqual(first, second);
    },

    "what failures leave is kept as asked": async ({ create }) => {
      const executor = await create();
      const kept = delayed(large, { persist: true })();
      const failing = op((_: string): number => {
        throw new Error("no");
      }, kept);
      await executor.run(failing, { throwError: false });
      assert.equal((await kept.fetch()).length, SIZE);
      await rejection(executor.run(failing), DependencyError);
      await rejection(failing.fetch(), DependencyError);
    },

    "chunk.release gives the value back, for all who hold it": async ({ create }) => {
      const executor = await create();
      const node = op(large);
      const [first, second] = await executor.run([node, node]);
      first.chunk.release();
      first.chunk.release();
      assert.equal(held(executor), 0);
      assert.equal(first.chunk.bytes, 0);
      for (const fetched of [first.fetch(), second.fetch(), node.fetch(), first.chunk.fetch()]) {
        await rejection(fetched, ReleasedError);
      }
      assert.equal(first.ok, true, "it has been there");
    },

    "node.release gives the latest result back": async ({ create }) => {
      const executor = await create();
      const node = op(large);
      node.release();
      const [earlier] = await executor.run(node);
      const [later] = await executor.run(node);
      node.release();
      node.release();
      await rejection(node.fetch(), ReleasedError);
      await rejection(later.fetch(), ReleasedError);
      assert.equal((await earlier.fetch()).length, SIZE, "only the latest");
      earlier.chunk.release();
      assert.equal(held(executor), 0);
      const [again] = await executor.run(node);
      assert.equal((await again.fetch()).length, SIZE, "and it can be run again");
    },

    "one release does not touch other results": async ({ create }) => {
      const executor = await create();
      const [a, b] = [op(large), op(large)];
      const [first, second] = await executor.run([a, b]);
      first.chunk.release();
      assert.equal((await second.fetch()).length, SIZE);
      assert.ok(held(executor) >= SIZE && held(executor) < 2 * SIZE);
    },

    "without kept handles nothing is held": async ({ create }) => {
      const executor = await create();
      const inner = op(large);
      const output = op(size, inner);
      await executor.collect(output);
      assert.equal(held(executor), 0);
      const failing = op((_: string) => {
        throw new Error("no");
      }, inner);
      await rejection(executor.run([failing, op(large)]), DependencyError);
      assert.equal(held(executor), 0);
      const [result] = await executor.run(failing, { throwError: false });
      assert.equal(result.ok, false);
      assert.equal(held(executor), 0);
    },
  },
};

export const chunks: Group = {
  name: "compute and collect",
  tests: {
    "compute results in a handle of the result": async ({ create }) => {
      const executor = await create();
      const node = delayed(large, { label: "big" })();
      const chunk = await executor.compute(node);
      const other = await executor.compute(node);
      assert.ok(chunk instanceof Chunk);
      assert.notEqual(chunk.id, other.id);
      assert.equal(chunk.label, "big");
      assert.ok(chunk.bytes >= SIZE);
      assert.equal((await chunk.fetch()).length, SIZE);
      assert.equal((await node.fetch()).length, SIZE);
      chunk.release();
      other.release();
      assert.equal(held(executor), 0);
    },

    "compute takes the options of run, and throws like it": async ({ create }) => {
      const executor = await create();
      const one = op(() => 1);
      const two = op(increment, one);
      const chunk = await executor.compute(two, { inputs: new Map([[one, 10]]), keep: "all" });
      assert.equal(await chunk.fetch(), 11);
      const failing = op(() => {
        throw new RangeError("no");
      });
      await rejection(executor.compute(failing), DependencyError);
      await rejection(executor.compute(failing, { throwError: false }), DependencyError);
      await rejection(executor.collect(failing, { throwError: false }), DependencyError);
      await rejection(executor.compute(one, { typo: 1 } as never), TypeError);
    },

    "collect results in the value and keeps nothing": async ({ create }) => {
      const executor = await create();
      const node = op(large);
      assert.equal((await executor.collect(node)).length, SIZE);
      assert.equal(held(executor), 0);
      await rejection(node.fetch(), ReleasedError);
    },

    "collect leaves what was to be kept": async ({ create }) => {
      const executor = await create();
      const kept = delayed(large, { persist: true })();
      await executor.collect(kept);
      assert.equal((await kept.fetch()).length, SIZE);
      const node = op(large);
      await executor.collect(node, { keep: "all" });
      assert.equal((await node.fetch()).length, SIZE);
      const [earlier] = await executor.run(node);
      await executor.collect(node);
      assert.equal((await earlier.fetch()).length, SIZE, "and the results of other runs");
    },

    "collect takes chunks": async ({ create }) => {
      const executor = await create();
      const chunk = await executor.compute(op(large));
      assert.equal((await executor.collect(chunk)).length, SIZE);
      assert.ok(held(executor) >= SIZE, "which are not released by it");
      chunk.release();
      await rejection(executor.collect(chunk), ReleasedError);
    },

    "collect takes nothing else": async ({ create }) => {
      const executor = await create();
      for (const value of [42, undefined, null, [op(() => 1)], {}]) {
        await rejection(executor.collect(value as never), TypeError);
      }
    },
  },
};
