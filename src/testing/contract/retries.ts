import assert from "node:assert/strict";
import {
  DependencyError,
  type DispatchNode,
  delayed,
  type Executor,
  op,
  type RunOptions,
} from "../../index.ts";
import type { ManualClock } from "../manual-clock.ts";
import { type Group, increment, isPending, reasonOf, rejection, turns, Watch } from "./support.ts";

const always = (): boolean => true;

function fails(): never {
  throw Object.assign(new RangeError("out of luck"), { code: "E_LUCK" });
}

async function failsLater(): Promise<never> {
  return fails();
}

/** Runs a node that fails, time passing as needed: how many attempts there were, and when, and the error. */
async function attempts(
  executor: Executor,
  clock: ManualClock,
  node: DispatchNode,
  options?: RunOptions,
): Promise<{ times: number[]; pauses: number[]; error: DependencyError }> {
  const times: number[] = [];
  const note = (event: { to: string }): void => {
    if (event.to === "processing") times.push(clock.now());
  };
  executor.on("task", note);
  const error = await rejection(clock.until(executor.run(node, options)), DependencyError);
  executor.off("task", note);
  return { times, pauses: times.slice(1).map((time, i) => time - times[i]!), error };
}

function assertBetween(value: number, low: number, high: number): void {
  assert.ok(value >= low - 1e-9 && value <= high + 1e-9, `${value} is not between ${low} and ${high}`);
}

export const retries: Group = {
  name: "retries",
  tests: {
    "attempts are one more than retries": async ({ create, clock }) => {
      for (const count of [0, 1, 3]) {
        const executor = await create({ retries: count, retryOn: always, clock });
        for (const fn of [fails, failsLater]) {
          const { times, error } = await attempts(executor, clock, op(fn));
          assert.equal(times.length, count + 1);
          assert.ok(error.cause instanceof RangeError);
        }
      }
    },

    "are five by default, and none without a predicate": async ({ create, clock }) => {
      const willing = await create({ retryOn: always, clock });
      assert.equal((await attempts(willing, clock, op(fails))).times.length, 6);
      const unwilling = await create({ retries: 3, clock });
      assert.equal((await attempts(unwilling, clock, op(fails))).times.length, 1);
      const empty = await create({ retries: 3, retryOn: [], clock });
      assert.equal((await attempts(empty, clock, op(fails))).times.length, 1);
    },

    "depend on predicates over the user's own error": async ({ create, clock }) => {
      const seen: unknown[] = [];
      const no = (error: Error): boolean => {
        seen.push(error);
        return false;
      };
      const byCode = (error: Error): boolean => (error as { code?: unknown }).code === "E_LUCK";
      const refused = await create({ retries: 2, retryOn: no, clock });
      assert.equal((await attempts(refused, clock, op(fails))).times.length, 1);
      assert.ok(seen[0] instanceof RangeError);
      const accepted = await create({ retries: 2, retryOn: [no, byCode], clock });
      assert.equal((await attempts(accepted, clock, op(fails))).times.length, 3, "one that agrees is enough");
    },

    "depend on predicates that see what was thrown instead of an error": async ({ create, clock }) => {
      const seen: unknown[] = [];
      const look = (error: Error): boolean => {
        seen.push((error as Error & { value?: unknown }).value, error instanceof Error);
        return false;
      };
      const executor = await create({ retryOn: look, clock });
      await attempts(
        executor,
        clock,
        op(() => Promise.reject("text")),
      );
      assert.deepEqual(seen, ["text", true]);
    },

    "can be said of a single node": async ({ create, clock }) => {
      const executor = await create({ retries: 1, retryOn: always, clock });
      const cases: [object, number][] = [
        [{ retries: 3 }, 4],
        [{ retries: 0 }, 1],
        [{ retryOn: () => false }, 1],
        [{ retryOn: [] }, 1],
        [{ label: "like others" }, 2],
      ];
      for (const [options, expected] of cases) {
        const { times } = await attempts(executor, clock, delayed(fails, options)());
        assert.equal(times.length, expected, JSON.stringify(options));
      }
      const plain = await create({ clock });
      const own = delayed(fails, { retries: 2, retryOn: always })();
      assert.equal((await attempts(plain, clock, own)).times.length, 3);
    },

    "end with an error of their own when a predicate throws": async ({ create, clock }) => {
      const mistake = new TypeError("mistake in the predicate");
      const thrown = [mistake, "text", undefined, Object.create(null)];
      for (const value of thrown) {
        const retryOn = (): boolean => {
          throw value;
        };
        const executor = await create({ retryOn, clock });
        for (const fn of [fails, failsLater]) {
          const { times, error } = await attempts(executor, clock, delayed(fn, { label: "unlucky" })());
          assert.equal(times.length, 1);
          assert.equal(error.label, "unlucky");
          assert.match(error.message, /retryOn/);
          const { cause } = error;
          assert.ok(cause instanceof AggregateError, "the user's error and the mistake");
          assert.ok(cause.errors[0] instanceof RangeError);
          assert.equal(cause.errors[1], value);
        }
      }
    },

    "are not for dependents of a failure": async ({ create, clock }) => {
      const executor = await create({ retries: 2, retryOn: always, clock });
      const watch = new Watch(executor);
      const failing = op(fails);
      const dependent = op(increment, failing);
      await reasonOf(clock.until(executor.run(op(increment, dependent))));
      await clock.until(executor.run(dependent, { throwError: false }));
      assert.equal(watch.started("fails"), 6);
      assert.equal(watch.started("increment"), 0);
    },

    "begin anew with each run": async ({ create, clock }) => {
      const executor = await create({ retries: 1, retryOn: always, clock });
      const node = op(fails);
      assert.equal((await attempts(executor, clock, node)).times.length, 2);
      assert.equal((await attempts(executor, clock, node)).times.length, 2);
    },

    "come after pauses of 50 ms, 5 times longer each, up to 10 s": async ({ create, clock }) => {
      const executor = await create({ retries: 6, retryOn: always, clock });
      const { pauses } = await attempts(executor, clock, op(fails));
      const expected = [50, 250, 1250, 6250, 10_000, 10_000];
      assert.equal(pauses.length, expected.length);
      for (const [i, middle] of expected.entries()) {
        assertBetween(pauses[i]!, middle * 0.9, Math.min(middle * 1.1, 10_000));
      }
    },

    "come after pauses that differ by chance": async ({ create, clock }) => {
      const executor = await create({ retries: 1, retryOn: always, clock });
      const all: number[] = [];
      for (let i = 0; i < 20; i++) all.push(...(await attempts(executor, clock, op(fails))).pauses);
      assert.ok(new Set(all).size > 1, "not in step with others that failed at the same time");
    },

    "come after pauses that can be set": async ({ create, clock }) => {
      const backoff = { first: 10, factor: 2, jitter: 0, max: 35 };
      const executor = await create({ retries: 4, retryOn: always, backoff, clock });
      const { pauses } = await attempts(executor, clock, op(fails));
      for (const [i, pause] of [10, 20, 35, 35].entries()) assertBetween(pauses[i]!, pause, pause);
      const partly = await create({
        retries: 1,
        retryOn: always,
        backoff: { first: 1000, jitter: 0 },
        clock,
      });
      assertBetween((await attempts(partly, clock, op(fails))).pauses[0]!, 1000, 1000);
    },

    "come after pauses longer than a timer can be, if those are not refused": async ({ create, clock }) => {
      const backoff = { first: 2 ** 33, factor: 1, jitter: 0, max: Infinity };
      let executor: Executor;
      try {
        executor = await create({ retries: 1, retryOn: always, backoff, clock });
      } catch (error) {
        assert.ok(error instanceof TypeError);
        return;
      }
      const { pauses } = await attempts(executor, clock, op(fails));
      assertBetween(pauses[0]!, 2 ** 33, 2 ** 33);
    },

    "do not begin before the pause is over": async ({ create, clock }) => {
      const backoff = { first: 100, jitter: 0 };
      const executor = await create({ retries: 1, retryOn: always, backoff, clock });
      const watch = new Watch(executor);
      const running = reasonOf(executor.run(op(fails)));
      await clock.timerSet();
      clock.advance(99);
      await turns();
      assert.equal(watch.started(), 1);
      assert.equal(await isPending(running), true);
      clock.advance(1);
      await running;
      assert.equal(watch.started(), 2);
    },

    "end when the run is cancelled in a pause": async ({ create, clock }) => {
      const controller = new AbortController();
      const executor = await create({ retryOn: always, clock });
      const watch = new Watch(executor);
      const running = reasonOf(executor.run(op(fails), { signal: controller.signal }));
      await clock.timerSet();
      controller.abort("enough");
      assert.equal(await running, "enough");
      assert.equal(clock.pending, 0, "no timer is left");
      clock.advance(1e6);
      await turns();
      assert.equal(watch.started(), 1);
    },

    "end when the executor is closed in a pause": async ({ create, clock }) => {
      const executor = await create({ retryOn: always, clock });
      const running = reasonOf(executor.run(op(fails)));
      await clock.timerSet();
      await executor.close();
      await running;
      assert.equal(clock.pending, 0, "no timer is left");
    },

    "of one run do not disturb another": async ({ create, clock }) => {
      const executor = await create({ retries: 1, retryOn: always, clock });
      const controller = new AbortController();
      const cancelled = reasonOf(executor.run(op(fails), { signal: controller.signal }));
      const failing = reasonOf(executor.run(op(failsLater)));
      await clock.timerSet();
      await turns();
      controller.abort("enough");
      assert.equal(await cancelled, "enough");
      assert.ok((await clock.until(failing)) instanceof DependencyError);
    },
  },
};

