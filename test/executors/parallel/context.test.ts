import { setTimeout as sleep } from "node:timers/promises";
import { delayed, op, taskContext } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { KINDS, shared } from "../../support/parallel.ts";

/** What a task sees of itself. */
const seen = () => {
  const context = taskContext();
  return context === undefined
    ? undefined
    : {
        key: context.key,
        label: context.label,
        worker: context.worker,
        isAborted: context.signal.aborted,
        isSignal: context.signal instanceof AbortSignal,
      };
};

describe.each(KINDS)("on %s", (kind) => {
  const given = shared(kind);

  it.each(["worker-1", "worker-2"])("a task knows that it runs on %s, and its label", async (id) => {
    const found = await given.executor.collect(delayed(seen, { label: "me", workers: [id] })());
    expect(found).toEqual({
      key: expect.any(String),
      label: "me",
      worker: id,
      isAborted: false,
      isSignal: true,
    });
  });

  it("keys are different in one run", async () => {
    const nodes = Array.from({ length: 20 }, () => op(() => taskContext()!.key));
    const keys = await given.executor.collect(op((all: string[]) => all, nodes));
    expect(new Set(keys).size).toBe(20);
  });

  it("async functions know it after every step, also when others run meanwhile", async () => {
    const steps = async (n: number) => {
      const labels: unknown[] = [];
      for (let i = 0; i < n; i++) {
        labels.push(taskContext()?.label);
        await sleep(0);
        labels.push(taskContext()?.label);
        await Promise.resolve();
      }
      return labels;
    };
    const nodes = ["a", "b", "c", "d"].map((label) => delayed(steps, { label })(3));
    const found = await given.executor.collect(op((all: unknown[][]) => all, nodes));
    expect(found).toEqual(["a", "b", "c", "d"].map((label) => new Array(6).fill(label)));
  });

  it("helpers that a task calls see the task's", async () => {
    const inner = () => taskContext()?.label;
    const outer = () => [inner(), inner()];
    expect(await given.executor.collect(delayed(outer, { label: "outer" })())).toEqual(["outer", "outer"]);
  });

  it("a timer of a task that is over sees none", async () => {
    const first = () => {
      Object.assign(globalThis, {
        late: new Promise((resolve) => setTimeout(() => resolve(taskContext()), 0)),
      });
    };
    const second = (_: unknown) => (globalThis as unknown as { late: Promise<unknown> }).late;
    const pin = { workers: ["worker-1"] };
    expect(await given.executor.collect(delayed(second, pin)(delayed(first, pin)()))).toBeUndefined();
  });
});
