import assert from "node:assert/strict";
import { DependencyError, delayed, ExecutorError, type Op, op, ReleasedError } from "../../index.ts";
import { add, type Group, increment, isPending, never, rejection, valuesOf, Watch } from "./support.ts";

/** `source → middle → output`, each one more than the one before. */
function line(): { source: Op<number>; middle: Op<number>; output: Op<number> } {
  const source = delayed(() => 1, { label: "source" })();
  const middle = delayed(increment, { label: "middle" })(source);
  return { source, middle, output: delayed(increment, { label: "output" })(middle) };
}

export const inputs: Group = {
  name: "inputs of a run",
  tests: {
    "given as a Map: values stand for nodes": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const { middle, output } = line();
      assert.deepEqual(await valuesOf(executor, output, { inputs: new Map([[middle, 10]]) }), [11]);
      assert.equal(watch.started("source"), 0, "what lies behind an input is not run");
      assert.equal(watch.started("output"), 1);
      assert.deepEqual(await valuesOf(executor, output), [3], "only in that run");
    },

    "given as a Map: any value": async ({ create }) => {
      const executor = await create();
      const node = op(() => "own" as unknown);
      const kind = op((value: unknown) => `${typeof value} ${value}`, node);
      for (const value of [undefined, null, 0, new Error("no failure")]) {
        const expected = `${typeof value} ${value}`;
        assert.deepEqual(await valuesOf(executor, kind, { inputs: new Map([[node, value]]) }), [expected]);
      }
    },

    "given as an array: nodes keep the results they have": async ({ create }) => {
      const executor = await create();
      const { source, middle, output } = line();
      source.args = [];
      await executor.run(middle);
      const watch = new Watch(executor);
      assert.deepEqual(await valuesOf(executor, output, { inputs: [middle] }), [3]);
      assert.equal(watch.started("source"), 0);
      assert.equal(watch.started("output"), 1);
    },

    "given as an array: a node without a result is an error at once": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const { middle, output } = line();
      const error = await rejection(executor.run(output, { inputs: [middle] }), ExecutorError);
      assert.match(error.message, /"middle"/);
      assert.equal(watch.all.length, 0, "nothing was run");
    },

    "given as an array: a node that is still running has no result": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const controller = new AbortController();
      const slow = op(function slow() {
        return never();
      });
      const running = executor.run(slow, { signal: controller.signal });
      await watch.reached("slow");
      const dependent = op((value: unknown) => value, slow);
      const error = await rejection(executor.run(dependent, { inputs: [slow] }), ExecutorError);
      assert.match(error.message, /"slow"/);
      controller.abort();
      await rejection(running, Error);
    },

    "given as an array: a node that failed rejects with its failure": async ({ create }) => {
      const executor = await create();
      const failing = op(function failing(): number {
        throw new RangeError("no");
      });
      await executor.run(failing, { throwError: false });
      const watch = new Watch(executor);
      const error = await rejection(
        executor.run(op(increment, failing), { inputs: [failing] }),
        DependencyError,
      );
      assert.equal(error.label, "failing");
      assert.ok(error.cause instanceof RangeError);
      assert.equal(watch.all.length, 0);
    },

    "given as an array: a released result is an error": async ({ create }) => {
      const executor = await create();
      const { middle, output } = line();
      await executor.run(output);
      await rejection(executor.run(output, { inputs: [middle] }), ReleasedError);
    },

    "that the outputs do not need are ignored": async ({ create }) => {
      const executor = await create();
      const { source, middle, output } = line();
      const stranger = op(() => 1);
      const given = new Map([
        [stranger, 100],
        [middle, 10],
        [source, 1000],
      ]);
      assert.deepEqual(await valuesOf(executor, output, { inputs: given }), [11]);
      await executor.run(stranger);
      assert.deepEqual(await valuesOf(executor, output, { inputs: [stranger] }), [3]);
    },

    "that are outputs give their values": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const { middle, output } = line();
      const given = new Map([[middle, 10]]);
      assert.deepEqual(await valuesOf(executor, [middle, output, middle], { inputs: given }), [10, 11, 10]);
      assert.equal(watch.started("source"), 0);
      await executor.run(middle);
      assert.deepEqual(await valuesOf(executor, [middle], { inputs: [middle] }), [2]);
    },

    "that are outputs can be fetched like other outputs": async ({ create }) => {
      const executor = await create();
      const { middle } = line();
      const [result] = await executor.run(middle, { inputs: new Map([[middle, 10]]) });
      const fetched = result.unwrap().fetch();
      assert.equal(await isPending(fetched), false, "the node of a result can be fetched");
      assert.equal(await fetched, 10);
    },

    "do not hide what is needed on another way": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const { source, middle } = line();
      const both = op(add, middle, source);
      assert.deepEqual(await valuesOf(executor, both, { inputs: new Map([[middle, 10]]) }), [11]);
      assert.equal(watch.started("source"), 1);
    },

    "keep their own results": async ({ create }) => {
      const executor = await create();
      const { middle, output } = line();
      await executor.run(middle);
      await executor.run(output, { inputs: new Map([[middle, 10]]) });
      assert.equal(await middle.fetch(), 2);
      const unused = op(() => 1);
      await executor.run(op(increment, unused), { inputs: new Map([[unused, 5]]) });
      assert.equal(unused.isReady(), false);
    },

    "may be nodes of any type": async ({ create }) => {
      const executor = await create();
      const list = op(() => [1, 2]);
      const element = list.at(0);
      assert.deepEqual(
        await valuesOf(executor, op(increment, element), { inputs: new Map([[element, 10]]) }),
        [11],
      );
      assert.deepEqual(
        await valuesOf(executor, op(increment, element), { inputs: new Map([[list, [20]]]) }),
        [21],
      );
    },

    "that are no nodes are refused": async ({ create }) => {
      const executor = await create();
      const node = op(() => 1);
      for (const given of [[node, 5], [{}], new Map([[{}, 1]]), 5, "text", { node }]) {
        await rejection(executor.run(node, { inputs: given as never }), TypeError);
      }
    },

    "in another form are refused or heeded, never ignored": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const { middle, output } = line();
      await executor.run(middle);
      const before = watch.started("source");
      for (const given of [new Set([middle]), middle, [middle].values()]) {
        await executor.run(output, { inputs: given as never }).catch((error) => {
          assert.ok(error instanceof TypeError, String(error));
        });
        assert.equal(watch.started("source"), before, "what lies behind the input was not run again");
      }
    },

    "are copied at the moment of the request": async ({ create }) => {
      const executor = await create();
      const { middle, output } = line();
      const given = new Map([[middle, 10]]);
      const running = valuesOf(executor, output, { inputs: given });
      given.set(middle, 20);
      assert.deepEqual(await running, [11]);
    },
  },
};
