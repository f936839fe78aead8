import assert from "node:assert/strict";
import { DependencyError, delayed, op, taskContext } from "../../index.ts";
import { listening } from "./signals.ts";
import {
  add,
  type Group,
  gate,
  increment,
  never,
  reasonOf,
  rejection,
  turns,
  valuesOf,
  Watch,
} from "./support.ts";

export const sideBySide: Group = {
  name: "several tasks at once, seen from inside",
  tests: {
    "tasks that do not need each other run at the same time": async ({ create }) => {
      const executor = await create();
      const [a, b] = [gate<number>(), gate<number>()];
      const left = op(() => {
        a.open(1);
        return b.promise;
      });
      const right = op(() => {
        b.open(2);
        return a.promise;
      });
      assert.deepEqual(await valuesOf(executor, op(add, left, right)), [3]);
    },

    "the first failure in time rejects the run, whatever still runs": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const [a, b] = [gate<number>(), gate<number>()];
      const nodes = [
        op(never),
        delayed(() => a.promise, { label: "a" })(),
        delayed(() => b.promise, { label: "b" })(),
      ];
      const running = rejection(executor.run(nodes), DependencyError);
      await watch.until(() => watch.started() === 3);
      b.fail(new Error("first"));
      const error = await running;
      assert.equal(error.label, "b");
      a.fail(new Error("second"));
      await turns();
      assert.equal(executor.stats().runs, 0);
    },

    "after a failure nothing more starts": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const [good, bad] = [gate<number>(), gate<number>()];
      const first = delayed(() => good.promise, { label: "good" })();
      const nodes = [op(increment, first), delayed(() => bad.promise, { label: "bad" })()];
      const running = rejection(executor.run(nodes), DependencyError);
      await watch.until(() => watch.started() === 2);
      bad.fail(new Error("no"));
      await running;
      good.open(1);
      await turns();
      assert.equal(watch.started("increment"), 0);
    },

    "running tasks are told of a failure": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const bad = gate<number>();
      const { task, told } = listening();
      const running = rejection(executor.run([op(task), op(() => bad.promise)]), DependencyError);
      await watch.until(() => watch.started() === 2);
      bad.fail(new Error("no"));
      assert.equal(await told, await running, "the reason is the failure");
    },

    "without throwError nobody is told of the failure of another": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const [good, bad] = [gate<number>(), gate<number>()];
      let signal: AbortSignal | undefined;
      const slow = op(async () => {
        signal = taskContext()?.signal;
        return good.promise;
      });
      const failing = op(() => bad.promise);
      const running = executor.run([op(add, slow, failing), slow], { throwError: false });
      await watch.until(() => watch.started() === 2);
      bad.fail(new Error("no"));
      await turns();
      assert.equal(signal?.aborted, false);
      good.open(5);
      const found = await running;
      assert.equal(found[0].ok, false);
      assert.equal(await found[1].fetch(), 5);
      assert.equal(signal?.aborted, false);
    },

    "without throwError a running task is not cancelled because its dependent failed": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const [good, bad, end] = [gate<number>(), gate<number>(), gate<number>()];
      let finished = false;
      let signal: AbortSignal | undefined;
      const slow = op(async () => {
        signal = taskContext()?.signal;
        await good.promise;
        finished = signal?.aborted === false;
        end.open(1);
        return 1;
      });
      const nodes = [
        op(
          add,
          slow,
          op(() => bad.promise),
        ),
        op(() => end.promise),
      ];
      const running = executor.run(nodes, { throwError: false });
      await watch.until(() => watch.started() === 3);
      bad.fail(new Error("no"));
      await turns();
      good.open(1);
      await running;
      assert.equal(finished, true);
    },

    "fetch settles as soon as its task has, however long the run goes on": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const slow = gate<number>();
      const good = op(add, 1, 2);
      const failing = op((): number => {
        throw new RangeError("no");
      });
      const dependent = op(increment, failing);
      const nodes = [op(() => slow.promise), op(increment, good), dependent];
      const before = [good.fetch(), reasonOf(failing.fetch()), reasonOf(dependent.fetch())];
      const running = executor.run(nodes, { throwError: false });
      const [value, ...reasons] = await Promise.all(before);
      assert.equal(value, 3);
      for (const reason of reasons) assert.ok(reason instanceof DependencyError);
      assert.ok((await reasonOf(dependent.fetch())) instanceof DependencyError, "and so does a late one");
      assert.equal(watch.runs.length, 1, "the run goes on");
      slow.open(1);
      await running;
    },

    "a run that is slow does not hold up another": async ({ create }) => {
      const executor = await create();
      const slow = gate<number>();
      const first = valuesOf(
        executor,
        op(
          increment,
          op(() => slow.promise),
        ),
      );
      assert.deepEqual(await valuesOf(executor, op(add, 1, 2)), [3]);
      slow.open(1);
      assert.deepEqual(await first, [2]);
    },
  },
};
