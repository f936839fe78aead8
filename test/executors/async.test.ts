import { AsyncExecutor, op, taskContext } from "dispatch-graph";
import { executorContract } from "dispatch-graph/testing";
import { describe, expect, it } from "vitest";

executorContract({ name: "AsyncExecutor", create: (options) => new AsyncExecutor(options), describe, it });

const turns = async (count = 10): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

/** Uses the processor for at least this long. */
function spin(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** Counts the turns of the event loop until it is stopped, and notes at which turn tasks ran. */
function turnCounter(): { readonly turns: number; stop: () => void } {
  let immediate: NodeJS.Immediate;
  const counter = { turns: 0, stop: () => clearImmediate(immediate) };
  const count = (): void => {
    counter.turns++;
    immediate = setImmediate(count);
  };
  immediate = setImmediate(count);
  return counter;
}

describe("AsyncExecutor gives the event loop its turn", () => {
  const TASK = 1;
  const YIELD_AFTER = 5;

  const kinds: [string, (body: () => void) => (...before: unknown[]) => unknown][] = [
    ["synchronous functions", (body) => () => body()],
    ["async functions", (body) => async () => body()],
    ["promises", (body) => () => Promise.resolve(body())],
  ];

  it.each(kinds)("%s: after `yieldAfter` of work at the latest", async (_, make) => {
    const executor = new AsyncExecutor({ yieldAfter: YIELD_AFTER });
    const counter = turnCounter();
    const perTurn = new Map<number, number>();
    const fn = make(() => {
      perTurn.set(counter.turns, (perTurn.get(counter.turns) ?? 0) + 1);
      spin(TASK);
    });
    let chain = op(fn);
    for (let i = 0; i < 60; i++) chain = op(fn, chain);
    await executor.run([chain, ...Array.from({ length: 40 }, () => op(fn))]);
    counter.stop();
    // Each task takes at least TASK, so no more than these can begin before the time is over.
    expect(Math.max(...perTurn.values())).toBeLessThanOrEqual(Math.ceil(YIELD_AFTER / TASK) + 1);
    expect([...perTurn.values()].reduce((a, b) => a + b, 0)).toBe(101);
  });

  it("after 15 ms unless told otherwise", async () => {
    const executor = new AsyncExecutor();
    const counter = turnCounter();
    const perTurn = new Map<number, number>();
    const task = (): void => {
      perTurn.set(counter.turns, (perTurn.get(counter.turns) ?? 0) + 1);
      spin(TASK);
    };
    await executor.run(Array.from({ length: 100 }, () => op(task)));
    counter.stop();
    expect(Math.max(...perTurn.values())).toBeLessThanOrEqual(15 / TASK + 1);
  });

  it("several runs together", async () => {
    const executor = new AsyncExecutor({ yieldAfter: YIELD_AFTER });
    const counter = turnCounter();
    const perTurn = new Map<number, number>();
    const task = (): void => {
      perTurn.set(counter.turns, (perTurn.get(counter.turns) ?? 0) + 1);
      spin(TASK);
    };
    const graph = (): Promise<unknown> => executor.run(Array.from({ length: 20 }, () => op(task)));
    await Promise.all(Array.from({ length: 5 }, graph));
    counter.stop();
    expect(Math.max(...perTurn.values())).toBeLessThanOrEqual(Math.ceil(YIELD_AFTER / TASK) + 1);
  });

  it("so that a timer can stop a long synchronous graph", async () => {
    const executor = new AsyncExecutor();
    const controller = new AbortController();
    let calls = 0;
    const task = (): void => {
      // The timer is set when the graph is under way already.
      if (calls++ === 0) setTimeout(() => controller.abort("enough"), 1);
      spin(TASK);
    };
    const nodes = Array.from({ length: 2000 }, () => op(task));
    await expect(executor.run(nodes, { signal: controller.signal })).rejects.toBe("enough");
    const atTheEnd = calls;
    expect(atTheEnd).toBeLessThan(2000);
    await turns();
    expect(calls).toBe(atTheEnd);
  });

  it("however small `yieldAfter` is, work goes on", async () => {
    const executor = new AsyncExecutor({ yieldAfter: 1e-6 });
    let chain = op(() => 0);
    for (let i = 0; i < 100; i++) chain = op((n: number) => n + 1, chain);
    expect(await executor.collect(chain)).toBe(100);
  });

  it.each([0, -1, Number.NaN, "15"])("refuses %j as `yieldAfter`", (yieldAfter) => {
    expect(() => new AsyncExecutor({ yieldAfter: yieldAfter as number })).toThrow(TypeError);
  });
});

describe("AsyncExecutor goes depth first", () => {
  /** Most results held at once, as the events tell. */
  function watchHeld(executor: AsyncExecutor): () => number {
    let now = 0;
    let most = 0;
    executor.on("task", ({ from, to }) => {
      if (to === "memory") most = Math.max(most, ++now);
      if (from === "memory") now--;
    });
    return () => most;
  }

  const sum = (a: number, b: number): number => a + b;

  it.each([
    [2, "synchronous", 1],
    [64, "synchronous", 1],
    [1024, "synchronous", 1],
    [1024, "synchronous", Infinity],
    [1024, "asynchronous", 1],
  ])("%i leaves, %s, concurrency %d: log2(n) + 2 results at most", async (leaves, kind, concurrency) => {
    const executor = new AsyncExecutor({ concurrency });
    const most = watchHeld(executor);
    const leaf = (n: number): number | Promise<number> => (kind === "synchronous" ? n : Promise.resolve(n));
    let level = Array.from({ length: leaves }, (_, i) => op(leaf, i));
    while (level.length > 1) {
      level = level.filter((_, i) => i % 2 === 0).map((one, i) => op(sum, one, level[2 * i + 1]!));
    }
    expect(await executor.collect(level[0]!)).toBe((leaves * (leaves - 1)) / 2);
    expect(most()).toBeLessThanOrEqual(Math.log2(leaves) + 2);
  });

  it("a chain holds two results, however long", async () => {
    const executor = new AsyncExecutor();
    const most = watchHeld(executor);
    let chain = op(() => 0);
    for (let i = 0; i < 1000; i++) chain = op((n: number) => n + 1, chain);
    await executor.run(chain);
    expect(most()).toBe(2);
  });

  it("what one task has made ready goes before what waits already", async () => {
    const executor = new AsyncExecutor({ concurrency: 1 });
    const order: string[] = [];
    const step = (label: string) => (_?: unknown) => void order.push(label);
    const branch = (label: string) => op(step(`${label}2`), op(step(`${label}1`)));
    await executor.run([branch("a"), branch("b"), branch("c")]);
    expect(order).toEqual(["a1", "a2", "b1", "b2", "c1", "c2"]);
  });
});

describe("AsyncExecutor with many runs", () => {
  it("runs thousands of small graphs at once", async () => {
    const executor = new AsyncExecutor();
    const shared = op(async () => 1);
    const running = Array.from({ length: 5000 }, (_, i) =>
      executor.collect(op((a: number, b: number) => a + b, shared, i % 2 === 0 ? i : op(async () => i))),
    );
    const values = await Promise.all(running);
    expect(values).toEqual(values.map((_, i) => i + 1));
    expect(executor.stats()).toMatchObject({ runs: 0, bytesHeld: 0 });
    expect(executor.workers[0]!.running).toBe(0);
  });

  it("cancels thousands at once", async () => {
    const executor = new AsyncExecutor();
    const controllers = Array.from({ length: 3000 }, () => new AbortController());
    const running = controllers.map(({ signal }) =>
      executor
        .run(
          op(() => new Promise(() => {})),
          { signal },
        )
        .catch((reason) => reason),
    );
    await turns();
    expect(executor.workers[0]!.running).toBe(3000);
    for (const [i, controller] of controllers.entries()) if (i % 2 === 0) controller.abort(i);
    await executor.close();
    const reasons = await Promise.all(running);
    expect(reasons.filter((reason) => typeof reason === "number")).toHaveLength(1500);
    expect(executor.workers[0]!.running).toBe(0);
  });

  it("starts tasks of runs that came while others ran", async () => {
    const executor = new AsyncExecutor({ concurrency: 1 });
    const order: string[] = [];
    let inner: Promise<unknown> | undefined;
    const first = op(() => {
      order.push("first");
      inner = executor.run(op(() => void order.push("inner")));
    });
    await executor.run(op((_) => void order.push("second"), first));
    await inner;
    expect(order).toEqual(["first", "second", "inner"]);
  });
});

describe("AsyncExecutor's only worker", () => {
  it("is this process", async () => {
    const executor = new AsyncExecutor();
    const [worker, ...others] = executor.workers;
    expect(worker).toMatchObject({ id: "main", pid: process.pid, running: 0, bytesHeld: 0, bytesSpilled: 0 });
    expect(others).toEqual([]);
    expect(await executor.collect(op(() => taskContext()?.worker))).toBe("main");
  });
});

describe("AsyncExecutor tells of transitions", () => {
  it("and does not say that kept results are released when their run has finished", async () => {
    await using executor = new AsyncExecutor();
    const last = new Map<string, string>();
    executor.on("task", ({ label, to }) => last.set(label, to));
    const inner = op(() => 1).with({ label: "inner" });
    const outer = op((x: number) => x + 1, inner).with({ label: "outer" });
    await executor.run(outer);
    expect([...last]).toEqual([
      ["inner", "released"],
      ["outer", "memory"],
    ]);
    expect(await outer.fetch()).toBe(2);
  });
});
