import { AsyncExecutor, delayed, op } from "dispatch-graph";
import { describe, expect, it } from "vitest";

const turns = async (count = 10): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

describe("AsyncExecutor with limited concurrency", () => {
  /** Tasks that run until they are let go, one by one. */
  function held(count: number) {
    const open: (() => void)[] = [];
    const state = { running: 0, most: 0, started: 0 };
    const task = async (): Promise<void> => {
      state.started++;
      state.most = Math.max(state.most, ++state.running);
      await new Promise<void>((resolve) => open.push(resolve));
      state.running--;
    };
    return { state, open, nodes: Array.from({ length: count }, () => op(task)) };
  }

  it.each([1, 2, 7])("runs at most %i tasks at once, and no fewer", async (concurrency) => {
    const executor = new AsyncExecutor({ concurrency });
    const { state, open, nodes } = held(20);
    const running = executor.run(nodes);
    await turns();
    for (let done = 0; done < 20; done++) {
      expect(state.started).toBe(Math.min(20, concurrency + done));
      expect(executor.workers[0]!.running).toBe(state.running);
      open[done]!();
      await turns(2);
    }
    await running;
    expect(state.most).toBe(concurrency);
  });

  it("has one limit for all runs together", async () => {
    const executor = new AsyncExecutor({ concurrency: 3 });
    const graphs = [held(5), held(5)];
    const open = (): (() => void)[] => graphs.flatMap((graph) => graph.open.splice(0));
    const running = Promise.all(graphs.map(({ nodes }) => executor.run(nodes)));
    await turns();
    let done = 0;
    while (done < 10) {
      expect(graphs[0]!.state.running + graphs[1]!.state.running).toBe(Math.min(3, 10 - done));
      for (const release of open()) {
        release();
        done++;
      }
      await turns(2);
    }
    await running;
  });

  it("has none by default", async () => {
    const executor = new AsyncExecutor();
    const { state, open, nodes } = held(1000);
    const running = executor.run(nodes);
    await turns();
    expect(state.running).toBe(1000);
    for (const release of open) release();
    await running;
  });

  it("gives the slots of cancelled tasks to others, even if those never end", async () => {
    const executor = new AsyncExecutor({ concurrency: 2 });
    const controller = new AbortController();
    const endless = Array.from({ length: 4 }, () => op(() => new Promise(() => {})));
    const cancelled = executor.run(endless, { signal: controller.signal }).catch((reason) => reason);
    const waiting = executor.collect(op(() => "at last"));
    await turns();
    expect(executor.workers[0]!.running).toBe(2);
    controller.abort("enough");
    expect(await cancelled).toBe("enough");
    expect(await waiting).toBe("at last");
    expect(executor.workers[0]!.running).toBe(0);
  });

  it("gives each slot back once, also when a cancelled task ends late", async () => {
    const executor = new AsyncExecutor({ concurrency: 1 });
    const ends: (() => void)[] = [];
    const late = op(() => new Promise<void>((resolve) => ends.push(resolve)));
    const lateFailure = op(
      () => new Promise<void>((_, reject) => ends.push(() => reject(new Error("late")))),
    );
    for (const node of [late, lateFailure]) {
      const controller = new AbortController();
      const cancelled = executor.run(node, { signal: controller.signal }).catch((reason) => reason);
      await turns();
      controller.abort("enough");
      await cancelled;
    }
    for (const end of ends) end();
    await turns();
    const { state, open, nodes } = held(5);
    const running = executor.run(nodes);
    for (let done = 0; done < 5; done++) {
      await turns();
      open[done]!();
    }
    await running;
    expect(state.most).toBe(1);
  });

  it("gives the slot of a task that timed out to others", async () => {
    const executor = new AsyncExecutor({ concurrency: 1 });
    const late = delayed(() => new Promise(() => {}), { timeout: 1 })();
    const [first, second] = await executor.run([late, op(() => 2)], { throwError: false });
    expect(first.ok).toBe(false);
    expect(await second.fetch()).toBe(2);
  });

  it("does not count the pause before a retry", async () => {
    const executor = new AsyncExecutor({
      concurrency: 1,
      retries: 1,
      retryOn: () => true,
      backoff: { first: 1 },
    });
    const order: string[] = [];
    const flaky = op(() => {
      order.push("flaky");
      if (order.length === 1) throw new Error("once");
    });
    const other = op(() => void order.push("other"));
    await executor.run([flaky, other]);
    expect(order).toEqual(["flaky", "other", "flaky"]);
  });

  it.each([0, -1, Number.NaN, "2"])("refuses %j", (concurrency) => {
    expect(() => new AsyncExecutor({ concurrency: concurrency as number })).toThrow(TypeError);
  });
});
