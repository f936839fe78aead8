import assert from "node:assert/strict";
import {
  CollectNode,
  DependencyError,
  DispatcherError,
  DispatchGraph,
  DispatchNode,
  delayed,
  type Op,
  op,
  ThrownValueError,
} from "../../index.ts";
import { add, type Group, increment, rejection, valuesOf, Watch } from "./support.ts";

function fails(): never {
  throw Object.assign(new RangeError("out of luck"), { detail: { tries: 3 } });
}

class Unmade {
  constructor() {
    fails();
  }
}

/** `fails → middle → output`, and an independent `other`. */
function branches(): { failing: Op<never>; middle: Op<number>; output: Op<number>; other: Op<number> } {
  const failing = op(fails);
  const middle = delayed(increment, { label: "middle" })(failing);
  const output = delayed(increment, { label: "output" })(middle);
  return { failing, middle, output, other: delayed(add, { label: "other" })(1, 2) };
}

export const failures: Group = {
  name: "failures",
  tests: {
    "reject the run by default": async ({ create }) => {
      const executor = await create();
      const { output, other } = branches();
      const error = await rejection(executor.run([other, output]), DependencyError);
      assert.ok(error instanceof DispatcherError);
      assert.equal(error.name, "DependencyError");
      assert.equal(error.code, "ERR_DEPENDENCY");
      await rejection(executor.run([other, output], { throwError: true }), DependencyError);
    },

    "name the task that failed and the way to the output": async ({ create }) => {
      const executor = await create();
      const { failing, output, other } = branches();
      for (const throwError of [true, false]) {
        const running = executor.run([other, output], { throwError });
        const error = throwError
          ? await rejection(running, DependencyError)
          : (await running)[1]!.unwrapError();
        assert.equal(error.label, "fails");
        assert.equal(error.id, DispatchGraph.from([other, output]).idOf(failing));
        assert.deepEqual(error.path, ["fails", "middle", "output"]);
        assert.match(error.message, /"fails"/);
        assert.match(error.message, /out of luck/);
      }
    },

    "carry the user's own error": async ({ create }) => {
      const executor = await create();
      const { output } = branches();
      const { cause } = await rejection(executor.run(output), DependencyError);
      assert.ok(cause instanceof RangeError);
      assert.equal(cause.message, "out of luck");
      assert.deepEqual((cause as unknown as { detail: unknown }).detail, { tries: 3 });
      assert.match(cause.stack ?? "", /at fails /, "the stack is that of the function that threw");
    },

    "are the same whether thrown or rejected": async ({ create }) => {
      const executor = await create();
      const waiting = async (): Promise<never> => {
        await Promise.resolve();
        return fails();
      };
      for (const fn of [
        fails,
        async () => fails(),
        waiting,
        () => Promise.reject(new RangeError("out of luck")),
      ]) {
        const error = await rejection(executor.run(op(fn)), DependencyError);
        assert.ok(error.cause instanceof RangeError);
        assert.equal(error.cause.message, "out of luck");
      }
    },

    "pass through index and collect nodes unchanged": async ({ create }) => {
      const executor = await create();
      const failing = op(fails) as Op<unknown>;
      const list = new CollectNode<unknown>([op(() => 1), failing]);
      const element = list.at(0);
      const nodes = [failing.at(0), failing.get("key"), list, element];
      const found = await executor.run(nodes, { throwError: false });
      for (const [i, result] of found.entries()) {
        const error = result.unwrapError();
        assert.equal(error.label, "fails");
        assert.ok(error.cause instanceof RangeError);
        assert.equal(error.path.at(-1), nodes[i]!.label);
        assert.equal(error.path[0], "fails");
      }
      assert.deepEqual(found[3]!.unwrapError().path, ["fails", list.label, element.label]);
    },

    "keep dependents from being called": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const { output } = branches();
      const { output: again } = branches();
      await rejection(executor.run(output), DependencyError);
      await executor.run(again, { throwError: false });
      assert.deepEqual(watch.order, ["fails", "fails"]);
    },

    "drop work that has not begun": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const { output, failing } = branches();
      // These can begin only when `fails` has ended.
      const graph = DispatchGraph.from(output);
      for (let i = 0; i < 20; i++) {
        const later = delayed(() => i, { label: "later" })();
        graph.add(later);
        graph.addEdge(failing, later);
      }
      await rejection(executor.run(graph), DependencyError);
      assert.deepEqual(watch.order, ["fails"]);
    },

    "without throwError: everything that can run runs": async ({ create }) => {
      const executor = await create();
      const { failing, middle, output, other } = branches();
      const found = await executor.run([output, other, failing, middle, op(increment, other)], {
        throwError: false,
      });
      assert.deepEqual(
        found.map((one) => one.ok),
        [false, true, false, false, true],
      );
      assert.equal(await found[1]!.fetch(), 3);
      assert.equal(await found[4]!.fetch(), 4);
      assert.deepEqual(found[3]!.unwrapError().path, ["fails", "middle"]);
      assert.deepEqual(found[2]!.unwrapError().path, ["fails"]);
    },

    "without throwError: also what only a failed task would have needed": async ({ create }) => {
      const executor = await create();
      const watch = new Watch(executor);
      const { failing, other } = branches();
      const before = op(add, failing, other);
      const after = op(add, other, failing);
      for (const node of [before, after]) {
        const [result] = await executor.run(node, { throwError: false });
        assert.equal(result.ok, false);
      }
      assert.equal(watch.started("other"), 2);
    },

    "without throwError: a result with an error in its place": async ({ create }) => {
      const executor = await create();
      const { output } = branches();
      const [result] = await executor.run(output, { throwError: false });
      const error = result.unwrapError();
      assert.equal(result.ok, false);
      assert.equal(result.node, output);
      assert.equal(result.error, error);
      assert.throws(() => result.unwrap(), DependencyError);
      assert.throws(() => result.chunk, DependencyError);
      assert.equal((await rejection(result.fetch(), DependencyError)).cause, error.cause);
      assert.equal((await rejection(output.fetch(), DependencyError)).cause, error.cause);
    },

    "of several dependencies: the one that comes first in the arguments counts": async ({ create }) => {
      const executor = await create();
      const failing = (label: string): Op<number> => delayed(fails, { label })();
      const [a, b] = [failing("a"), failing("b")];
      const wantsA = op(increment, a);
      const both = op(add, b, a);
      const found = await executor.run([wantsA, both], { throwError: false });
      assert.equal(found[0]!.unwrapError().label, "a");
      assert.equal(found[1]!.unwrapError().label, "b");
    },

    "on two ways to one output: the way through the first argument counts": async ({ create }) => {
      const executor = await create();
      const failing = op(fails);
      const left = delayed(increment, { label: "left" })(failing);
      const right = delayed(increment, { label: "right" })(failing);
      for (const [first, second] of [
        [left, right],
        [right, left],
      ] as const) {
        const output = delayed(add, { label: "output" })(first, second);
        const [result] = await executor.run(output, { throwError: false });
        assert.deepEqual(result.unwrapError().path, ["fails", first.label, "output"]);
        const error = await rejection(executor.run(output), DependencyError);
        assert.deepEqual(error.path, ["fails", first.label, "output"]);
      }
    },

    "may be values that are no errors": async ({ create }) => {
      const executor = await create();
      const values = ["text", undefined, null, 0, { a: 1 }, Symbol.for("s")];
      for (const value of values) {
        const throwing = (): never => {
          throw value;
        };
        for (const fn of [throwing, async () => throwing(), () => Promise.reject(value)]) {
          const error = await rejection(executor.run(delayed(fn, { label: "thrower" })()), DependencyError);
          assert.equal(error.label, "thrower");
          assert.ok(error.cause instanceof ThrownValueError);
          assert.deepEqual(error.cause.value, value);
        }
      }
    },

    "of constructors and of nodes of the user's own": async ({ create }) => {
      class Own extends DispatchNode {
        override run(): never {
          return fails();
        }
      }
      const executor = await create();
      for (const node of [op(Unmade), new Own()]) {
        const error = await rejection(executor.run(node), DependencyError);
        assert.equal(error.label, node.label);
        assert.ok(error.cause instanceof RangeError);
      }
    },

    "of one run do not matter to the next": async ({ create }) => {
      const executor = await create();
      const node = op(increment, op(fails));
      await rejection(executor.run(node), DependencyError);
      node.args = [1];
      assert.deepEqual(await valuesOf(executor, node), [2]);
      assert.equal(executor.stats().runs, 0);
    },
  },
};

class OwnError extends Error {
  readonly code = "E_OWN";
  readonly detail: object;
  constructor(detail: object) {
    super("own");
    this.detail = detail;
  }
}

export const failuresInside: Group = {
  name: "failures, seen from inside",
  tests: {
    "cause is the very error that was thrown": async ({ create }) => {
      const executor = await create();
      const thrown = Object.freeze(new OwnError({ a: 1 }));
      const throwing = op((): number => {
        throw thrown;
      });
      const rejecting = op(() => Promise.reject<number>(thrown));
      for (const node of [throwing, rejecting, op(increment, throwing), new CollectNode([rejecting])]) {
        const error = await rejection(executor.run(node), DependencyError);
        assert.equal(error.cause, thrown);
        const [result] = await executor.run(node, { throwError: false });
        assert.equal(result?.unwrapError().cause, thrown);
      }
    },

    "dependents see no error among their values": async ({ create }) => {
      const executor = await create();
      const seen: unknown[] = [];
      const failing = op(fails);
      const dependent = op((...values: unknown[]) => seen.push(...values), failing, [failing], 1);
      await executor.run(dependent, { throwError: false });
      await rejection(executor.run(dependent), DependencyError);
      assert.deepEqual(seen, []);
    },
  },
};
