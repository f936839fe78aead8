import assert from "node:assert/strict";
import { DispatchResult, op } from "../../index.ts";
import { add, assertOf, type Group, increment, rejection, valuesOf, Watch } from "./support.ts";

export const results: Group = {
  name: "results of a run",
  tests: {
    "come in the order of the request": async ({ create }) => {
      const executor = await create();
      const a = op(() => "a");
      const b = op((text: string) => `${text}b`, a);
      const c = op((text: string) => `${text}c`, b);
      const found = await executor.run([b, c, a]);
      assertOf(found, [b, c, a]);
      assert.deepEqual(await Promise.all(found.map((one) => one.fetch())), ["ab", "abc", "a"]);
    },

    "are of one execution when a node is requested twice": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const node = op(() => Math.random());
      const other = op(() => "other");
      const [first, between, second] = await valuesOf(executor, [node, other, node]);
      assert.equal(first, second);
      assert.equal(between, "other");
      assert.equal(watch.started(), 2);
    },

    "are none for no outputs": async ({ create }) => {
      const executor = await create();
      assert.deepEqual(await executor.run([]), []);
    },

    "are one for a single node outside an array": async ({ create }) => {
      const executor = await create();
      assert.deepEqual(await valuesOf(executor, op(add, 1, 2)), [3]);
    },

    "can be asked for by any iterable of nodes": async ({ create }) => {
      const executor = await create();
      const nodes = [op(add, 1, 2), op(add, 3, 4)];
      assert.deepEqual(await valuesOf(executor, new Set(nodes)), [3, 7]);
      assert.deepEqual(await valuesOf(executor, nodes.values()), [3, 7]);
    },

    "say that they are there": async ({ create }) => {
      const executor = await create();
      const node = op(add, 1, 2);
      const [result] = await executor.run(node);
      assert.ok(result instanceof DispatchResult);
      assert.equal(result.ok, true);
      assert.equal(result.error, undefined);
      assert.equal(result.node, node);
      assert.equal(result.unwrap(), node);
      assert.throws(() => result.unwrapError(), TypeError);
      assert.equal(await result.unwrap().fetch(), 3);
      assert.equal(await result.chunk.fetch(), 3);
    },

    "may be undefined, null and anything else that counts as false": async ({ create }) => {
      const executor = await create();
      const values = [undefined, null, false, 0, "", Number.NaN, 0n];
      const made = values.map((value) => op(() => value));
      const kinds = made.map((node) => op((value: unknown) => `${typeof value} ${value}`, node));
      assert.deepEqual(await valuesOf(executor, made), values);
      const expected = values.map((value) => `${typeof value} ${value}`);
      assert.deepEqual(await valuesOf(executor, kinds), expected);
    },

    "may be errors that were returned and not thrown": async ({ create }) => {
      const executor = await create();
      const node = op(() => new RangeError("a value like others"));
      const [message] = await valuesOf(
        executor,
        op((error: Error) => error.message, node),
      );
      assert.equal(message, "a value like others");
      const [result] = await executor.run(node);
      assert.equal(result.ok, true);
      assert.ok((await result.fetch()) instanceof RangeError);
    },

    "are computed once for all dependents": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const shared = op(function shared() {
        return Math.random();
      });
      const users = Array.from({ length: 5 }, () => op((value: number) => value, shared));
      const values = await valuesOf(executor, [...users, shared]);
      assert.equal(new Set(values).size, 1);
      assert.equal(watch.started("shared"), 1);
    },

    "are computed anew by each run": async ({ create }) => {
      const executor = await create();
      const node = op(() => Math.random());
      const [first] = await valuesOf(executor, node);
      const [second] = await valuesOf(executor, node);
      assert.notEqual(first, second);
    },

    "hold for long chains and wide graphs": async ({ create }) => {
      const executor = await create();
      let chain = op(() => 0);
      for (let i = 0; i < 500; i++) chain = op(increment, chain);
      const wide = Array.from({ length: 500 }, (_, i) => op(add, i, chain));
      const sum = op((terms: number[]) => terms.reduce((a, b) => a + b, 0), wide);
      assert.deepEqual(await valuesOf(executor, [chain, sum]), [500, (499 * 500) / 2 + 500 * 500]);
    },

    "are refused for what is no node": async ({ create }) => {
      const executor = await create();
      const node = op(() => 1);
      await rejection(executor.run(42 as never), TypeError);
      await rejection(executor.run(undefined as never), TypeError);
      await rejection(executor.run({ fn: add } as never), TypeError);
      const error = await rejection(executor.run([node, add] as never), TypeError);
      assert.match(error.message, /1/, "the message says which one");
    },
  },
};

export const resultsInside: Group = {
  name: "results of a run, seen from inside",
  tests: {
    "come before no task has been called": async ({ create }) => {
      const executor = await create();
      let called = false;
      const node = op(() => {
        called = true;
      });
      const running = executor.run(node);
      assert.equal(called, false, "run returns before the first task starts");
      await running;
      assert.equal(called, true);
    },

    "are passed on as they are": async ({ create }) => {
      const executor = await create();
      const value = { list: [1] };
      const node = op(() => value);
      const [made, seen] = await valuesOf(executor, [node, op((one: unknown) => one, node)]);
      assert.equal(made, value);
      assert.equal(seen, value);
    },
  },
};
