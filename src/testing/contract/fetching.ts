import assert from "node:assert/strict";
import { DataNode, DependencyError, DispatchGraph, ExecutorError, op, ReleasedError } from "../../index.ts";
import {
  add,
  type Group,
  gate,
  increment,
  isPending,
  never,
  rejection,
  uncaughtDuring,
  valuesOf,
  Watch,
} from "./support.ts";

function fails(): number {
  throw new RangeError("no");
}

export const fetching: Group = {
  name: "results at their nodes",
  tests: {
    "before any run: fetch waits, and the next run settles it": async ({ create }) => {
      const executor = await create();
      const inner = op(add, 1, 2);
      const node = op(increment, inner);
      const fetched = Promise.all([node.fetch(), node.fetch(), inner.fetch()]);
      assert.equal(node.isReady(), false);
      assert.equal(await isPending(fetched), true);
      await executor.run(node);
      assert.deepEqual(await fetched, [4, 4, 3], "that of an inner node before it is released");
      assert.equal(node.isReady(), true);
    },

    "before any run: wait waits": async ({ create }) => {
      const executor = await create();
      const node = op(add, 1, 2);
      const waiting = node.wait();
      assert.equal(await isPending(waiting), true);
      await executor.run(node);
      await waiting;
    },

    "before any run: a refused run leaves those who wait alone": async ({ create }) => {
      const executor = await create();
      const node = op(add, 1, 2);
      const fetched = node.fetch();
      node.args = [node, 2];
      await rejection(executor.run(node), ExecutorError);
      assert.equal(await isPending(fetched), true);
      node.args = [3, 4];
      await executor.run(node);
      assert.equal(await fetched, 7);
    },

    "of DataNodes are there without a run": async ({ create }) => {
      await create();
      const node = new DataNode(5);
      assert.equal(node.isReady(), true);
      assert.equal(await node.fetch(), 5);
      await node.wait();
    },

    "failures reject fetch and not wait": async ({ create }) => {
      const executor = await create();
      const failing = op(fails);
      const dependent = op(increment, failing);
      const early = rejection(dependent.fetch(), DependencyError);
      const waiting = dependent.wait();
      await executor.run(dependent, { throwError: false });
      assert.equal((await early).label, "fails");
      await waiting;
      await dependent.wait();
      assert.equal(dependent.isReady(), true);
      const error = await rejection(dependent.fetch(), DependencyError);
      assert.deepEqual(error.path, ["fails", "increment"]);
      assert.deepEqual((await rejection(failing.fetch(), DependencyError)).path, ["fails"]);
    },

    "after a rejected run: every node says why it has no result": async ({ create }) => {
      const executor = await create();
      const failing = op(fails);
      const dependent = op(increment, failing);
      const output = op(increment, dependent);
      const waiting = rejection(dependent.fetch(), DependencyError);
      const failure = await rejection(executor.run(output), DependencyError);
      await waiting;
      for (const node of [failing, dependent, output]) {
        assert.equal(node.isReady(), true);
        const error = await rejection(node.fetch(), DependencyError);
        assert.equal(error.cause, failure.cause);
        assert.equal(error.path[0], "fails");
      }
    },

    "are those of the latest run, and a result's those of its own": async ({ create }) => {
      const executor = await create();
      const node = op((value: string) => value, "first");
      const [first] = await executor.run(node);
      node.args = ["second"];
      const [second] = await executor.run(node);
      assert.equal(await node.fetch(), "second");
      assert.equal(await first.fetch(), "first");
      assert.equal(await second.fetch(), "second");
      const failing = op((value: number) => (value > 0 ? value : fails()), 1);
      const [good] = await executor.run(failing);
      failing.args = [0];
      await rejection(executor.run(failing), DependencyError);
      await rejection(failing.fetch(), DependencyError);
      assert.equal(await good.fetch(), 1);
    },

    "prepare forgets them": async ({ create }) => {
      const executor = await create();
      const node = op(add, 1, 2);
      const [result] = await executor.run(node);
      executor.prepare(DispatchGraph.from(node));
      assert.equal(node.isReady(), false);
      const fetched = node.fetch();
      assert.equal(await isPending(fetched), true);
      assert.equal(await result.fetch(), 3, "the result has it still");
      node.args = [3, 4];
      await executor.run(node);
      assert.equal(await fetched, 7);
    },

    "prepare leaves nobody waiting for ever": async ({ create }) => {
      const executor = await create();
      const node = op(add, 1, 2);
      const fetched = node.fetch();
      executor.prepare(DispatchGraph.from(node));
      const again = node.fetch();
      await executor.run(node);
      assert.equal(await isPending(fetched), false);
      assert.deepEqual(await Promise.all([fetched, again]), [3, 3]);
    },

    "prepare during a run does not disturb it": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const inner = op(add, 1, 2);
      const node = op(increment, inner);
      const graph = DispatchGraph.from(node);
      const running = valuesOf(executor, node);
      executor.on("task", (event) => {
        if (event.label === "add" && event.to === "processing") executor.prepare(graph);
      });
      assert.deepEqual(await running, [4]);
      assert.equal(watch.started(), 2);
    },

    "nobody need read them: no failure is an unhandled rejection": async ({ create }) => {
      const executor = await create();
      let early: Promise<unknown> | undefined;
      const caught = await uncaughtDuring(async () => {
        const failing = op(fails);
        const rejecting = op(() => Promise.reject(new RangeError("no")));
        // Asked for, and not looked at before the end.
        early = failing.fetch();
        await executor.run([op(increment, failing), rejecting], { throwError: false });
        await executor.run([op(increment, failing), rejecting], { keep: "all" }).catch(() => {});
        await executor.run(op(increment, op(fails))).catch(() => {});
        const watch = new Watch(executor);
        const running = executor.run([op(never), failing.with({ label: "x" })], { throwError: false });
        running.catch(() => {});
        await watch.reached("never");
        await executor.close();
      });
      assert.deepEqual(caught, []);
      await rejection(early!, DependencyError);
    },
  },
};

