import assert from "node:assert/strict";
import { DependencyError, type DispatchNode, delayed, op, TimeoutError } from "../../index.ts";
import {
  add,
  type Group,
  increment,
  isPending,
  never,
  reasonOf,
  rejection,
  valuesOf,
  Watch,
} from "./support.ts";

export const timeouts: Group = {
  name: "timeouts",
  tests: {
    "of a run: it rejects": async ({ create, clock }) => {
      const executor = await create({ clock });
      const watch = new Watch(executor);
      for (const throwError of [true, false]) {
        const running = executor.run(op(never), { timeout: 500, throwError });
        running.catch(() => {});
        await watch.reached("never", "processing", throwError ? 1 : 2);
        clock.advance(499);
        assert.equal(await isPending(running), true);
        clock.advance(1);
        const error = await rejection(running, TimeoutError);
        assert.equal(error.code, "ERR_TIMEOUT");
        assert.match(error.message, /500 ms/);
        assert.equal(clock.pending, 0);
      }
      assert.equal(executor.stats().runs, 0);
    },

    "of a run: the timer goes when the run ends": async ({ create, clock }) => {
      const executor = await create({ clock });
      await executor.run(op(add, 1, 2), { timeout: 500 });
      assert.equal(clock.pending, 0);
      const failing = op(() => {
        throw new Error("no");
      });
      await rejection(executor.run(failing, { timeout: 500 }), DependencyError);
      assert.equal(clock.pending, 0);
    },

    "of a node: a task that never ends fails": async ({ create, clock }) => {
      const executor = await create({ clock });
      const watch = new Watch(executor);
      const endless = delayed(never, { label: "endless", timeout: 200 })();
      const running = executor.run(op(increment, endless));
      running.catch(() => {});
      await watch.reached("endless");
      await clock.timerSet();
      clock.advance(199);
      assert.equal(await isPending(running), true);
      clock.advance(1);
      const error = await rejection(running, DependencyError);
      assert.equal(error.label, "endless");
      assert.deepEqual(error.path, ["endless", "increment"]);
      assert.ok(error.cause instanceof TimeoutError);
      assert.match(error.message, /"endless".*200 ms/);
    },

    "of a node: without throwError the rest goes on": async ({ create, clock }) => {
      const executor = await create({ clock });
      const endless = delayed(never, { timeout: 200 })();
      const found = await clock.until(executor.run([endless, op(add, 1, 2)], { throwError: false }));
      assert.ok(found[0].unwrapError().cause instanceof TimeoutError);
      assert.equal(await found[1].fetch(), 3);
    },

    "of a node: the timer goes when the task ends": async ({ create, clock }) => {
      const executor = await create({ clock });
      const options = { timeout: 200 };
      const nodes = [
        delayed(() => 1, options)(),
        delayed(async () => 2, options)(),
        delayed(() => new Promise<number>((resolve) => setImmediate(resolve, 3)), options)(),
      ];
      assert.deepEqual(await valuesOf(executor, nodes), [1, 2, 3]);
      assert.equal(clock.pending, 0);
      const failing = delayed(async () => {
        throw new RangeError("no");
      }, options)();
      const error = await rejection(executor.run(failing), DependencyError);
      assert.ok(error.cause instanceof RangeError, "the error in time is the user's own");
      assert.equal(clock.pending, 0);
    },

    "of a node: the timer goes when the run is cancelled": async ({ create, clock }) => {
      const executor = await create({ clock });
      const controller = new AbortController();
      const endless = delayed(never, { timeout: 200 })();
      const running = reasonOf(executor.run(endless, { signal: controller.signal }));
      await clock.timerSet();
      controller.abort("enough");
      assert.equal(await running, "enough");
      assert.equal(clock.pending, 0);
    },

    "of a node: each attempt has its own": async ({ create, clock }) => {
      const executor = await create({
        retries: 2,
        retryOn: (error) => error instanceof TimeoutError,
        backoff: { first: 10, factor: 1, jitter: 0 },
        clock,
      });
      const watch = new Watch(executor);
      const error = await rejection(
        clock.until(executor.run(delayed(never, { timeout: 200 })())),
        DependencyError,
      );
      assert.ok(error.cause instanceof TimeoutError);
      assert.equal(watch.started(), 3);
      assert.ok(Math.abs(clock.now() - (3 * 200 + 2 * 10)) < 1e-6);
    },

    "of a node: longer than a timer can be, they are refused or heeded": async ({ create, clock }) => {
      const executor = await create({ clock });
      const turn = (): Promise<number> => new Promise((resolve) => setImmediate(resolve, 1));
      for (const timeout of [2 ** 31, Number.MAX_SAFE_INTEGER, Infinity]) {
        let node: DispatchNode;
        try {
          node = delayed(turn, { timeout })();
        } catch (error) {
          assert.ok(error instanceof TypeError);
          continue;
        }
        assert.deepEqual(await valuesOf(executor, node), [1]);
      }
    },

    "are numbers of milliseconds above 0": async ({ create }) => {
      const executor = await create();
      const node = op(() => 1);
      for (const timeout of [0, -1, Number.NaN, "1", null, 2 ** 31]) {
        await rejection(executor.run(node, { timeout: timeout as never }), TypeError);
      }
    },
  },
};
