import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { SchedulerClient } from "../../../src/dask/client/scheduler-client.ts";
import { DaskExecutor, type DaskExecutorOptions } from "../../../src/dask/executor/dask-executor.ts";
import { CancelledError, NoWorkerError, SchedulerLostError } from "../../../src/errors.ts";
import { DataNode, DependencyError, delayed, op, TimeoutError } from "../../../src/index.ts";
import { sharedCluster, startCluster } from "../../support/dask-cluster.ts";
import { describeDask, NEWEST } from "../../support/dask-environment.ts";
import { runPython, startScheduler } from "../../support/dask-scheduler.ts";

const add = (a: number, b: number): number => a + b;

describeDask("a run on a cluster", () => {
  const cluster = sharedCluster();
  const executorOf = (options?: DaskExecutorOptions): DaskExecutor =>
    new DaskExecutor(cluster().address, options);

  /** The keys that any worker holds. */
  async function heldKeys(): Promise<string[]> {
    await using client = new SchedulerClient(cluster().address);
    return [...(await client.hasWhat()).values()].flat();
  }

  it("leaves only outputs behind, and those until they are released", async () => {
    await using executor = executorOf();
    const leaves = Array.from({ length: 20 }, (_, i) => op(add, i, 1));
    const fill = (...all: number[]): Float64Array => new Float64Array(20_000).fill(Math.max(...all));
    const chunk = await executor.compute(op(fill, ...leaves));
    await expect.poll(async () => (await heldKeys()).map((key) => key.split("-")[0])).toEqual(["fill"]);
    expect((await chunk.fetch()).at(-1)).toBe(20);
    chunk.release();
    await expect.poll(heldKeys).toEqual([]);
  });

  it("leaves nothing behind when it has failed", async () => {
    await using executor = executorOf();
    const fails = op(
      (n: number): number => {
        throw new RangeError(`${n}`);
      },
      op(add, 1, 2),
    );
    await expect(executor.run([fails, op(add, 3, 4)])).rejects.toThrow(DependencyError);
    const [failed, good] = await executor.run([op(add, fails, 1), op(add, 3, 4)], { throwError: false });
    expect(failed.unwrapError().path).toEqual(["anonymous", "add"]);
    expect(await good.fetch()).toBe(7);
    good.node.release();
    await expect.poll(heldKeys).toEqual([]);
  });

  it("leaves small outputs nowhere but here", async () => {
    await using executor = executorOf();
    const chunk = await executor.compute(op(add, 1, 2));
    await expect.poll(heldKeys).toEqual([]);
    expect(await executor.collect(op(add, chunk, await chunk.fetch()))).toBe(6);
  });

  it("leaves what is persistent, or cached, on the cluster, however small", async () => {
    await using executor = executorOf();
    const nodes = [
      delayed(add, { persist: true, label: "persistent" })(1, 2),
      delayed(add, { cache: true, label: "cached" })(1, 2),
    ];
    await executor.run(nodes);
    await expect
      .poll(async () => (await heldKeys()).map((key) => key.split("-")[0]).toSorted())
      .toEqual(["cached", "persistent"]);
    expect(await Promise.all(nodes.map((node) => node.fetch()))).toEqual([3, 3]);
  });

  it("takes arguments and results of any size and kind", async () => {
    await using executor = executorOf();
    const array = Float64Array.from({ length: 300_000 }, (_, i) => i);
    const values = new DataNode(
      new Map<unknown, unknown>([
        ["a", new Date(5)],
        [{}, 5n],
      ]),
    );
    const both = op(
      (a: Float64Array, b: Map<unknown, unknown>) => ({ a: a.map((n) => n * 2), b }),
      array,
      values,
    );
    const { a, b } = await executor.collect(both);
    expect(a).toBeInstanceOf(Float64Array);
    expect(a[299_999]).toBe(599_998);
    expect([...b.values()]).toEqual([new Date(5), 5n]);
  });

  it("tries a task that took too long again, under another key", async () => {
    await using executor = executorOf({
      retries: 2,
      retryOn: (error) => error instanceof TimeoutError,
      backoff: { first: 10 },
    });
    const directory = mkdtempSync(join(tmpdir(), "dispatch-graph-"));
    try {
      const attempt = delayed(
        async (path: string, n: number): Promise<number> => {
          const { appendFileSync, readFileSync } = await import("node:fs");
          appendFileSync(path, "x");
          if (readFileSync(path, "utf8").length === 1) for (;;);
          return n + 1;
        },
        { label: "slow", timeout: 700 },
      );
      const input = op(add, 1, 1);
      const output = op(add, attempt(`${directory}/attempts`, input), 10);
      expect(await executor.collect(output)).toBe(13);
    } finally {
      rmSync(directory, { recursive: true });
    }
    await expect.poll(heldKeys).toEqual([]);
  });

  it("ends when another client cancels what it needs", async () => {
    await using executor = executorOf();
    const running = executor.run(
      op(add, delayed(() => new Promise<number>(() => {}), { label: "endless" })(), 1),
    );
    running.catch(() => {});
    await using client = new SchedulerClient(cluster().address);
    const processing = async (): Promise<string[]> => {
      const reply = (await client.call("processing")) as Map<string, string[]>;
      return [...reply.values()].flat();
    };
    await expect.poll(async () => (await processing()).length).toBe(1);
    const [key] = await processing();
    await runPython(
      NEWEST,
      `from distributed import Client, Future
client = Client(sys.argv[1])
client.cancel([Future(sys.argv[2], client)], force=True)
print("null")`,
      cluster().address,
      // The output: what nobody wants by itself cannot be cancelled by itself.
      key!.replace("endless", "add").replace(/-0$/, "-1"),
    );
    await expect(running).rejects.toMatchObject({ cause: expect.any(CancelledError) });
  });

  it("starts what is important first", async () => {
    await using executor = executorOf();
    const priorities = [0, 5, -5, 10, 0, 10];
    const gate = delayed((): Promise<number> => new Promise((resolve) => setTimeout(resolve, 200, 0)), {
      label: "gate",
    });
    const workers = ["worker-0"];
    const first = gate().with({ workers });
    const nodes = priorities.map((priority, i) =>
      delayed(add, { label: `n${i}`, priority, workers })(first, i),
    );
    const order: string[] = [];
    executor.on("task", ({ label, to }) => to === "processing" && label.startsWith("n") && order.push(label));
    await executor.run(nodes);
    expect(order.map((label) => priorities[Number(label.slice(1))])).toEqual(
      priorities.toSorted((a, b) => b - a),
    );
  });
});

describeDask("a run on a cluster that is lost", () => {
  it("waits for workers for a while, and then says that there is none", async () => {
    await using scheduler = await startScheduler();
    await using executor = new DaskExecutor(scheduler.address, { noWorkerTimeout: 500 });
    await expect(executor.run(op(add, 1, 2))).rejects.toThrow(NoWorkerError);
  });

  it("ends when the scheduler is killed", async () => {
    await using cluster = await startCluster({ errorsExpected: true });
    await using executor = new DaskExecutor(cluster.address);
    const small = await executor.compute(op(add, 1, 2));
    const large = await executor.compute(op(() => new Float64Array(20_000)));
    const running = executor.run(delayed(() => new Promise<number>(() => {}), { label: "endless" })());
    running.catch(() => {});
    await cluster.scheduler.kill();
    await expect(running).rejects.toThrow(SchedulerLostError);
    await expect(large.fetch()).rejects.toThrow(SchedulerLostError);
    // It had come along.
    expect(await small.fetch()).toBe(3);
  });
});
