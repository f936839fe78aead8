import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { DependencyError, ExecutorError, op, ReleasedError } from "../../index.ts";
import { add, type Group, increment, never, reasonOf, rejection, turns, valuesOf, Watch } from "./support.ts";

function listeners(signal: AbortSignal): number {
  return getEventListeners(signal, "abort").length;
}

export const cancellation: Group = {
  name: "cancelling a run",
  tests: {
    "before it begins: nothing is run": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const node = op(() => 1);
      const [earlier] = await executor.run(node);
      const events = watch.all.length;
      const reason = new Error("not now");
      const running = executor.run(node, { signal: AbortSignal.abort(reason) });
      assert.equal(await reasonOf(running), reason);
      assert.equal(watch.all.length, events);
      assert.equal(await node.fetch(), await earlier.fetch(), "the earlier result stays");
    },

    "while it runs: it rejects with the reason": async ({ create }) => {
      const executor = await create();
      for (const reason of [new RangeError("enough"), "text", undefined, null]) {
        const watch = new Watch(executor);
        const controller = new AbortController();
        const endless = op(never);
        const running = reasonOf(executor.run(op(increment, endless), { signal: controller.signal }));
        await watch.reached("never");
        controller.abort(reason);
        assert.equal(await running, controller.signal.reason);
        assert.equal(listeners(controller.signal), 0);
        assert.equal(executor.stats().runs, 0);
        assert.deepEqual(
          executor.workers.map((worker) => worker.running),
          executor.workers.map(() => 0),
          "no worker counts the task among those that run",
        );
      }
    },

    "without throwError: it rejects as well": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const controller = new AbortController();
      const running = reasonOf(executor.run(op(never), { signal: controller.signal, throwError: false }));
      await watch.reached("never");
      controller.abort("enough");
      assert.equal(await running, "enough");
    },

    "no more tasks start": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const controller = new AbortController();
      const first = op(never);
      const rest = Array.from({ length: 20 }, () => op(increment, first));
      const running = reasonOf(executor.run(rest, { signal: controller.signal }));
      await watch.reached("never");
      controller.abort("enough");
      await running;
      await turns();
      assert.deepEqual(watch.order, ["never"]);
    },

    "at the news that it has begun: nothing is run": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const controller = new AbortController();
      executor.on("run", (event) => {
        if (event.state === "started") controller.abort("at once");
      });
      const node = op(increment, op(add, 1, 2));
      assert.equal(await reasonOf(executor.run(node, { signal: controller.signal })), "at once");
      await turns();
      assert.equal(watch.started(), 0);
      assert.equal(executor.stats().runs, 0);
    },

    "during a task's last moments: its result is not used": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const controller = new AbortController();
      executor.on("task", (event) => {
        if (event.to === "memory") controller.abort("enough");
      });
      const node = op(increment, op(add, 1, 2));
      assert.equal(await reasonOf(executor.run(node, { signal: controller.signal })), "enough");
      await turns();
      assert.deepEqual(watch.order, ["add"]);
    },

    "leaves no listener at the signal, however the run ends": async ({ create }) => {
      const executor = await create();
      const { signal } = new AbortController();
      await executor.run(op(add, 1, 2), { signal });
      assert.equal(listeners(signal), 0);
      const failing = op(() => {
        throw new Error("no");
      });
      await rejection(executor.run(failing, { signal }), DependencyError);
      await executor.run(failing, { signal, throwError: false });
      const own = op((_: unknown) => 1, 0);
      own.args = [own];
      await rejection(executor.run(own, { signal }), ExecutorError);
      await executor.run([], { signal });
      assert.equal(listeners(signal), 0);
    },

    "does nothing once it is over": async ({ create }) => {
      const executor = await create();
      const controller = new AbortController();
      const node = op(add, 1, 2);
      const [result] = await executor.run(node, { signal: controller.signal });
      controller.abort("too late");
      assert.equal(await result.fetch(), 3);
      assert.equal(await node.fetch(), 3);
    },

    "settles those who wait for its nodes": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const controller = new AbortController();
      const first = op(never);
      const second = op(increment, first);
      const early = reasonOf(second.fetch());
      const running = reasonOf(executor.run(second, { signal: controller.signal }));
      await watch.reached("never");
      const late = reasonOf(first.fetch());
      controller.abort("enough");
      assert.deepEqual(await Promise.all([running, early, late]), ["enough", "enough", "enough"]);
      assert.equal(await reasonOf(second.fetch()), "enough");
    },

    "does not disturb other runs of the same nodes": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const controller = new AbortController();
      const node = op(add, 1, 2);
      const cancelled = reasonOf(executor.run([node, op(never)], { signal: controller.signal }));
      const other = valuesOf(executor, node);
      await watch.reached("never");
      controller.abort("enough");
      assert.equal(await cancelled, "enough");
      assert.deepEqual(await other, [3]);
    },

    "keeps nothing": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const controller = new AbortController();
      const running = reasonOf(
        executor.run([op(() => "x".repeat(1000)), op(never)], { signal: controller.signal, keep: "all" }),
      );
      await watch.reached("never");
      controller.abort("enough");
      await running;
      assert.equal(executor.stats().bytesHeld, 0);
    },
  },
};

export const closing: Group = {
  name: "closing an executor",
  tests: {
    "cancels its runs": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const endless = op(never);
      const running = rejection(executor.run(op(increment, endless)), ExecutorError);
      await watch.reached("never");
      const waiting = rejection(endless.fetch(), ExecutorError);
      await executor.close();
      assert.match((await running).message, /closed/);
      await waiting;
      assert.equal(executor.stats().runs, 0);
    },

    "refuses runs from then on": async ({ create }) => {
      const executor = await create();
      const chunk = await executor.compute(op(add, 1, 2));
      const justAsked = rejection(executor.run(op(add, 1, 2)), ExecutorError);
      await executor.close();
      await justAsked;
      const node = op(() => 1);
      assert.match((await rejection(executor.run(node), ExecutorError)).message, /closed/);
      await rejection(executor.compute(node), ExecutorError);
      await rejection(executor.collect(node), ExecutorError);
      await rejection(executor.collect(chunk), ReleasedError);
      assert.equal(node.isReady(), false);
    },

    "releases what it kept": async ({ create }) => {
      const executor = await create();
      const node = op(() => "x".repeat(1000));
      const [result] = await executor.run(node);
      assert.ok(executor.stats().bytesHeld >= 1000);
      await executor.close();
      assert.equal(executor.stats().bytesHeld, 0);
      await rejection(result.fetch(), ReleasedError);
      await rejection(node.fetch(), ReleasedError);
    },

    "can be done twice, and by `await using`": async ({ create }) => {
      const executor = await create();
      await executor.run(op(add, 1, 2));
      await Promise.all([executor.close(), executor.close()]);
      await executor[Symbol.asyncDispose]();
      const other = await create();
      await other[Symbol.asyncDispose]();
      await rejection(other.run(op(add, 1, 2)), ExecutorError);
    },
  },
};
