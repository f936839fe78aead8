import { inspect } from "node:util";
import {
  CollectNode,
  DataNode,
  DependencyError,
  DispatchGraph,
  DispatchNode,
  delayed,
  ExecutorError,
  IndexNode,
  op,
} from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { executors, failure, leavesNothing, signal } from "../support/bounded.ts";

/** Everything here is to end in a result or a clear error, soon, and to leave nothing behind. */
leavesNothing();

const identity = (value: unknown): unknown => value;

describe.each(executors)("bad input to %s: functions", (_, create) => {
  // The first tests of the file: nothing is remembered yet of functions seen before.
  it.each([undefined, 5, null, "text", {}, [], Symbol("s"), true])("not callable: %s", (fn) => {
    expect(() => op(fn as never)).toThrow(TypeError);
    expect(() => delayed(fn as never)).toThrow(TypeError);
    expect(() => delayed(fn as never)()).toThrow(TypeError);
  });

  it("functions without a name", async () => {
    const executor = create();
    const error = await failure(
      executor.run(
        op(() => Promise.reject(new Error("no"))),
        { signal },
      ),
      DependencyError,
      "anonymous",
    );
    expect(error.cause.message).toBe("no");
  });

  it("bound functions, proxies of functions, native functions", async () => {
    const executor = create();
    const bound = Math.max.bind(null, 3);
    const proxy = new Proxy(identity, {});
    const nodes = [op(bound, 5), op(proxy, 6), op(Math.min, 7, 8)];
    const found = await executor.run(nodes, { signal });
    expect(await Promise.all(found.map((one) => one.fetch()))).toEqual([5, 6, 7]);
  });

  it("a native constructor that must not be called as a function", async () => {
    const node = op(Map as unknown as new () => Map<unknown, unknown>);
    const outcome = await create()
      .collect(node, { signal })
      .catch((error) => error);
    if (outcome instanceof Error) await failure(Promise.reject(outcome), DependencyError, "Map");
    else expect(outcome).toBeInstanceOf(Map);
  });
});

describe.each(executors)("bad input to %s: options", (_, create) => {
  it("unknown, or of the wrong kind", async () => {
    const wrong: [object, RegExp][] = [
      [{ retry: 3 }, /retry/],
      [{ retries: "3" }, /retries/],
      [{ retries: -1 }, /retries/],
      [{ retryOn: {} }, /retryOn/],
      [{ timeout: 0 }, /timeout/],
      [{ timeout: Number.NaN }, /timeout/],
      [{ priority: 0.5 }, /priority/],
      [{ label: 5 }, /label/],
      [{ workers: "w" }, /workers/],
      [{ constructor: 1 }, /constructor/],
    ];
    for (const [options, message] of wrong) {
      expect(() => delayed(identity, options as never)(1)).toThrow(TypeError);
      expect(() => op(identity, 1).with(options as never)).toThrow(message);
      expect(() => new DataNode(1, options as never)).toThrow(message);
    }
    const executor = create();
    for (const name of ["throwerror", "constructor", "__proto__ "]) {
      const error = await failure(executor.run(op(identity, 1), { [name]: 1 } as never), TypeError);
      expect(error.message).toContain(name);
    }
  });

  it("null instead of options", async () => {
    expect(() => delayed(identity, null as never)(1)).toThrow(TypeError);
    expect(() => new DataNode(1, null as never)).toThrow(TypeError);
    expect(() => new DataNode(1, 5 as never)).toThrow(TypeError);
    await failure(create().run(op(identity, 1), null as never), TypeError);
  });

  it.each(["", " ", "a\nb", '"quoted"', "x".repeat(100_000)])("strange labels: %#", async (label) => {
    const throwing = delayed(() => Promise.reject(new Error("no")), { label })();
    const running = create().run(op(identity, throwing), { signal });
    const error = await running.catch((reason) => reason);
    expect(error).toBeInstanceOf(DependencyError);
    expect(error.label).toBe(label);
    expect(error.path).toEqual([label, "identity"]);
  });
});

