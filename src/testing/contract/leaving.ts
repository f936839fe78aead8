import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { delayed, op } from "../../index.ts";
import { add, type Group, increment, never, reasonOf, turns, uncaughtDuring, Watch } from "./support.ts";

/** What keeps the process alive, by kind. */
function resources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

function listenersOfProcess(): number {
  return process.eventNames().reduce((count, name) => count + process.listenerCount(name as "exit"), 0);
}

/** Kinds of which there are more now than before. */
function surplus(before: ReadonlyMap<string, number>): string[] {
  return [...resources()].filter(([kind, count]) => count > (before.get(kind) ?? 0)).map(([kind]) => kind);
}

export const leaving: Group = {
  name: "what is left behind",
  tests: {
    "nothing: no timer, listener or handle, however runs end": async ({ create }) => {
      await turns();
      const before = resources();
      const listeners = listenersOfProcess();
      const controller = new AbortController();
      const { signal } = controller;

      const caught = await uncaughtDuring(async () => {
        const executor = await create({ retries: 1, retryOn: () => true, backoff: { first: 60_000 } });
        const failing = delayed(
          async () => {
            throw new Error("no");
          },
          { retries: 0 },
        )();
        const limited = delayed(async () => 1, { timeout: 60_000 })();
        await executor.run([op(increment, limited), op(add, 1, 2)], { signal, timeout: 60_000 });
        await reasonOf(executor.run(op(increment, failing), { signal, timeout: 60_000 }));
        await executor.run([failing, limited], { signal, timeout: 60_000, throwError: false });

        // Cancelled: while it runs, and in the pause before a retry.
        const watch = new Watch(executor);
        const endless = delayed(never, { timeout: 60_000, label: "endless" })();
        const running = reasonOf(executor.run(endless, { signal, timeout: 60_000 }));
        const retried = delayed(
          () => {
            throw new Error("no");
          },
          { label: "retried" },
        )();
        const pausing = reasonOf(executor.run(retried, { signal, timeout: 60_000 }));
        await watch.until(
          () => watch.started("endless") === 1 && watch.states("retried").at(-1) === "waiting",
        );
        controller.abort("enough");
        assert.deepEqual(await Promise.all([running, pausing]), ["enough", "enough"]);

        // Closed while it runs.
        const closed = reasonOf(executor.run(endless, { timeout: 60_000 }));
        await watch.reached("endless", "processing", 2);
        await executor.close();
        await closed;
      });

      assert.deepEqual(caught, []);
      assert.equal(getEventListeners(signal, "abort").length, 0);
      assert.equal(listenersOfProcess(), listeners);
      for (let i = 0; i < 50 && surplus(before).length > 0; i++) await turns();
      assert.deepEqual(surplus(before), []);
    },

    "nothing of many small runs": async ({ create }) => {
      const executor = await create();
      const { signal } = new AbortController();
      const caught = await uncaughtDuring(async () => {
        const warned: Error[] = [];
        const note = (warning: Error): void => void warned.push(warning);
        process.on("warning", note);
        const runs = Array.from({ length: 200 }, (_, i) =>
          executor.run(op(add, i, 1), { signal, timeout: 60_000 }),
        );
        const found = await Promise.all(runs);
        assert.deepEqual(
          await Promise.all(found.map(([result]) => result.fetch())),
          found.map((_, i) => i + 1),
        );
        await turns();
        process.off("warning", note);
        assert.deepEqual(warned.map(String), [], "not even warnings of too many listeners");
      });
      assert.deepEqual(caught, []);
      assert.equal(executor.stats().runs, 0);
      assert.equal(getEventListeners(signal, "abort").length, 0);
    },
  },
};
