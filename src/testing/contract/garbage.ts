import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Chunk, DependencyError, delayed, op } from "../../index.ts";
import { type Group, never, reasonOf, rejection, turns, Watch } from "./support.ts";

const SIZE = 10_000;
const large = (): string => "x".repeat(SIZE);
const size = (text: string): number => text.length;

/** `gc`, also when the process was started without `--expose-gc`. */
function garbageCollector(): () => void {
  if (globalThis.gc !== undefined) return globalThis.gc as () => void;
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc");
}

/** Collects garbage until the condition holds, for some time. */
async function collectGarbage(until: () => boolean): Promise<boolean> {
  const collect = garbageCollector();
  for (let i = 0; i < 30; i++) {
    if (until()) return true;
    // What the condition looked at through a WeakRef lives until the end of this turn.
    await turns(2);
    collect();
  }
  return until();
}

export const garbage: Group = {
  name: "results that nobody can reach",
  tests: {
    "are taken by the garbage collector": async ({ create }) => {
      const executor = await create();
      // In functions of their own, so that no variable of this one holds anything.
      const lose = async (): Promise<void> => {
        await executor.run([op(large), op(size, op(large))]);
        await executor.run(op(large), { keep: "all" });
        await executor.compute(op(large));
      };
      const keep = async (): Promise<Chunk<string>> => executor.compute(op(large));
      await lose();
      const chunk = await keep();
      assert.ok(
        await collectGarbage(() => executor.stats().bytesHeld < 2 * SIZE),
        `${executor.stats().bytesHeld} bytes are held`,
      );
      assert.equal((await chunk.fetch()).length, SIZE, "and no others");
    },

    "are taken by the garbage collector, large ones too, with what they were made of": async ({ create }) => {
      const executor = await create();
      const list = (count: number): Float64Array => new Float64Array(count);
      const more = (values: Float64Array): Float64Array => values.map((value) => value + 1);
      const lose = async (): Promise<void> => {
        let state = await executor.compute(op(list, SIZE));
        for (let round = 0; round < 5; round++) state = await executor.compute(op(more, state));
        const kept = delayed(more, { persist: true })(state);
        await executor.collect(
          op((values: { all: Float64Array[] }) => values.all.length, { all: [kept, state] }),
        );
        await executor.run([op(list, SIZE), op(more, op(list, SIZE))], { keep: "all" });
      };
      await lose();
      assert.ok(
        await collectGarbage(() => executor.stats().bytesHeld === 0),
        `${executor.stats().bytesHeld} bytes are held`,
      );
    },
  },
};

export const garbageInside: Group = {
  name: "results that nobody can reach, seen from inside",
  tests: {
    "of intermediate nodes are taken although their nodes live": async ({ create }) => {
      const executor = await create();
      const refs: WeakRef<object>[] = [];
      const make = (): object => {
        const value = { text: large() };
        refs.push(new WeakRef(value));
        return value;
      };
      const inner = op(make);
      const output = op((_: object) => SIZE, inner);
      const failing = op((_: object): number => {
        throw new Error("no");
      }, inner);
      await executor.run(output);
      await executor.run(failing, { throwError: false });
      await rejection(executor.run(failing), DependencyError);
      await executor.collect(op(make));
      const taken = await collectGarbage(() => refs.every((ref) => ref.deref() === undefined));
      assert.ok(taken, `${refs.filter((ref) => ref.deref() !== undefined).length} of ${refs.length} live`);
      assert.equal(inner.isReady(), true);
    },

    "of a cancelled run are taken although one of its tasks never ends": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const endless = never();
      let ref: WeakRef<object> | undefined;
      const cancelled = async (): Promise<void> => {
        const controller = new AbortController();
        const kept = op(() => {
          const value = { text: large() };
          ref = new WeakRef(value);
          return value;
        });
        const waiting = delayed((_: object) => endless, { label: "waiting" })(kept);
        const running = reasonOf(executor.run([kept, waiting], { signal: controller.signal }));
        await watch.reached("waiting");
        controller.abort("enough");
        await running;
      };
      await cancelled();
      assert.ok(await collectGarbage(() => ref?.deref() === undefined));
      assert.ok(endless instanceof Promise, "the promise lives, and its callbacks with it");
    },
  },
};
