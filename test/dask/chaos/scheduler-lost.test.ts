import { expect, it } from "vitest";
import { ChaosWorkers } from "../../../scripts/dask/chaos-workers.ts";
import { SchedulerClient } from "../../../src/dask/client/scheduler-client.ts";
import { DaskExecutor } from "../../../src/dask/executor/dask-executor.ts";
import { SchedulerLostError } from "../../../src/errors.ts";
import { op } from "../../../src/index.ts";
import { describeDask, RELEASES } from "../../support/dask-environment.ts";
import { startScheduler } from "../../support/dask-scheduler.ts";

const forever = () => new Promise<number>(() => {});

describeDask.each(RELEASES)("when the scheduler of release %s is killed", (release) => {
  it("runs, clients and workers end, and say why", async () => {
    await using scheduler = await startScheduler({ release, errorsExpected: true });
    const { address } = scheduler;
    const workers = new ChaosWorkers({ scheduler: address, worker: { memoryLimit: 0 } });
    try {
      const { process, output } = await workers.start("worker");
      await using client = new SchedulerClient(address);
      await using executor = new DaskExecutor(address);
      await client.ready;
      const begun = new Promise<void>((resolve) =>
        executor.on("task", ({ to }) => to === "processing" && resolve()),
      );
      const running = executor.collect(op(forever)).catch((error: unknown) => error);
      const waiting = client.waitForWorkers(2, { timeout: 60_000 }).catch((error: unknown) => error);
      await begun;

      await scheduler.kill();

      for (const error of [await running, await waiting, await client.closed]) {
        expect(error).toBeInstanceOf(SchedulerLostError);
        expect((error as Error).message).toContain(address);
      }
      await expect(client.whoHas()).rejects.toThrow(SchedulerLostError);
      expect(await process.exited).toMatchObject({ code: 1, signal: null });
      const [, ...lines] = output.join("").trim().split("\n");
      expect(lines).toEqual([expect.stringContaining(`ended: the connection to ${address} was`)]);
    } finally {
      await workers.close();
    }
  });
});
