import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import {
  DataNode,
  DependencyError,
  delayed,
  ExecutorError,
  op,
  type RunEvent,
  type TaskEvent,
} from "../../index.ts";
import {
  add,
  type Group,
  increment,
  reasonOf,
  rejection,
  uncaughtDuring,
  valuesOf,
  Watch,
} from "./support.ts";

function fails(): never {
  throw new RangeError("out of luck");
}

const GOOD = ["released", "waiting", "queued", "processing", "memory"];

/** What comes before a task is given back at the end of its run. */
function untilSettled(states: readonly string[]): readonly string[] {
  return states.at(-1) === "released" ? states.slice(0, -1) : states;
}

/** Each transition begins where the one before of the same task ended. */
function assertChained(events: readonly TaskEvent[]): void {
  const last = new Map<string, string>();
  for (const { run, id, from, to } of events) {
    assert.equal(from, last.get(`${run} ${id}`) ?? "released");
    last.set(`${run} ${id}`, to);
  }
}

export const events: Group = {
  name: "events",
  tests: {
    "of tasks: every transition, in order": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const output = op(increment, op(add, 1, new DataNode(2, { label: "data" })));
      await executor.run(output);
      assertChained(watch.tasks);
      for (const label of ["increment", "add", "data"]) {
        assert.deepEqual(untilSettled(watch.states(label)), GOOD, label);
      }
      assert.equal(watch.states("add").at(-1), "released", "an intermediate result goes");
      assert.deepEqual(watch.order, ["data", "add", "increment"]);
    },

    "of tasks: what they say": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const inner = delayed(add, { label: "inner" })(1, 2);
      await executor.run([op(increment, inner), inner]);
      const ids = executor.workers.map((worker) => worker.id);
      let before = 0;
      for (const event of watch.tasks) {
        assert.equal(event.run, watch.runs[0]!.run);
        assert.equal(event.label, event.id === 2 ? "inner" : "increment");
        assert.ok(event.id === 1 || event.id === 2, "the id in the graph of the run");
        assert.equal(event.attempt, 1);
        assert.equal(event.error, undefined);
        assert.ok(event.worker === undefined || ids.includes(event.worker));
        if (event.to === "processing") assert.ok(event.worker !== undefined);
        assert.ok(event.at >= before, "in the order of time");
        before = event.at;
      }
    },

    "of tasks: failures, with their errors": async ({ create }) => {
      for (const throwError of [true, false]) {
        const executor = await create();
        const watch = new Watch(executor);
        const output = op(increment, op(fails));
        await executor.run(output, { throwError }).catch(() => {});
        assertChained(watch.tasks);
        assert.deepEqual(untilSettled(watch.states("fails")), [...GOOD.slice(0, 4), "erred"]);
        assert.equal(watch.started("increment"), 0);
        const erred = watch.tasks.filter((event) => event.to === "erred");
        assert.equal(erred[0]?.label, "fails");
        for (const event of erred) assert.ok(event.error instanceof RangeError);
        if (!throwError)
          assert.deepEqual(untilSettled(watch.states("increment")), ["released", "waiting", "erred"]);
      }
    },

    "of tasks: attempts, with the error that made the next one due": async ({ create, clock }) => {
      const executor = await create({ retries: 2, retryOn: () => true, clock });
      const watch = new Watch(executor);
      await reasonOf(clock.until(executor.run(op(fails))));
      assertChained(watch.tasks);
      const begun = watch.tasks.filter((event) => event.to === "processing");
      assert.deepEqual(
        begun.map((event) => event.attempt),
        [1, 2, 3],
      );
      const again = watch.tasks.filter((event) => event.from === "processing" && event.to === "waiting");
      assert.deepEqual(
        again.map((event) => [event.attempt, event.error instanceof RangeError]),
        [
          [1, true],
          [2, true],
        ],
      );
      const erred = watch.tasks.filter((event) => event.to === "erred");
      assert.deepEqual(
        erred.map((event) => [event.attempt, event.error instanceof RangeError]),
        [[3, true]],
      );
      assert.ok(
        watch.tasks.every((event) => event.attempt <= 3),
        "there was no fourth attempt",
      );
    },

    "of runs: started and finished, around those of tasks": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      await executor.run(op(increment, op(add, 1, 2)));
      await executor.run(op(fails), { throwError: false });
      await executor.run([op(increment, op(fails)), op(add, 1, 2)], { throwError: false });
      const [first, second, third] = [0, 2, 4].map((i) => watch.runs[i]!.run);
      assert.deepEqual(
        watch.runs.map(({ run, state, tasks, error }) => [run, state, tasks, error]),
        [
          [first, "started", 2, undefined],
          [first, "finished", 2, undefined],
          [second, "started", 1, undefined],
          [second, "finished", 1, undefined],
          [third, "started", 3, undefined],
          [third, "finished", 3, undefined],
        ],
      );
      for (const run of new Set(watch.all.map((event) => event.run))) {
        const own = watch.all.filter((event) => event.run === run);
        assert.ok("state" in own[0]!, "the first is that of the run");
        assert.ok("state" in own.at(-1)!, "and so is the last");
      }
    },

    "of runs: failed, with the reason": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const failure = await reasonOf(executor.run(op(increment, op(fails))));
      assert.deepEqual(
        watch.runs.map(({ state, error }) => [state, error]),
        [
          ["started", undefined],
          ["failed", failure],
        ],
      );
      assert.ok("state" in watch.all.at(-1)!, "after all of its tasks");
    },

    "of runs: none of what is refused": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const own = op((_: unknown) => 1, 0);
      own.args = [own];
      await rejection(executor.run(own), ExecutorError);
      await executor.run([]);
      assert.deepEqual(watch.all, []);
    },

    "on diagnostics channels: the same": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const seen: unknown[] = [];
      const note = (event: unknown): void => {
        seen.push(event);
      };
      const names = ["dispatch-graph:task", "dispatch-graph:run"];
      for (const name of names) subscribe(name, note);
      try {
        await executor.run(op(increment, op(add, 1, 2)));
        const runs = new Set(watch.runs.map((event) => event.run));
        const own = seen.filter((event) => runs.has((event as TaskEvent | RunEvent).run));
        assert.deepEqual(own, watch.all);
      } finally {
        for (const name of names) unsubscribe(name, note);
      }
    },

    "on diagnostics channels: also without listeners at the executor": async ({ create }) => {
      const executor = await create();
      const seen: RunEvent[] = [];
      const tasks: TaskEvent[] = [];
      const noteRun = (event: unknown): void => void seen.push(event as RunEvent);
      const noteTask = (event: unknown): void => void tasks.push(event as TaskEvent);
      subscribe("dispatch-graph:run", noteRun);
      subscribe("dispatch-graph:task", noteTask);
      try {
        await executor.run(delayed(add, { label: "told of" })(1, 2));
      } finally {
        unsubscribe("dispatch-graph:run", noteRun);
        unsubscribe("dispatch-graph:task", noteTask);
      }
      const told = tasks.filter((event) => event.label === "told of");
      assert.deepEqual(untilSettled(["released", ...told.map((event) => event.to)]), GOOD);
      assert.deepEqual(
        seen.filter((event) => event.run === told[0]!.run).map((event) => event.state),
        ["started", "finished"],
      );
    },

    "listeners come and go": async ({ create }) => {
      const executor = await create();
      let heard = 0;
      const listener = (): void => {
        heard++;
      };
      assert.equal(executor.on("task", listener), executor);
      await executor.run(op(add, 1, 2));
      const once = heard;
      assert.ok(once > 0);
      assert.equal(executor.off("task", listener), executor);
      await executor.run(op(add, 1, 2));
      assert.equal(heard, once);
      const late = new Watch(executor);
      executor.on("run", () => executor.on("task", listener));
      await executor.run(op(increment, op(add, 1, 2)));
      assert.equal(late.started(), 2);
    },

    "a listener that throws harms neither the run nor other listeners": async ({ create }) => {
      const executor = await create();
      const mistake = new Error("mistake in a listener");
      const broken = (): never => {
        throw mistake;
      };
      executor.on("task", broken);
      executor.on("run", broken);
      const watch = new Watch(executor);
      const caught = await uncaughtDuring(async () => {
        assert.deepEqual(await valuesOf(executor, op(increment, op(add, 1, 2))), [4]);
        await rejection(executor.run(op(fails)), DependencyError);
      });
      assert.equal(watch.runs.length, 4);
      assert.equal(watch.started(), 3);
      assert.ok(caught.length >= 4, "the mistake is not hidden");
      for (const error of caught) assert.equal(error, mistake);
    },

    "a listener may use the executor": async ({ create }) => {
      const executor = await create();
      const node = op(add, 1, 2);
      const started: Promise<unknown>[] = [];
      executor.on("task", (event) => {
        executor.stats();
        if (event.label !== "increment" || event.to !== "memory") return;
        started.push(valuesOf(executor, node));
      });
      await executor.run(op(increment, node));
      assert.deepEqual(await Promise.all(started), [[3]]);
    },
  },
};
