import { DependencyError, delayed, op } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { executors, failure, leavesNothing, signal } from "../support/bounded.ts";

/** Everything here is to end in a result or a clear error, soon, and to leave nothing behind. */
leavesNothing();

const identity = (value: unknown): unknown => value;

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe.each(executors)("bad arguments on %s", (_, create) => {
  const COUNT = 100_000;
  const sum = (...terms: number[]): number => terms.reduce((a, b) => a + b, 0);
  const sumOf = (terms: number[]): number => sum(...terms.slice(0, 2)) + terms.length;

  it("100,000 in one array", async () => {
    const executor = create();
    const values = Array.from({ length: COUNT }, (_, i) => i);
    const nodes = values.map((i) => (i % 2 === 0 ? op(identity, i) : i)) as number[];
    expect(await executor.collect(op(sumOf, values), { signal })).toBe(1 + COUNT);
    expect(await executor.collect(op(sumOf, nodes), { signal })).toBe(1 + COUNT);
  });

  it("100,000 one by one: values, nodes, both", async () => {
    const executor = create();
    const last = (...all: unknown[]): unknown => [all.length, all.at(-1)];
    const values = Array.from({ length: COUNT }, (_, i) => i);
    const nodes = values.map((i) => op(identity, i));
    for (const args of [values, nodes, values.map((i) => (i % 2 === 0 ? i : nodes[i]))]) {
      expect(await executor.collect(op(last, ...args), { signal })).toEqual([COUNT, COUNT - 1]);
    }
  });

  it("100,000 for a class", async () => {
    class List {
      readonly length: number;
      constructor(...all: unknown[]) {
        this.length = all.length;
      }
    }
    const executor = create();
    const node = delayed(List, { label: "large" })(...Array.from({ length: COUNT }, (_, i) => i));
    // A result, or the error of a stack that is too small for it.
    const outcome = await executor.collect(node, { signal }).catch((error) => error);
    if (outcome instanceof Error) await failure(Promise.reject(outcome), DependencyError, "large");
    else expect(outcome.length).toBe(COUNT);
  });

  it("100,000 by name", async () => {
    const executor = create();
    const entries = Array.from({ length: COUNT }, (_, i) => [`k${i}`, op(identity, i)] as const);
    const node = op((all: unknown) => Object.keys(all as object).length, Object.fromEntries(entries));
    expect(await executor.collect(node, { signal })).toBe(COUNT);
  });

  it("nested 100,000 deep", async () => {
    const executor = create();
    const depth = (root: unknown): unknown => {
      let levels = 0;
      let inner = root;
      while (typeof inner === "object" && inner !== null) {
        inner = Array.isArray(inner) ? inner[0] : (inner as { in: unknown }).in;
        levels++;
      }
      return [levels, inner];
    };
    for (const bottom of ["value", op(identity, "value")]) {
      let nested: unknown = bottom;
      for (let i = 0; i < COUNT; i++) nested = i % 2 === 0 ? [nested] : { in: nested };
      expect(await executor.collect(op(depth, nested), { signal })).toEqual([COUNT, "value"]);
    }
  });

  it("with cycles, with and without nodes on them", async () => {
    const executor = create();
    const ring: unknown[] = [1];
    ring.push({ ring });
    const check = (one: unknown): unknown => {
      const list = one as [unknown, { ring: unknown }];
      return [list[0], list[1].ring === list];
    };
    expect(await executor.collect(op(check, ring), { signal })).toEqual([1, true]);
    ring[0] = op(identity, 1);
    expect(await executor.collect(op(check, ring), { signal })).toEqual([1, true]);
  });

  const hostile: [string, () => unknown][] = [
    [
      "a getter that throws",
      () => ({
        get content() {
          throw new RangeError("from a getter");
        },
      }),
    ],
    [
      "a getter that throws, further in",
      () => [
        {
          list: [
            {
              get content() {
                throw new RangeError("from a getter");
              },
            },
          ],
        },
      ],
    ],
    ["a revoked proxy", revoked],
    [
      "a proxy that throws",
      () =>
        new Proxy(
          {},
          {
            ownKeys() {
              throw new RangeError("from a trap");
            },
          },
        ),
    ],
  ];

  it.each(hostile)("%s", async (_name, make) => {
    const executor = create();
    const first = op(() => 1);
    const node = delayed((..._: unknown[]) => 1, { label: "careless" })(first, make());
    for (const throwError of [true, false]) {
      const running = executor.run(op(identity, node), { signal, throwError });
      // Passing the value on unseen would be as good.
      const outcome = await running.catch((error) => error);
      if (outcome instanceof Error) expect(outcome.message).toContain('"careless"');
    }
    expect(await executor.collect(op(identity, 5), { signal }), "and others go on").toBe(5);
  });

  it("a getter that gives something else each time", async () => {
    const executor = create();
    let calls = 0;
    const shifty = {
      get content() {
        return calls++ % 2 === 0 ? op(identity, 1) : 5;
      },
    };
    const node = delayed(identity, { label: "shifty" })(shifty);
    const outcome = await executor.collect(node, { signal }).catch((error) => error);
    if (outcome instanceof Error) expect(outcome.message).toContain('"shifty"');
  });

  it("arrays with holes, and objects with symbols", async () => {
    const executor = create();
    const holes: unknown[] = [];
    holes[2] = op(identity, 1);
    const [result] = await executor.run(op(identity, holes), { signal });
    const list = (await result.fetch()) as unknown[];
    expect([list.length, list[2]]).toEqual([3, 1]);
  });
});
