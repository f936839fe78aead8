import { expect, it } from "vitest";
import { Worker } from "../../../src/dask/worker/worker.ts";
import { op } from "../../../src/index.ts";
import { TestClient } from "../../support/dask-client.ts";
import { describeDask } from "../../support/dask-environment.ts";
import { sharedScheduler } from "../../support/dask-scheduler.ts";
import { TESTED } from "../../support/dask-workers.ts";

const add = (...numbers: number[]): number => numbers.reduce((sum, number) => sum + number, 0);

describeDask("the engine of a worker", () => {
  const scheduler = sharedScheduler({ config: { "distributed.scheduler.worker-saturation": "inf" } });

  it("outlives its threads, and names a task that ends them again and again", async () => {
    await using worker = await Worker.start(scheduler().address, { ...TESTED, threads: 2 });
    await using client = new TestClient(scheduler().address);
    const fine = client.submit(Array.from({ length: 50 }, (_, i) => op(add, i)));
    const [deadly] = client.submit([op(() => process.exit(3))]);
    await expect(client.value(deadly!)).rejects.toThrow("exited with code 3");
    expect(await Promise.all(fine.map((key) => client.value(key)))).toEqual([...fine.keys()]);
    expect(await client.compute(op(add, 1, 2))).toEqual([3]);
    expect(worker.status).toBe("running");
  });

  it("runs many tiny tasks, and a long one among them, with more orders than threads", async () => {
    await using _worker = await Worker.start(scheduler().address, { ...TESTED, threads: 2 });
    await using client = new TestClient(scheduler().address);
    const tiny = Array.from({ length: 1500 }, (_, i) => op(add, i, 1));
    const long = op(async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return 5;
    });
    expect(await client.compute(op(add, ...tiny), long)).toEqual([1500 + (1499 * 1500) / 2, 5]);
  });

  it("lets others have what was sent ahead and waits behind long tasks", async () => {
    await using busy = await Worker.start(scheduler().address, TESTED);
    await using client = new TestClient(scheduler().address);
    await client.compute(op(add, ...Array.from({ length: 1000 }, (_, i) => op(add, i, 1))));
    const slow = async (ms: number, value: number): Promise<number> => {
      await new Promise((resolve) => setTimeout(resolve, ms));
      return value;
    };
    const keys = client.submit(Array.from({ length: 30 }, (_, i) => op(slow, 100, i)));
    await expect.poll(() => client.heard.length, { interval: 10 }).toBeGreaterThan(1);
    await using idle = await Worker.start(scheduler().address, TESTED);
    expect(await Promise.all(keys.map((key) => client.value(key)))).toEqual([...keys.keys()]);
    const held = await client.client.hasWhat();
    expect(held.get(idle.address)!.length).toBeGreaterThan(3);
    expect(busy.status).toBe("running");
  });

  it("stops what runs when nobody wants it any more", async () => {
    await using worker = await Worker.start(scheduler().address, TESTED);
    await using client = new TestClient(scheduler().address);
    const [endless] = client.submit([op(() => new Promise(() => {}))]);
    await expect
      .poll(
        async () =>
          ((await client.client.call("processing")) as Map<string, unknown[]>).get(worker.address)?.length,
      )
      .toBe(1);
    client.release(endless!);
    expect(await client.compute(op(add, 1, 2))).toEqual([3]);
  });
});
