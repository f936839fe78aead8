import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DaskExecutor } from "../../../src/dask/executor/dask-executor.ts";
import { LocalCluster } from "../../../src/dask/local-cluster/local-cluster.ts";
import { SchedulerUnreachableError } from "../../../src/errors.ts";
import { op } from "../../../src/index.ts";
import { groups } from "../../../src/testing/contract/groups.ts";
import { executorContract } from "../../../src/testing/executor-contract.ts";
import { describeDask, pythonOf, RELEASES } from "../../support/dask-environment.ts";

/** In these, tasks share variables with the test. */
const inside = groups.filter(({ name }) => name.endsWith(", seen from inside"));

describeDask.each(RELEASES)("on a cluster of release %s", (release) => {
  // In processes of their own: the contract looks for what the executor leaves behind in this one.
  let cluster: LocalCluster;
  beforeAll(async () => {
    cluster = await LocalCluster.start({
      workers: 2,
      python: pythonOf(release),
      // With dask's queuing, a graph of 2,000 tasks takes seconds here.
      config: { "distributed.scheduler.validate": true, "distributed.scheduler.worker-saturation": "inf" },
      quiet: true,
    });
  });
  afterAll(() => cluster.close());

  executorContract({
    name: "DaskExecutor",
    create: (options) => new DaskExecutor(cluster, options),
    describe,
    it,
    skip: [
      ...inside.map(({ name }) => ({ test: name, reason: "tasks run in other threads or processes" })),
      { test: "priorities", reason: "of two workers each has an order of its own; see cluster-run.test.ts" },
    ],
  });
});

describe("a DaskExecutor without a scheduler", () => {
  it("lets go of runs, and says for each why it failed", async () => {
    await using executor = new DaskExecutor("tcp://127.0.0.1:9", { timeout: 200 });
    for (let i = 0; i < 2; i++) {
      await expect(executor.run(op((n: number) => n, i))).rejects.toThrow(SchedulerUnreachableError);
      expect(executor.stats().runs).toBe(0);
    }
  });

  it("keeps nothing of them", async () => {
    await using executor = new DaskExecutor("tcp://127.0.0.1:9", { timeout: 50 });
    const refs: WeakRef<object>[] = [];
    const lose = async (): Promise<void> => {
      const data = { large: new Uint8Array(1000) };
      refs.push(new WeakRef(data));
      await executor.run(op((given: object) => given, data)).catch(() => {});
    };
    await lose();
    await lose();
    await expect
      .poll(() => {
        globalThis.gc?.();
        return refs.filter((ref) => ref.deref() !== undefined).length;
      })
      .toBe(0);
  });
});
