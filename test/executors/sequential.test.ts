import { op, SequentialExecutor } from "dispatch-graph";
import { executorContract } from "dispatch-graph/testing";
import { describe, expect, it } from "vitest";

executorContract({
  name: "SequentialExecutor",
  create: (options) => new SequentialExecutor(options),
  describe,
  it,
  skip: [
    { test: "several tasks at once, seen from inside", reason: "it runs one task after another" },
    { test: "priorities", reason: "it follows the static order alone, and refuses the option" },
  ],
});

describe("SequentialExecutor", () => {
  it("runs one task of a run after another, in the static order", async () => {
    const executor = new SequentialExecutor();
    const order: string[] = [];
    let running = 0;
    const step =
      (label: string) =>
      async (..._: unknown[]) => {
        expect(++running).toBe(1);
        expect(executor.workers[0]!.running).toBe(1);
        order.push(label);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
      };
    const shared = op(step("shared"));
    const a = op(step("a"), shared, op(step("only a")));
    const b = op(step("b"), op(step("only b")), shared);
    await executor.run([a, b]);
    expect(order).toEqual(["shared", "only a", "a", "only b", "b"]);
    expect(executor.workers[0]!.running).toBe(0);
  });

  it("gives the event loop its turn, so that a timer can stop a long run", async () => {
    const executor = new SequentialExecutor();
    const controller = new AbortController();
    let calls = 0;
    const task = (): void => {
      // The timer is set when the run is under way already.
      if (calls++ === 0) setTimeout(() => controller.abort("enough"), 1);
      const end = performance.now() + 1;
      while (performance.now() < end);
    };
    const nodes = Array.from({ length: 2000 }, () => op(task));
    await expect(executor.run(nodes, { signal: controller.signal })).rejects.toBe("enough");
    expect(calls).toBeLessThan(2000);
  });

  it("counts the running tasks of all its runs", async () => {
    const executor = new SequentialExecutor();
    const open: (() => void)[] = [];
    const held = op(() => new Promise<void>((resolve) => open.push(resolve)));
    const both = [executor.run(held), executor.run(held)];
    while (open.length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(executor.workers[0]!.running).toBe(2);
    open[0]!();
    await both[0];
    expect(executor.workers[0]!.running).toBe(1);
    open[1]!();
    await both[1];
    expect(executor.workers[0]!.running).toBe(0);
  });
});
