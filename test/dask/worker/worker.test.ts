import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, it } from "vitest";
import { Worker, type WorkerOptions } from "../../../src/dask/worker/worker.ts";
import { op } from "../../../src/index.ts";
import { TestClient } from "../../support/dask-client.ts";
import { describeDask, RELEASES } from "../../support/dask-environment.ts";
import { sharedScheduler, startScheduler } from "../../support/dask-scheduler.ts";
import { eventually, startWorkerProcess, TESTED } from "../../support/dask-workers.ts";

const add = (...numbers: number[]): number => numbers.reduce((sum, number) => sum + number, 0);
const sleepAndGive = async (ms: number, value: number): Promise<number> => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return value;
};

describeDask.each(RELEASES)("workers of a scheduler of release %s", (release) => {
  // All tasks go to workers at once, so that they have to be taken from each other.
  const scheduler = sharedScheduler({
    release,
    config: { "distributed.scheduler.worker-saturation": "inf" },
  });
  const start = (options: WorkerOptions = {}): Promise<Worker> =>
    Worker.start(scheduler().address, { ...TESTED, ...options });
  const connect = (): TestClient => new TestClient(scheduler().address);

  it("run a graph together", async () => {
    await using one = await start();
    await using _other = await start();
    await using client = connect();
    const leaves = Array.from({ length: 40 }, (_, i) => op(add, i, 1));
    const sums = Array.from({ length: 8 }, (_, i) => op(add, ...leaves.slice(5 * i, 5 * i + 5)));
    const total = op(add, ...sums);
    expect(await client.compute(total, leaves[3]!)).toEqual([820, 4]);
    expect(one.status).toBe("running");
    expect(one.address).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/);
    expect(one.name).toBe(one.address);
  });

  it("hand values of all kinds to each other", async () => {
    await using a = await start({ name: "a" });
    await using b = await start({ name: "b" });
    await using client = connect();
    const big = client.submit([op((n: number) => new Float64Array(n).fill(0.5), 300_000)], {
      annotations: { workers: [a.address] },
    });
    const kinds = op(() => ({
      map: new Map([[1, { deep: [1n, "x", null] }]]),
      at: new Date(5),
      bytes: new Uint8Array(3),
    }));
    const seen = op(
      (value: { map: Map<number, { deep: unknown[] }>; at: Date; bytes: Uint8Array }) => [
        value.map.get(1)!.deep[0] === 1n,
        value.at.getTime(),
        value.bytes.length,
        value.bytes instanceof Uint8Array,
      ],
      kinds,
    );
    expect(await client.compute(seen)).toEqual([[true, 5, 3, true]]);
    const [sum] = await client
      .value(big[0]!)
      .then((value) => [(value as Float64Array).reduce((x, y) => x + y)]);
    expect(sum).toBe(150_000);
    expect([a.status, b.status]).toEqual(["running", "running"]);
  });

  it("report failures that TypeScript programs see as they were", async () => {
    await using _worker = await start();
    await using client = connect();
    const failing = op(() => {
      throw Object.assign(new RangeError("no good"), { limit: 5 });
    });
    const [value] = await Promise.allSettled([client.compute(op(add, failing, 1))]);
    expect(value).toMatchObject({ status: "rejected", reason: { message: "no good", limit: 5 } });
    expect((value as PromiseRejectedResult).reason).toBeInstanceOf(RangeError);
  });

  it("take their tasks up again after they were cancelled", async () => {
    await using _worker = await start({ threads: 2 });
    await using client = connect();
    for (let round = 0; round < 5; round++) {
      const slow = op(sleepAndGive, 30, round);
      const keys = client.submit([op(add, slow, 1), slow]);
      client.release(...keys);
      expect(await client.compute(op(add, slow, 1))).toEqual([round + 1]);
    }
  });

  it("take over tasks from a busy one when they join", async () => {
    await using _first = await start();
    await using client = connect();
    const keys = client.submit(Array.from({ length: 30 }, (_, i) => op(sleepAndGive, 50, i)));
    await eventually(() => client.heard.length > 0, "something is finished");
    await using second = await start();
    expect(await Promise.all(keys.map((key) => client.value(key)))).toEqual(keys.map((_, i) => i));
    const held = (await client.client.hasWhat()).get(second.address)!;
    expect(held.length).toBeGreaterThan(0);
  });

  it("hold copies when the scheduler wants them, and give them up", async () => {
    await using a = await start();
    await using b = await start();
    await using client = connect();
    const keys = client.submit(
      Array.from({ length: 6 }, (_, i) => op((n: number) => new Float64Array(20_000).fill(n), i)),
      { annotations: { workers: [a.address] } },
    );
    await client.client.wait(keys);
    await client.client.replicate(keys, { n: 2 });
    const whoHas = await client.client.whoHas(keys);
    for (const key of keys) expect(whoHas.get(key)!.sort()).toEqual([a.address, b.address].sort());
    await client.client.replicate(keys, { n: 1 });
    await eventually(
      async () => [...(await client.client.whoHas(keys)).values()].every((holders) => holders.length === 1),
      "there is one copy of each",
    );
    await client.client.rebalance(keys);
    expect(((await client.value(keys[5]!)) as Float64Array)[19_999]).toBe(5);
    client.release(...keys);
    await eventually(
      async () => [...(await client.client.hasWhat()).values()].every((held) => held.length === 0),
      "nothing is held any more",
    );
  });

  it("compute again what a killed one had", async () => {
    await using _survivor = await start();
    await using victim = await startWorkerProcess(scheduler().address, TESTED);
    await using client = connect();
    const leaves = Array.from({ length: 40 }, (_, i) => op(sleepAndGive, 20, i));
    const keys = client.submit([op(add, ...leaves), ...leaves]);
    await eventually(
      async () => ((await client.client.hasWhat()).get(victim.address)?.length ?? 0) > 3,
      "the victim has something",
    );
    victim.process.kill("SIGKILL");
    const values = await Promise.all(keys.map((key) => client.value(key)));
    expect(values).toEqual([780, ...leaves.keys()]);
  });

  it("hand over what only they have when they are closed", async () => {
    await using client = connect();
    const leaving = await start();
    await using staying = await start();
    const keys = client.submit(
      Array.from({ length: 10 }, (_, i) => op(add, i)),
      { annotations: { workers: [leaving.address], allowOtherWorkers: true } },
    );
    await client.client.wait(keys);
    await leaving.close();
    expect(leaving.status).toBe("closed");
    expect(await leaving.closed).toMatchObject({ reason: "closed" });
    const whoHas = await client.client.whoHas(keys);
    for (const key of keys) expect(whoHas.get(key)).toEqual([staying.address]);
    expect(client.heard.filter((line) => line.startsWith("lost"))).toEqual([]);
    expect(await Promise.all(keys.map((key) => client.value(key)))).toEqual([...keys.keys()]);
  });

  it("finish what they run before they close", async () => {
    await using client = connect();
    const leaving = await start();
    const [key] = client.submit([op(sleepAndGive, 300, 7)]);
    await eventually(
      async () => (await client.client.schedulerInfo()).workers.length === 1 && client.heard.length === 0,
      "it is there",
    );
    await using _staying = await start();
    await leaving.close();
    expect(await client.value(key!)).toBe(7);
  });

  it("are let go by the scheduler", async () => {
    await using client = connect();
    const retired = await start();
    await using _staying = await start();
    expect(await client.client.retireWorkers([retired.address])).toEqual([retired.address]);
    expect(await retired.closed).toMatchObject({ reason: "retired" });
  });

  it("are retired as well if the scheduler removes them without telling them to close", async () => {
    await using client = connect();
    const retired = await start();
    await using _staying = await start();
    await client.client.retireWorkers([retired.address], { close: false, remove: true });
    expect(await retired.closed).toMatchObject({ reason: "retired" });
  });

  it("are told to go when the cluster is restarted", async () => {
    await using client = connect();
    const worker = await start();
    await client.client.restart({ waitForWorkers: false });
    expect(await worker.closed).toMatchObject({ reason: "removed" });
    await worker.close();
    expect(worker.status).toBe("closed");
  });

  it("end when another program asks them to", async () => {
    await using client = connect();
    const worker = await start();
    expect(await client.client.call("proxy", { msg: { op: "terminate" }, worker: worker.address })).toBe(
      "OK",
    );
    expect(await worker.closed).toEqual({ reason: "closed", message: "asked to end" });
  });

  it("say how they are", async () => {
    await using _worker = await start({
      name: "speaking",
      threads: 3,
      resources: { gpu: 2 },
      memoryLimit: "1GB",
    });
    await using client = connect();
    const { workers } = await client.client.schedulerInfo();
    expect(workers).toMatchObject([{ name: "speaking", threads: 3, memoryLimit: 1e9, status: "running" }]);
    expect([...workers[0]!.resources]).toEqual([["gpu", 2]]);
    const metrics = workers[0]!.metrics;
    expect(metrics.get("memory")).toBeGreaterThan(1e7);
    expect(metrics.get("dispatch-graph")).toBeInstanceOf(Map);
    await eventually(
      async () =>
        (await client.client.schedulerInfo()).workers[0]!.metrics.get("time") !== metrics.get("time"),
      "a heartbeat has come",
    );
  });

  it("tell a client that listens of the tasks it watches", async () => {
    await using worker = await start({ name: "telling" });
    await using client = connect();
    const events: unknown[][] = [];
    await client.client.ready;
    const stop = client.client.subscribe("my-run", (event) => {
      const message = event as Map<string, unknown>;
      expect(message.get("name")).toBe("telling");
      expect(message.get("worker")).toBe(worker.address);
      events.push(...(message.get("tasks") as unknown[][]));
    });
    const first = op(add, 1, 2);
    const wishes = { topic: "my-run", isWatched: () => true, isDescribed: () => false };
    const [key] = client.submit([op(add, first, 3)], { wishes });
    expect(await client.value(key!)).toBe(6);
    // All that concerns a task is told before its result is announced.
    expect(events.map(([name, state]) => [String(name).slice(-1), state])).toEqual([
      ["0", "processing"],
      ["0", "memory"],
      ["1", "processing"],
      ["1", "memory"],
    ]);
    stop();
  });

  it("refuse a name that is taken", async () => {
    await using _first = await start({ name: "taken" });
    await expect(start({ name: "taken" })).rejects.toMatchObject({
      code: "ERR_WORKER_START",
      message: expect.stringContaining("name taken"),
    });
  });
});

