import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { DispatchNode, delayed, op, type TaskContext, taskContext } from "../../index.ts";
import { type Group, increment, turns, valuesOf } from "./support.ts";

export const taskContexts: Group = {
  name: "what tasks can learn of themselves, seen from inside",
  tests: {
    "label, key, worker and signal, in functions of every kind": async ({ create }) => {
      const executor = await create();
      const seen: (TaskContext | undefined)[] = [];
      const signals: (AbortSignal | undefined)[] = [];
      const look = (): void => {
        seen.push(taskContext());
        signals.push(taskContext()?.signal, taskContext()?.signal);
        assert.equal(signals.at(-1)?.aborted, false);
      };
      const later = async (): Promise<void> => {
        await turns(1);
        look();
      };
      const promising = (): Promise<void> => Promise.resolve(look());
      const kinds: (() => unknown)[] = [look, later, promising];
      for (const fn of kinds) {
        await executor.run(delayed(fn, { label: `a label for ${fn.name}` })());
        const context = seen.at(-1)!;
        assert.equal(context.label, `a label for ${fn.name}`);
        assert.equal(typeof context.key, "string");
        assert.ok(executor.workers.some((worker) => worker.id === context.worker));
        assert.ok(signals.at(-1) instanceof AbortSignal);
        assert.equal(signals.at(-1), signals.at(-2), "always the same");
      }
      assert.equal(new Set(seen.map((context) => context?.key)).size, 3, "keys are unique");
    },

    "also in nodes of the user's own, synchronous or not": async ({ create }) => {
      class Own extends DispatchNode<(string | undefined)[]> {
        override run(): (string | undefined)[] | Promise<(string | undefined)[]> {
          return [taskContext()?.label];
        }
      }
      class Later extends Own {
        override async run(): Promise<(string | undefined)[]> {
          const before = taskContext()?.label;
          await turns(1);
          return [before, taskContext()?.label];
        }
      }
      const executor = await create();
      assert.deepEqual(await valuesOf(executor, [new Own(), new Later()]), [["Own"], ["Later", "Later"]]);
    },

    "none outside of tasks": async ({ create }) => {
      const executor = await create();
      assert.equal(taskContext(), undefined);
      const seen: unknown[] = [];
      executor.on("task", () => seen.push(taskContext()));
      executor.on("run", () => seen.push(taskContext()));
      const node = op(
        increment,
        op(async () => 1),
      );
      const [result] = await executor.run(node);
      assert.equal(taskContext(), undefined);
      await result.fetch();
      await node.fetch();
      assert.equal(taskContext(), undefined);
      assert.ok(seen.length > 0);
      assert.ok(seen.every((one) => one === undefined));
    },

    "none after a task that threw": async ({ create }) => {
      const executor = await create();
      const failing = op(() => {
        throw new Error("no");
      });
      await executor.run(failing, { throwError: false });
      assert.equal(taskContext(), undefined);
    },

    "each its own, however they take turns": async ({ create }) => {
      const executor = await create();
      const nodes = Array.from({ length: 20 }, (_, i) => {
        const label = `task ${i}`;
        const look = async (): Promise<boolean> => {
          for (let turn = 0; turn < i % 4; turn++) await turns(1);
          const before = taskContext();
          await null;
          const after = taskContext();
          return before?.label === label && after?.key === before.key;
        };
        return delayed(look, { label })();
      });
      const found = await valuesOf(executor, nodes);
      assert.ok(found.every((one) => one === true));
    },

    "in a run within a task: those of the inner tasks, then the outer one's again": async ({ create }) => {
      const executor = await create();
      const look = (): string | undefined => taskContext()?.label;
      const steps = async (): Promise<(string | undefined)[]> => {
        const first = look();
        const inner = delayed(async () => look(), { label: "inner" })();
        const innerSync = delayed(look, { label: "inner sync" })();
        const found = await valuesOf(executor, [inner, innerSync]);
        return [first, ...(found as string[]), look()];
      };
      const [found] = await valuesOf(executor, delayed(steps, { label: "outer" })());
      assert.deepEqual(found, ["outer", "inner", "inner sync", "outer"]);
    },

    "and the async context of whoever asked for the run": async ({ create }) => {
      const executor = await create();
      const caller = new AsyncLocalStorage<string>();
      const look = (): string | undefined => caller.getStore();
      const later = async (): Promise<(string | undefined)[]> => {
        const before = look();
        await turns(1);
        return [before, look()];
      };
      const graph = (): Promise<unknown[]> => {
        const first = op(later);
        // What begins after others have ended, and so in the wake of whichever ends last.
        return valuesOf(executor, [op((_: unknown) => look(), first), op((_: unknown) => later(), first)]);
      };
      const found = await Promise.all(["a", "b", "c"].map((name) => caller.run(name, graph)));
      assert.deepEqual(
        found,
        ["a", "b", "c"].map((name) => [name, [name, name]]),
      );
    },

    "never that of another task": async ({ create }) => {
      const executor = await create();
      // A plain function may lose its context at its first asynchronous step; it must not get another's.
      const seen: (string | undefined)[] = [];
      const plain = (): Promise<void> =>
        new Promise((resolve) => {
          setImmediate(() => {
            seen.push(taskContext()?.label);
            resolve();
          });
        });
      const outer = async (): Promise<void> => {
        await executor.run(delayed(plain, { label: "plain" })());
      };
      await executor.run(delayed(outer, { label: "outer" })());
      assert.ok(seen[0] === undefined || seen[0] === "plain", `plain got the context of ${seen[0]}`);
    },
  },
};