describe.each(executors)("bad input to %s: graphs", (_, create) => {
  it("a cycle of 100,000 nodes", async () => {
    const first = op(identity, 0);
    let last = first;
    for (let i = 1; i < 100_000; i++) last = op(identity, last);
    first.args = [last];
    const error = await failure(create().run(last, { signal }), ExecutorError, "identity");
    expect(error.message).toMatch(/cycle/);
  });

  it("cycles through every type of node", async () => {
    class Own extends DispatchNode {
      next: DispatchNode[] = [];
      override dependencies(): DispatchNode[] {
        return this.next;
      }
    }
    const start = delayed(identity, { label: "start" })(0);
    const own = new Own({ label: "own" });
    own.next = [new CollectNode<unknown>([new DataNode(1), start.at(0)], { label: "list" })];
    start.args = [{ deep: [own] }];
    const error = await failure(create().run(own.at(1), { signal }), ExecutorError, "own");
    for (const label of ["start", "own", "list", "start[0]"]) expect(error.message).toContain(`"${label}"`);
  });

  it("what only looks like a node", async () => {
    const executor = create();
    const lookalike = {
      label: "x",
      dependencies: () => [],
      run: () => 1,
      toTask: () => ({ kind: "data", value: 1 }),
    };
    const node = op(identity, 1);
    for (const stranger of [lookalike, 5, null, "node", [[node]], new Map([[node, 1]])]) {
      await failure(executor.run([stranger] as never, { signal }), TypeError);
      await failure(executor.run(node, { inputs: [stranger] as never, signal }), TypeError);
      await failure(executor.run(node, { inputs: new Map([[stranger, 1]]) as never, signal }), TypeError);
    }
    expect(() => new CollectNode([lookalike] as never)).toThrow(TypeError);
    expect(() => new IndexNode(lookalike as never, 0)).toThrow(TypeError);
  });

  it("dependencies() that throws, or gives what are no nodes", async () => {
    class Own extends DispatchNode {
      readonly answer: () => unknown;
      constructor(answer: () => unknown) {
        super({ label: "strange" });
        this.answer = answer;
      }
      override dependencies(): readonly DispatchNode[] {
        return this.answer() as readonly DispatchNode[];
      }
      override run(values: readonly unknown[]): unknown {
        return values;
      }
    }
    const executor = create();
    const throwing = new Own(() => {
      throw new RangeError("from dependencies");
    });
    const error = await failure(executor.run(op(identity, throwing), { signal }), Error, "strange");
    expect(inspect(error)).toContain("from dependencies");
    await failure(executor.run(new Own(() => [op(identity, 1), 5]), { signal }), Error, "strange");
    const fresh = new Own(() => [op(identity, 1), op(identity, 2)]);
    expect(await executor.collect(fresh), "new nodes at each call").toEqual([1, 2]);
  });

  it("dependencies() that runs or builds a graph", async () => {
    const executor = create();
    class Own extends DispatchNode {
      override dependencies(): readonly DispatchNode[] {
        DispatchGraph.from(op(identity, 1));
        return [];
      }
    }
    await failure(executor.run(new Own({ label: "builder" }), { signal }), ExecutorError, "builder");
    expect(await executor.collect(op(identity, 1)), "others work as before").toBe(1);
  });

  it("100,000 outputs, and one output 100,000 times", async () => {
    const executor = create();
    const node = op(identity, 7);
    const outputs = Array.from({ length: 100_000 }, (_, i) => (i % 2 === 0 ? node : op(identity, i)));
    const found = await executor.run(outputs, { signal });
    expect(await found[99_998]!.fetch()).toBe(7);
    expect(await found[99_999]!.fetch()).toBe(99_999);
  });

  it("a chain of 1,000,000 nodes", async () => {
    const executor = create();
    let chain = op(() => 0);
    for (let i = 1; i < 1_000_000; i++) chain = op((n: number) => n + 1, chain);
    expect(await executor.collect(chain, { signal })).toBe(999_999);
  });

  it("a failure at the end of a chain of 100,000 nodes", async () => {
    const executor = create();
    const failing = delayed(() => Promise.reject(new Error("no")), { label: "far away" })();
    let chain = op(identity, failing);
    for (let i = 1; i < 100_000; i++) chain = op(identity, chain);
    const error = await failure(executor.run(chain, { signal }), DependencyError, "far away");
    expect(error.path).toHaveLength(100_001);
    const [result] = await executor.run(chain, { signal, throwError: false });
    expect(result.unwrapError().path).toHaveLength(100_001);
  });
});

describe.each(executors)("bad input to %s: keys", (_, create) => {
  const circular: { self?: unknown } = {};
  circular.self = circular;
  const keys: unknown[] = [
    5,
    -5,
    0.5,
    "no",
    "__proto__",
    "constructor",
    10n,
    Symbol("s"),
    undefined,
    null,
    circular,
  ];

  it.each(keys.map((key) => [inspect(key), key]))("no element %s", async (_name, key) => {
    const executor = create();
    for (const value of [[1, 2], { a: 1 }, "ab", new Uint8Array(2), 5, null, undefined, () => 1]) {
      const node = new IndexNode(new DataNode(value), key, { label: "element" });
      const { cause } = await failure(executor.run(node, { signal }), DependencyError, "element");
      expect(cause, inspect(value)).toBeInstanceOf(RangeError);
    }
    const node = new IndexNode(new DataNode(new Map()), key, { label: "entry" });
    const { cause } = await failure(executor.run(node, { signal }), DependencyError, "entry");
    expect(cause).toBeInstanceOf(RangeError);
  });
});