export const overlapping: Group = {
  name: "runs that overlap",
  tests: {
    "may share nodes on one executor": async ({ create }) => {
      const executor = await create();
      const shared = op(() => Math.random());
      const left = op((value: number) => value, shared);
      const right = op((value: number) => -value, shared);
      const found = await Promise.all([
        executor.run([left, shared]),
        executor.run([right, shared]),
        executor.run([left, right]),
      ]);
      const [[a, sharedA], [b, sharedB], [c, d]] = found;
      const values = await Promise.all([a, sharedA, b, sharedB, c, d].map((one) => one.fetch()));
      assert.equal(values[0], values[1]);
      assert.equal(values[2], -values[3]!);
      assert.equal(values[4], -values[5]!);
      assert.equal(new Set([values[1], values[3], values[4]]).size, 3, "each run computes for itself");
    },

    "may share nodes on two executors": async ({ create }) => {
      const executors = [await create(), await create()];
      const shared = op(() => Math.random());
      const output = op((value: number) => value, shared);
      const found = await Promise.all(executors.map((executor) => executor.run([output, shared])));
      const values = await Promise.all(found.map((one) => Promise.all(one.map((each) => each.fetch()))));
      assert.equal(values[0]![0], values[0]![1]);
      assert.equal(values[1]![0], values[1]![1]);
      assert.notEqual(values[0]![0], values[1]![0]);
      await executors[0]!.close();
      assert.equal(await found[1]![0]!.fetch(), values[1]![0], "closing one leaves the other's results");
    },

    "may be of one and the same graph": async ({ create }) => {
      const executor = await create();
      const shared = op(() => Math.random());
      const graph = DispatchGraph.from([
        op((value: number) => value, shared),
        op((value: number) => value, shared),
      ]);
      const found = await Promise.all([valuesOf(executor, graph), valuesOf(executor, graph)]);
      for (const [left, right] of found) assert.equal(left, right);
      assert.notEqual(found[0]![0], found[1]![0]);
    },

    "may fail alone": async ({ create }) => {
      const executor = await create();
      const shared = op(add, 1, 2);
      const bad = rejection(executor.run(op((_: number) => fails(), shared)), DependencyError);
      const good = valuesOf(executor, op(increment, shared));
      await bad;
      assert.deepEqual(await good, [4]);
    },

    "settle everybody who waits": async ({ create }) => {
      const executor = await create();
      const node = op(() => Math.random());
      const before = node.fetch();
      const first = valuesOf(executor, node);
      const second = valuesOf(executor, node);
      const latest = await Promise.all([before, first, second]);
      assert.ok(latest[1].concat(latest[2]).includes(latest[0]));
      assert.equal(await node.fetch(), latest[2][0], "the run that was asked for last");
    },

    "each keep their own": async ({ create }) => {
      const executor = await create();
      const node = op(() => "x".repeat(1000));
      const [[first], [second]] = await Promise.all([executor.run(node), executor.run(node)]);
      first.chunk.release();
      await rejection(first.fetch(), ReleasedError);
      assert.equal((await second.fetch()).length, 1000);
    },
  },
};

export const overlappingInside: Group = {
  name: "runs that overlap, seen from inside",
  tests: {
    "fetch settles with the run that it was asked of": async ({ create }) => {
      const executor = await create();
      const gates = [gate<string>(), gate<string>()];
      let calls = 0;
      const node = op(() => gates[calls++]!.promise);
      const watch = new Watch(executor);
      const first = valuesOf(executor, node);
      await watch.until(() => watch.started() === 1);
      const ofFirst = node.fetch();
      const second = valuesOf(executor, node);
      await watch.until(() => watch.started() === 2);
      const ofSecond = node.fetch();
      gates[1]!.open("second");
      assert.equal(await ofSecond, "second");
      assert.deepEqual(await second, ["second"]);
      assert.equal(await isPending(ofFirst), true);
      gates[0]!.open("first");
      assert.equal(await ofFirst, "first");
      assert.deepEqual(await first, ["first"]);
      assert.equal(await node.fetch(), "second", "the run that began last is the latest");
    },

    "a task may run a graph of its own": async ({ create }) => {
      const executor = await create();
      const inner = op(add, 1, 2);
      const outer = op(async () => {
        const [result] = await executor.run(op(increment, inner));
        return result.fetch();
      });
      assert.deepEqual(await valuesOf(executor, [op(increment, outer), inner]), [5, 3]);
    },
  },
};
