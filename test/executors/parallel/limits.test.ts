import { writeFileSync } from "node:fs";
import { DependencyError, delayed, op, TimeoutError, taskContext } from "dispatch-graph";
import { describe, expect, it, vi } from "vitest";
import { failure, fresh, KINDS, type Kind, Marks, WAIT, workerOf } from "../../support/parallel.ts";
import { hang, loop, loopOnce, whereAmI } from "./fixtures/tasks.ts";

const double = (x: number) => 2 * x;

const idle = (executor: ReturnType<typeof fresh>) =>
  vi.waitFor(() => expect(executor.workers.every(({ running }) => running === 0)).toBe(true), WAIT);

/** Which thread or process is at work in this place. */
const locate = (executor: ReturnType<typeof fresh>, id: string) =>
  executor.collect(delayed(whereAmI, { workers: [id] })());

describe.each(KINDS)("on %s", (kind: Kind) => {
  it("a task that loops for ever ends by the timeout of its node", async () => {
    const executor = fresh(kind);
    const node = delayed(loop, { label: "loops", timeout: 50 })();
    const error = await failure(executor.run(node), DependencyError, '"loops"', "50 ms");
    expect(error.cause).toBeInstanceOf(TimeoutError);
    expect(await executor.collect(op(double, 1))).toBe(2);
    await idle(executor);
  });

  it("a task that waits for ever ends by the timeout of its node, and its worker stays", async () => {
    const executor = fresh(kind, { workers: 1 });
    const before = await locate(executor, "worker-1");
    const waits = () =>
      new Promise<string>((_, reject) => {
        const signal = taskContext()!.signal;
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    const error = await failure(
      executor.run(delayed(waits, { label: "waits", timeout: 50 })()),
      DependencyError,
      '"waits"',
      "50 ms",
    );
    expect(error.cause).toBeInstanceOf(TimeoutError);
    expect(await locate(executor, "worker-1")).toBe(before);
  });

  it("a task that loops is tried again if its retries say so", async () => {
    const executor = fresh(kind, { backoff: { first: 1 } });
    const isTimeout = (error: Error) => error instanceof TimeoutError;
    const node = delayed(loopOnce<number>, { timeout: 50, retries: 1, retryOn: isTimeout })(
      new Marks().path("looped"),
      7,
    );
    expect(await executor.collect(node)).toBe(7);
  });

  it("the limit of a node counts from the beginning of its task", async () => {
    const executor = fresh(kind, { workers: 1 });
    const busy = (ms: number) => {
      const end = performance.now() + ms;
      while (performance.now() < end);
      return ms;
    };
    const nodes = Array.from({ length: 6 }, () => delayed(busy, { timeout: 400 })(100));
    const results = await executor.run(nodes, { throwError: false });
    expect(results.map(({ error }) => error)).toEqual(nodes.map(() => undefined));
  });

  it("a run that loops ends by its timeout, and the worker is free again", async () => {
    const executor = fresh(kind, { workers: 1 });
    const before = await locate(executor, "worker-1");
    await failure(executor.run(op(loop), { timeout: 100 }), TimeoutError, "the run", "100 ms");
    expect(await executor.collect(op(double, 1))).toBe(2);
    expect(await locate(executor, "worker-1")).not.toBe(before);
  });

  it("a run that loops ends by its signal, and the worker is free again", async () => {
    const executor = fresh(kind, { workers: 1 });
    const marks = new Marks();
    const controller = new AbortController();
    const running = executor.run([op(loop, marks.path("loops")), op(double, 1)], {
      signal: controller.signal,
    });
    await marks.seen("loops");
    const reason = new RangeError("enough");
    controller.abort(reason);
    expect(await running.catch((error: unknown) => error)).toBe(reason);
    expect(await executor.collect(op(double, 1))).toBe(2);
    expect(executor.stats()).toMatchObject({ bytesHeld: 0, runs: 0 });
  });

  it("a task that another one's failure makes useless is stopped", async () => {
    const executor = fresh(kind);
    const marks = new Marks();
    const fail = (mark: string) => {
      while (!process.getBuiltinModule("node:fs").existsSync(mark));
      throw new RangeError("the other");
    };
    await failure(
      executor.run([op(loop, marks.path("loops")), op(fail, marks.path("loops"))]),
      DependencyError,
      "the other",
    );
    await idle(executor);
    expect(await Promise.all([locate(executor, "worker-1"), locate(executor, "worker-2")])).toHaveLength(2);
  });

  it("what is stopped costs others neither their tasks nor their results", async () => {
    const executor = fresh(kind, { workers: 1, concurrency: 2 });
    const marks = new Marks();
    const kept = await executor.compute(op((n: number) => new Float64Array(n).fill(2), 20_000));
    const controller = new AbortController();
    const slow = (mark: string, go: string, x: number) => {
      const fs = process.getBuiltinModule("node:fs");
      fs.appendFileSync(mark, "x");
      return new Promise<number>((resolve) => {
        const timer = setInterval(() => {
          if (!fs.existsSync(go)) return;
          clearInterval(timer);
          resolve(x);
        }, 2);
      });
    };
    const other = executor.collect(op(double, op(slow, marks.path("slow"), marks.path("go"), 21)));
    await marks.seen("slow");
    const stopped = executor.run(op(loop, marks.path("loops")), { signal: controller.signal });
    await marks.seen("loops");
    controller.abort(new RangeError("enough"));
    await failure(stopped, RangeError, "enough");
    writeFileSync(marks.path("go"), "");
    expect(await other).toBe(42);
    expect(await marks.seen("slow")).toBe("xx");
    expect((await kept.fetch())[19_999]).toBe(2);
  });

  it("a task that listens to its signal saves its worker", async () => {
    const executor = fresh(kind, { workers: 1 });
    const before = await locate(executor, "worker-1");
    const marks = new Marks();
    const polite = async (begun: string, told: string) => {
      const fs = process.getBuiltinModule("node:fs");
      fs.writeFileSync(begun, "");
      const { signal } = taskContext()!;
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      fs.writeFileSync(told, `${signal.reason.name}: ${signal.reason.message}`);
    };
    const controller = new AbortController();
    const running = executor.run(op(polite, marks.path("begun"), marks.path("told")), {
      signal: controller.signal,
    });
    await marks.seen("begun");
    controller.abort(new RangeError("enough"));
    await failure(running, RangeError, "enough");
    await vi.waitFor(async () => expect(await marks.seen("told")).toBe("RangeError: enough"), WAIT);
    await idle(executor);
    expect(await locate(executor, "worker-1")).toBe(before);
  });

  it("a task that waits and does not listen goes with its worker, if that is needed", async () => {
    const executor = fresh(kind, { workers: 1 });
    const marks = new Marks();
    const controller = new AbortController();
    const running = executor.run(op(hang, marks.path("hangs")), { signal: controller.signal });
    await marks.seen("hangs");
    controller.abort();
    expect(await running.catch((error: Error) => error.name)).toBe("AbortError");
    expect(await executor.collect(op(double, 1))).toBe(2);
    await idle(executor);
  });

  it("a run aborted while workers start leaves them usable", async () => {
    const executor = fresh(kind);
    const controller = new AbortController();
    const running = executor.run(op(loop), { signal: controller.signal });
    controller.abort(new RangeError("at once"));
    await failure(running, RangeError, "at once");
    expect(await executor.collect(op(double, 3))).toBe(6);
  });

  it("closing stops what loops", async () => {
    const executor = fresh(kind);
    const marks = new Marks();
    const running = executor.run(op(loop, marks.path("loops")));
    await marks.seen("loops");
    const { pid, threadId } = workerOf(executor, "worker-1");
    expect(pid).toBeGreaterThan(0);
    expect(threadId === undefined).toBe(kind === "processes");
    const settled = failure(running, Error, "closed");
    await executor.close();
    await settled;
    expect(executor.stats()).toMatchObject({ bytesHeld: 0, runs: 0 });
  });
});
