import assert from "node:assert/strict";
import { DispatchNode, op } from "../../index.ts";
import { add, type Group, gate, rejection, valuesOf } from "./support.ts";

class Point {
  readonly x: number;
  readonly y: number;
  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
  get sum(): number {
    return this.x + this.y;
  }
}

class Box {
  readonly content: unknown;
  constructor(content: unknown) {
    this.content = content;
  }
}

export const callArguments: Group = {
  name: "arguments of a call",
  tests: {
    "may be nodes and values in any order": async ({ create }) => {
      const executor = await create();
      const one = op(() => 1);
      const list = (...args: unknown[]): unknown[] => args;
      assert.deepEqual(
        await valuesOf(executor, [op(list), op(list, one), op(list, "a", one), op(list, one, "b", one, one)]),
        [[], [1], ["a", 1], [1, "b", 1, 1]],
      );
    },

    "are searched for nodes inside plain arrays and objects": async ({ create }) => {
      const executor = await create();
      const one = op(() => 1);
      const two = op(() => 2);
      const same = (value: unknown): unknown => value;
      const bare = Object.assign(Object.create(null), { one });
      const found = await valuesOf(executor, [
        op(same, [one, [two, [one]]]),
        op(same, { one, more: { two, list: [one, "text"] } }),
        op(same, bare),
        op(same, [{ a: [{ b: two }] }, 5]),
      ]);
      assert.deepEqual(found.slice(0, 2), [[1, [2, [1]]], { one: 1, more: { two: 2, list: [1, "text"] } }]);
      assert.deepEqual({ ...(found[2] as object) }, { one: 1 });
      assert.deepEqual(found[3], [{ a: [{ b: 2 }] }, 5]);
    },

    "can be given by name": async ({ create }) => {
      const executor = await create();
      const scale = (value: number, { by, offset = 0 }: { by: number; offset?: number }): number =>
        value * by + offset;
      const three = op(() => 3);
      assert.deepEqual(
        await valuesOf(executor, [op(scale, 2, { by: three }), op(scale, three, { by: 10, offset: three })]),
        [6, 33],
      );
    },

    "may share and contain themselves": async ({ create }) => {
      const executor = await create();
      const one = op(() => 1);
      const shared = [one];
      const ring: { value: unknown; self?: unknown } = { value: one };
      ring.self = ring;
      const check = (a: unknown[], b: unknown[], c: { value: unknown; self?: unknown }): unknown[] => [
        a,
        b,
        c.value,
        c.self === c,
      ];
      const node = op(check as (...args: unknown[]) => unknown[], shared, shared, ring);
      assert.deepEqual(await valuesOf(executor, node), [[[1], [1], 1, true]]);
      assert.equal(shared[0], one, "the caller's own array is untouched");
      assert.equal(ring.value, one, "and so is the object");
    },

    "are those of the moment of the request": async ({ create }) => {
      const executor = await create();
      const node = op((value: string) => value, "then");
      const outputs = [node];
      const running = executor.run(outputs);
      node.args = ["later"];
      outputs.push(op(() => "one more"));
      const found = await running;
      assert.deepEqual(await Promise.all(found.map((one) => one.fetch())), ["then"]);
      assert.deepEqual(await valuesOf(executor, node), ["later"], "and the next run takes the new ones");
    },

    "may be large in number": async ({ create }) => {
      const executor = await create();
      const terms = Array.from({ length: 2000 }, (_, i) => op(() => i));
      const sum = (...numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);
      const expected = (1999 * 2000) / 2;
      assert.deepEqual(await valuesOf(executor, [op(sum, ...terms)]), [expected]);
    },
  },
};

