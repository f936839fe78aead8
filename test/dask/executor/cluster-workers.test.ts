import { expect, it } from "vitest";
import { DaskExecutor } from "../../../src/dask/executor/dask-executor.ts";
import { Worker } from "../../../src/dask/worker/worker.ts";
import { ExecutorError, op } from "../../../src/index.ts";
import { delayed } from "../../../src/op.ts";
import { TestClient } from "../../support/dask-client.ts";
import { startCluster } from "../../support/dask-cluster.ts";
import { describeDask } from "../../support/dask-environment.ts";

const add = (a: number, b: number): number => a + b;

describeDask("the workers of a cluster", () => {
  it("are those that the scheduler has, whoever comes and goes", async () => {
    await using cluster = await startCluster({ workers: 1, workerOptions: { closeTimeout: 300 } });
    await using executor = new DaskExecutor(cluster.address);
    expect(executor.workers).toEqual([]);
    await executor.run(op(add, 1, 2));
    expect(executor.workers).toMatchObject([
      { id: "worker-0", address: cluster.workers[0]!.address, bytesSpilled: 0 },
    ]);
    const late = await Worker.start(cluster.address, { name: "late", quiet: true, closeTimeout: 300 });
    // The scheduler is asked while there is something to run.
    const running = executor.run(delayed(() => new Promise<number>(() => {}), { label: "endless" })());
    running.catch(() => {});
    const names = (): readonly string[] => executor.workers.map(({ id }) => id).toSorted();
    await expect.poll(names, { timeout: 5000 }).toEqual(["late", "worker-0"]);
    await late.close();
    await expect.poll(names, { timeout: 5000 }).toEqual(["worker-0"]);
  });

  it("can be chosen by name and address, and must be there", async () => {
    await using cluster = await startCluster();
    await using executor = new DaskExecutor(cluster.address);
    const where = async (name: string): Promise<unknown> => {
      const ran: unknown[] = [];
      executor.on("task", ({ to, worker }) => to === "processing" && ran.push(worker));
      await executor.run(Array.from({ length: 4 }, (_, i) => delayed(add, { workers: [name] })(i, 1)));
      return [...new Set(ran)];
    };
    expect(await where("worker-1")).toEqual(["worker-1"]);
    expect(await where(cluster.workers[0]!.address)).toContain("worker-0");
    await expect(executor.run(delayed(add, { workers: ["nobody"] })(1, 2))).rejects.toThrow(ExecutorError);
    await expect(executor.run(delayed(add, { workers: ["nobody"] })(1, 2))).rejects.toThrow(
      /"nobody".*worker-0/,
    );
  });

  it("must have what a task needs together", async () => {
    await using cluster = await startCluster({ workers: 1 });
    const other = await Worker.start(cluster.address, {
      name: "other",
      quiet: true,
      closeTimeout: 300,
      resources: { GPU: 1 },
    });
    await using executor = new DaskExecutor(cluster.address);
    expect(await executor.collect(delayed(add, { workers: ["other"], resources: { GPU: 1 } })(1, 2))).toBe(3);
    const apart = delayed(add, { workers: ["worker-0"], resources: { GPU: 1 }, label: "apart" })(1, 2);
    await expect(executor.run(apart)).rejects.toThrow(/"apart"/);
    await other.close();
  });

  it("end the runs that only they could do when they leave", async () => {
    await using cluster = await startCluster({ workerOptions: { closeTimeout: 300 } });
    await using executor = new DaskExecutor(cluster.address);
    const options = { workers: ["worker-1"], label: "endless" };
    const running = executor.run(delayed(() => new Promise<number>(() => {}), options)());
    running.catch(() => {});
    const begun = new Promise<void>((resolve) =>
      executor.on("task", ({ to }) => to === "processing" && resolve()),
    );
    await begun;
    await cluster.workers[1]!.close();
    await expect(running).rejects.toThrow(/all workers were removed that "endless" may run on/);
  });

  it("can be followed while somebody replicates results, of which the scheduler cannot tell", async () => {
    await using cluster = await startCluster();
    await using executor = new DaskExecutor(cluster.address);
    const [result] = await executor.run([op(add, 1, 2)]);
    await using client = new TestClient(cluster.address);
    const [key] = client.submit([op(add, 3, 4)]);
    await client.client.replicate([key!]);
    expect(await client.client.whoHas([key!])).toEqual(
      new Map([[key, expect.objectContaining({ length: 2 })]]),
    );
    // It has the same connection still: results would be gone with it.
    expect(await result!.fetch()).toBe(3);
  });
});
