import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { op } from "../../../src/index.ts";
import { TestClient } from "../../support/dask-client.ts";
import { describeDask } from "../../support/dask-environment.ts";
import { sharedScheduler } from "../../support/dask-scheduler.ts";
import { eventually, startWorkerProcess, TESTED, WorkerProcess } from "../../support/dask-workers.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "worker-main-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const MB = 1e6;
const array = (mark: number, bytes: number): Uint8Array => new Uint8Array(bytes).fill(mark);
const lastOf = (...arrays: Uint8Array[]): number[] => arrays.map((one) => one.at(-1)!);

describeDask("a worker process", () => {
  const scheduler = sharedScheduler();

  it("says where it is when it has joined, and ends gracefully", async () => {
    await using worker = await startWorkerProcess(scheduler().address, { ...TESTED, name: "polite" });
    expect(worker.address).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/);
    await using client = new TestClient(scheduler().address);
    const [key] = client.submit([op(array, 5, 10)]);
    await client.client.wait([key!]);
    // Nobody else would do the same for the terminal.
    worker.process.kill("SIGINT");
    worker.process.kill("SIGTERM");
    worker.process.kill("SIGTERM");
    expect(await worker.exited).toEqual({ code: 0, signal: null });
    expect(worker.output).toBe("");
  });

  it("ends with its parent, and leaves no files", async () => {
    const localDirectory = join(root, "parent");
    const options = { ...TESTED, localDirectory, memoryLimit: "300MB" };
    await using worker = await startWorkerProcess(scheduler().address, options);
    await using client = new TestClient(scheduler().address);
    const keys = client.submit(Array.from({ length: 15 }, (_, i) => op(array, i, 20 * MB)));
    await client.client.wait(keys);
    await eventually(() => filesIn(localDirectory).length > 3, "something has been spilled");
    worker.process.disconnect();
    expect(await worker.exited).toEqual({ code: 1, signal: null });
    expect(filesIn(localDirectory)).toEqual([]);
  });

  it("puts results on disk that memory has no room for, and computes with them all the same", async () => {
    const localDirectory = join(root, "spill");
    const options = { ...TESTED, localDirectory, memoryLimit: "300MB" };
    await using worker = await startWorkerProcess(scheduler().address, options);
    await using client = new TestClient(scheduler().address);
    const arrays = Array.from({ length: 20 }, (_, i) => op(array, i, 20 * MB));
    const keys = client.submit(arrays);
    await client.client.wait(keys);
    await eventually(async () => {
      const { metrics } = (await client.client.schedulerInfo()).workers[0]!;
      return Number((metrics.get("spilled_bytes") as Map<string, number>).get("disk")) > 100 * MB;
    }, "the scheduler knows that much has been spilled");
    for (const [i, key] of keys.entries()) {
      if (i % 5 === 0) expect(((await client.value(key)) as Uint8Array).at(-1)).toBe(i);
    }
    client.release(...keys);
    expect(await client.compute(op(lastOf, ...arrays.slice(0, 8)))).toEqual([[0, 1, 2, 3, 4, 5, 6, 7]]);
    worker.process.kill("SIGTERM");
    expect((await worker.exited).code).toBe(0);
    expect(filesIn(localDirectory)).toEqual([]);
  });

  it("begins nothing while it takes too much memory", async () => {
    // Node alone takes more.
    const options = { ...TESTED, localDirectory: join(root, "pause"), memoryLimit: "40MB" };
    await using worker = await startWorkerProcess(scheduler().address, options);
    await using client = new TestClient(scheduler().address);
    await eventually(
      async () => (await client.client.schedulerInfo()).workers[0]!.status === "paused",
      "the scheduler knows that it is paused",
    );
    expect(worker.output).toMatch(/^worker: paused: no task begins; the process takes \d+ MB of 40 MB/m);
  });

  it("does not join if its parent is gone before that", async () => {
    await using worker = new WorkerProcess(scheduler().address, { ...TESTED, name: "orphan" });
    worker.process.disconnect();
    expect(await worker.exited).toEqual({ code: 1, signal: null });
    expect(worker.output).toBe("");
    expect(scheduler().log()).not.toContain("orphan");
  });

  it("says in one line why it cannot start", async () => {
    await using absent = new WorkerProcess("tcp://127.0.0.1:1", { ...TESTED, connectTimeout: 100 });
    expect(await absent.exited).toEqual({ code: 1, signal: null });
    expect(absent.output).toBe(
      "no dask scheduler at tcp://127.0.0.1:1 within 100 ms: cannot connect to tcp://127.0.0.1:1: nobody listens there (ECONNREFUSED)\n",
    );
  });

  it("ends with an error if the cluster is restarted", async () => {
    await using worker = await startWorkerProcess(scheduler().address, TESTED);
    await using client = new TestClient(scheduler().address);
    await client.client.restart({ waitForWorkers: false });
    expect((await worker.exited).code).toBe(1);
    expect(worker.output).toMatch(/^worker: ended: the scheduler said so \(scheduler-remove-worker\)\n$/);
  });
});

function filesIn(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}
