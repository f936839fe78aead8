import assert from "node:assert/strict";
import { DependencyError, delayed, ExecutorError, op, TimeoutError, taskContext } from "../../index.ts";
import { type Group, gate, increment, never, reasonOf, rejection, turns, Watch } from "./support.ts";

/** A task that ends only when it is told that its result is no longer wanted, and what it was told. */
export function listening(): { task: () => Promise<number>; told: Promise<unknown> } {
  const told = gate<unknown>();
  const task = async (): Promise<number> => {
    const { signal } = taskContext()!;
    const listen = (): void => told.open(signal.reason);
    if (signal.aborted) listen();
    else signal.addEventListener("abort", listen);
    return never();
  };
  return { task, told: told.promise };
}

export const signals: Group = {
  name: "signals of tasks, seen from inside",
  tests: {
    "tell of an aborted run": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const controller = new AbortController();
      const { task, told } = listening();
      const running = reasonOf(executor.run(op(task), { signal: controller.signal }));
      await watch.until(() => watch.started() === 1);
      const reason = new Error("enough");
      controller.abort(reason);
      assert.equal(await told, reason);
      assert.equal(await running, reason);
    },

    "tell of a closed executor": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const { task, told } = listening();
      const running = reasonOf(executor.run(op(task)));
      await watch.until(() => watch.started() === 1);
      await executor.close();
      assert.equal(await told, await running);
    },

    "tell of the timeout of a run": async ({ create, clock }) => {
      const executor = await create({ clock });
      const { task, told } = listening();
      const watch = new Watch(executor);
      const running = reasonOf(executor.run(op(task), { timeout: 100 }));
      await watch.until(() => watch.started() === 1);
      clock.advance(100);
      assert.ok((await told) instanceof TimeoutError);
      assert.equal(await told, await running);
    },

    "tell of the timeout of a node": async ({ create, clock }) => {
      const executor = await create({ clock });
      const { task, told } = listening();
      const error = await rejection(
        clock.until(executor.run(delayed(task, { timeout: 100 })())),
        DependencyError,
      );
      assert.ok((await told) instanceof TimeoutError);
      assert.equal(await told, error.cause);
    },

    "a timeout counts, whatever the task makes of its signal": async ({ create, clock }) => {
      const executor = await create({ clock });
      const obedient = async (): Promise<number> => {
        const { signal } = taskContext()!;
        return new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(new Error("stopped as told")));
        });
      };
      const error = await rejection(
        clock.until(executor.run(delayed(obedient, { timeout: 100 })())),
        DependencyError,
      );
      assert.ok(error.cause instanceof TimeoutError);
    },

    "are fresh for each attempt": async ({ create, clock }) => {
      const executor = await create({ retries: 2, retryOn: () => true, clock });
      const aborted: boolean[] = [];
      const endless = delayed(
        async () => {
          aborted.push(taskContext()!.signal.aborted);
          return never();
        },
        { timeout: 100 },
      )();
      await rejection(clock.until(executor.run(endless)), DependencyError);
      assert.deepEqual(aborted, [false, false, false]);
    },

    "stay quiet when a task succeeds": async ({ create }) => {
      const executor = await create();
      const found: AbortSignal[] = [];
      const node = op(() => {
        found.push(taskContext()!.signal);
        return 1;
      });
      await executor.run(op(increment, node));
      await executor.close();
      assert.deepEqual(
        found.map((signal) => signal.aborted),
        [false],
      );
    },

    "a result that comes after the end is ignored": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const controller = new AbortController();
      const late = gate<number>();
      const node = delayed(() => late.promise, { label: "late" })();
      const running = reasonOf(executor.run(op(increment, node), { signal: controller.signal }));
      await watch.reached("late");
      controller.abort("enough");
      await running;
      late.open(1);
      await turns();
      assert.equal(watch.started("increment"), 0);
      assert.equal(await reasonOf(node.fetch()), "enough");
    },

    "a task may cancel its own run": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      for (const kind of ["synchronous", "asynchronous"]) {
        const controller = new AbortController();
        const cancel = (): void => controller.abort("enough");
        const cancelling = op(kind === "synchronous" ? cancel : async () => cancel());
        const node = delayed((_: unknown) => 1, { label: "dependent" })(cancelling);
        assert.equal(await reasonOf(executor.run(node, { signal: controller.signal })), "enough");
      }
      await turns();
      assert.equal(watch.started(), 2, "dependents did not start");
      assert.equal(executor.stats().runs, 0);
    },

    "a task may close its executor": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      let closed: Promise<void> | undefined;
      const closing = op((): number => {
        closed = executor.close();
        return 1;
      });
      const error = await rejection(executor.run(op(increment, closing)), ExecutorError);
      assert.match(error.message, /closed/);
      await closed;
      assert.equal(watch.started("increment"), 0);
    },

    "a task that is told before it begins is not called": async ({ create }) => {
      const executor = await create();
      const controller = new AbortController();
      const calls: unknown[] = [];
      const value = op(() => 1);
      const node = delayed((one: number) => calls.push(one), { label: "called" })(value);
      executor.on("task", (event) => {
        if (event.label === "called" && event.to === "processing") controller.abort("enough");
      });
      assert.equal(await reasonOf(executor.run(node, { signal: controller.signal })), "enough");
      await turns();
      assert.deepEqual(calls, []);
    },
  },
};