describeDask("a worker", () => {
  it("is shown on the scheduler's pages", async () => {
    await using scheduler = await startScheduler({ dashboard: true });
    await using worker = await Worker.start(scheduler.address, { ...TESTED, name: "shown" });
    const address = encodeURIComponent(worker.address);
    for (const page of [
      "info/main/workers.html",
      `info/worker/${address}.html`,
      `info/logs/${address}.html`,
    ]) {
      const response = await fetch(new URL(`/${page}`, scheduler.dashboardAddress));
      expect(response.status, page).toBe(200);
      expect(await response.text()).toContain(worker.address);
    }
  });

  it("ends when the scheduler is gone", async () => {
    await using scheduler = await startScheduler({ errorsExpected: true });
    const worker = await Worker.start(scheduler.address, TESTED);
    await scheduler.kill();
    expect(await worker.closed).toMatchObject({ reason: "scheduler-lost" });
    expect(worker.status).toBe("closed");
  });

  it("can be closed where it can hand over nothing, and more than once", async () => {
    await using scheduler = await startScheduler();
    const worker = await Worker.start(scheduler.address, TESTED);
    await using client = new TestClient(scheduler.address);
    expect(await client.compute(op(add, 1, 2))).toEqual([3]);
    await Promise.all([worker.close(), worker.close()]);
    await worker.close();
    expect(worker.status).toBe("closed");
  });

  it("says which port is in use", async () => {
    await using scheduler = await startScheduler();
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    try {
      await expect(Worker.start(scheduler.address, { ...TESTED, port })).rejects.toThrow(
        `cannot listen on tcp://127.0.0.1:${port}: the port is in use`,
      );
    } finally {
      server.close();
    }
  });
});

it("a worker says that there is no scheduler, within the time it was given", async () => {
  // Somebody listens, and does not answer.
  const server = createServer((socket) => socket.resume()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const silent = Worker.start(`127.0.0.1:${port}`, { ...TESTED, connectTimeout: 300 });
  await expect(silent).rejects.toMatchObject({ code: "ERR_SCHEDULER_UNREACHABLE" });
  await new Promise((resolve) => server.close(resolve));
  const absent = Worker.start(`127.0.0.1:${port}`, { ...TESTED, connectTimeout: 300 });
  await expect(absent).rejects.toThrow(`no dask scheduler at tcp://127.0.0.1:${port} within 300 ms: `);
});

it("a worker can be closed while it starts", async () => {
  const worker = new Worker("127.0.0.1:1", { ...TESTED, connectTimeout: 60_000 });
  const starting = worker.start();
  await Promise.all([expect(starting).rejects.toThrow("closed while it started"), worker.close()]);
  expect(worker.status).toBe("closed");
  expect(await worker.closed).toMatchObject({ reason: expect.any(String) });
});