export const retriesInside: Group = {
  name: "retries, seen from inside",
  tests: {
    "an attempt that succeeds ends them": async ({ create, clock }) => {
      const executor = await create({ retryOn: always, clock });
      const thrown: Error[] = [];
      const seen: Error[] = [];
      const flaky = delayed(
        async () => {
          if (thrown.length === 2) return "at last";
          thrown.push(new Error(`${thrown.length}`));
          throw thrown.at(-1);
        },
        { retryOn: (error) => seen.push(error) > 0 },
      )();
      const watch = new Watch(executor);
      const [result] = await clock.until(executor.run(op((text: string) => `${text}!`, flaky)));
      assert.equal(await result.fetch(), "at last!");
      assert.deepEqual(seen, thrown);
      assert.equal(seen[0], thrown[0], "the very errors");
      assert.equal(watch.count("erred"), 0);
    },

    "each attempt gets the values anew": async ({ create, clock }) => {
      const executor = await create({ retries: 2, retryOn: always, clock });
      const seen: unknown[] = [];
      const failing = op(
        (value: number, list: number[]) => {
          seen.push([value, ...list]);
          list.push(0);
          return fails();
        },
        op(() => 1),
        [op(() => 2)],
      );
      await reasonOf(clock.until(executor.run(failing)));
      assert.deepEqual(seen, [
        [1, 2],
        [1, 2],
        [1, 2],
      ]);
    },
  },
};