export const calls: Group = {
  name: "calls",
  tests: {
    "await promises and thenables": async ({ create }) => {
      const executor = await create();
      const then = (resolve: (value: number) => void): void => resolve(2);
      const thenable = (): PromiseLike<number> => ({ then }) as PromiseLike<number>;
      const nodes = [
        op(async () => 1),
        op(thenable),
        op(() => Promise.resolve(3)),
        op(() => new Promise<number>((resolve) => setImmediate(resolve, 4))),
      ];
      assert.deepEqual(await valuesOf(executor, nodes), [1, 2, 3, 4]);
      const [first, second] = nodes;
      assert.deepEqual(await valuesOf(executor, op(add, first!, second!)), [3]);
    },

    "use new for classes": async ({ create }) => {
      const executor = await create();
      const point = op(
        Point,
        op(() => 1),
        2,
      );
      assert.deepEqual(
        await valuesOf(
          executor,
          op((one: Point) => one.x + one.y, point),
        ),
        [3],
      );
      const url = op(URL, "http://localhost/path");
      assert.deepEqual(
        await valuesOf(
          executor,
          op((one: URL) => one.pathname, url),
        ),
        ["/path"],
      );
    },

    "take functions of every kind": async ({ create }) => {
      const executor = await create();
      function declared(value: number): number {
        return value + 1;
      }
      const two = op(() => 2);
      const nodes = [
        op(declared, two),
        op(Math.max, two, 1),
        op(String, two),
        op(async (n: number) => n, two),
      ];
      assert.deepEqual(await valuesOf(executor, nodes), [3, 2, "2", 2]);
    },
  },
};

export const argumentsInside: Group = {
  name: "arguments and calls, seen from inside",
  tests: {
    "class instances, Maps, Sets and typed arrays are not searched": async ({ create }) => {
      const executor = await create();
      let calls = 0;
      const hidden = op(() => {
        calls++;
      });
      const given = [
        new Box(hidden),
        new Map([[1, hidden]]),
        new Set([hidden]),
        new Float64Array([1, 2]),
        new Date(0),
        () => hidden,
      ];
      for (const value of given) {
        const [seen] = await valuesOf(
          executor,
          op((one: unknown) => one, value),
        );
        assert.equal(seen, value, "the argument itself");
      }
      assert.equal(calls, 0);
      assert.ok((given[0] as Box).content instanceof DispatchNode);
    },

    "containers without nodes are passed on as they are": async ({ create }) => {
      const executor = await create();
      const plain = { list: [1, 2] };
      const list = [3];
      const mixed = { node: op(() => 1), plain };
      const [seen] = await valuesOf(
        executor,
        op((...args: unknown[]) => args, plain, list, mixed),
      );
      const [first, second, third] = seen as [unknown, unknown, { plain: unknown }];
      assert.equal(first, plain);
      assert.equal(second, list);
      assert.equal(third.plain, plain);
    },

    "what a class makes is its instance": async ({ create }) => {
      const executor = await create();
      const [point] = await valuesOf(executor, op(Point, 1, 2));
      assert.ok(point instanceof Point);
      assert.equal(point.sum, 3);
    },

    "only the promise that a function returns is awaited": async ({ create }) => {
      const executor = await create();
      const [value] = await valuesOf(
        executor,
        op(() => [Promise.resolve(1)]),
      );
      assert.ok((value as unknown[])[0] instanceof Promise);
    },

    "a thenable that misbehaves settles its task once": async ({ create }) => {
      const executor = await create();
      type Settle = (value: unknown) => void;
      const twice = (resolve: Settle, reject: Settle): void => {
        resolve(1);
        reject(new Error("too late"));
        throw new Error("later still");
      };
      const error = new Error("thrown by then");
      const throws = (): never => {
        throw error;
      };
      const thenable = (then: unknown): unknown => ({ then });
      assert.deepEqual(await valuesOf(executor, op(thenable, twice)), [1]);
      const throwing = op(thenable, throws);
      const failed = await rejection(executor.run(throwing), Error);
      assert.equal(failed.cause, error);
    },

    "arguments changed while a run goes on count for the next": async ({ create }) => {
      const executor = await create();
      const first = gate<number>();
      const begun = gate();
      const before = op(() => {
        begun.open();
        return first.promise;
      });
      const after = op(add, before, 1);
      const running = valuesOf(executor, after);
      await begun.promise;
      after.args = [100, 100];
      first.open(1);
      assert.deepEqual(await running, [2]);
      assert.deepEqual(await valuesOf(executor, after), [200]);
    },
  },
};
