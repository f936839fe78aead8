import assert from "node:assert/strict";
import { delayed, ExecutorError, type NodeOptions, op } from "../../index.ts";
import { add, type Group, increment, rejection, valuesOf, Watch } from "./support.ts";

/** Options that an executor may not support, and how a function sees a number if it does. */
const OPTIONS: readonly (readonly [options: NodeOptions, seen: readonly string[]])[] = [
  [{ timeout: 10_000 }, ["number"]],
  [{ priority: 1 }, ["number"]],
  [{ persist: true }, ["number"]],
  [{ cache: true }, ["number"]],
  [{ getResult: true }, ["number"]],
  // A chunk instead of the value.
  [{ meta: true }, ["object"]],
  // Nobody has these.
  [{ workers: ["nowhere"] }, []],
  [{ resources: { imaginary: 1 } }, []],
];

export const options: Group = {
  name: "options",
  tests: {
    "of a run: unknown ones are refused": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const error = await rejection(executor.run(op(add, 1, 2), { throwErrors: true } as never), TypeError);
      assert.match(error.message, /throwErrors/);
      assert.match(error.message, /throwError\b/, "the message says what is known");
      assert.equal(watch.all.length, 0);
    },

    "of a run: values of the wrong kind are refused": async ({ create }) => {
      const executor = await create();
      for (const wrong of [
        { keep: "some" },
        { keep: true },
        { timeout: -1 },
        { timeout: "1" },
        { signal: {} },
      ]) {
        await rejection(executor.run(op(add, 1, 2), wrong as never), TypeError);
      }
    },

    "of a run: undefined is as good as left out": async ({ create }) => {
      const executor = await create();
      const left = {
        inputs: undefined,
        throwError: undefined,
        keep: undefined,
        signal: undefined,
        timeout: undefined,
      };
      assert.deepEqual(await valuesOf(executor, op(add, 1, 2), left as never), [3]);
    },

    "of a node: the executor heeds or refuses them, by the names of option and node": async ({ create }) => {
      const executor = await create();
      for (const [option, seen] of OPTIONS) {
        const [name] = Object.keys(option);
        const kind = (value: unknown): string => typeof value;
        const node = delayed(kind, { ...option, label: "choosy" })(op(add, 1, 2));
        const watch = new Watch(executor);
        const outcome = await executor.collect(op((text: string) => text, node)).catch((reason) => reason);
        if (seen.includes(outcome)) continue;
        assert.ok(outcome instanceof ExecutorError, `${name} is passed over in silence: ${String(outcome)}`);
        assert.match(outcome.message, new RegExp(`"${name}"`));
        assert.match(outcome.message, /"choosy"/);
        assert.equal(watch.started(), 0, "nothing was run");
      }
    },

    "of a node: refused also on nodes of other types, and not if they lie behind an input": async ({
      create,
    }) => {
      const executor = await create();
      for (const name of ["cache", "meta"] as const) {
        const list = op(() => [1]);
        const element = list.at(0).with({ [name]: true, label: "choosy" });
        try {
          await executor.run(element);
        } catch (error) {
          assert.ok(error instanceof ExecutorError);
          assert.match(error.message, /"choosy"/);
        }
        const middle = op(increment, element);
        assert.deepEqual(
          await valuesOf(executor, op(increment, middle), { inputs: new Map([[middle, 1]]) }),
          [2],
        );
      }
    },

    "of a node: saying no to what is not supported is no reason to refuse": async ({ create }) => {
      const executor = await create();
      for (const no of [{ cache: false }, { meta: false }, { persist: false }, { getResult: false }]) {
        assert.deepEqual(await valuesOf(executor, delayed(add, no)(1, 2)), [3]);
      }
    },

    "of a node: the refusal names the node that asks for what is not supported": async ({ create }) => {
      const executor = await create();
      const modest = delayed(add, { cache: false, label: "modest" })(1, 2);
      const choosy = delayed(increment, { cache: true, label: "choosy" })(modest);
      const outcome = await executor.run(op(increment, choosy)).catch((reason) => reason);
      if (!Array.isArray(outcome)) assert.match(String(outcome), /"choosy"/);
    },

    "of the executor: values of the wrong kind are refused": async ({ create }) => {
      const wrong = [
        { retries: -1 },
        { retries: 1.5 },
        { retryOn: 5 },
        { retryOn: [5] },
        { backoff: 50 },
        { backoff: { first: Number.NaN } },
        { backoff: { first: -1 } },
        { backoff: { factor: "5" } },
        { backoff: { jitter: Number.NaN } },
        { backoff: { max: Number.NaN } },
        { backoff: { typo: 1 } },
      ];
      for (const one of wrong) {
        const made = Promise.resolve().then(() => create(one as never));
        await rejection(made, TypeError);
      }
    },
  },
};

export const priorities: Group = {
  name: "priorities",
  tests: {
    "tasks of higher priority start first among those that can start": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const start = op(() => 0);
      const wanted = [0, -5, 10, 0, 100, -100, 10];
      const nodes = wanted.map((priority, i) => delayed(add, { priority, label: `${i}` })(start, i));
      const graph = [...nodes, op((list: number[]) => list.length, nodes)];
      await executor.run(graph);
      const order = watch.order.filter((label) => /^\d$/.test(label)).map((label) => wanted[Number(label)]);
      assert.deepEqual(
        order,
        wanted.toSorted((a, b) => b - a),
      );
    },

    "tasks of one priority start in the static order": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const nodes = Array.from({ length: 40 }, (_, i) => delayed(add, { priority: 3, label: `${i}` })(i, 1));
      await executor.run(nodes);
      assert.deepEqual(
        watch.order,
        nodes.map((node) => node.label),
      );
    },
  },
};
