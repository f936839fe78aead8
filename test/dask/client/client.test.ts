import { describe, expect, it } from "vitest";
import { Client } from "../../../src/dask/client/client.ts";
import { CancelledError, DependencyError, ExecutorError, NoWorkerError } from "../../../src/errors.ts";
import { delayed, op } from "../../../src/index.ts";
import type { DispatchNode } from "../../../src/nodes/node.ts";
import { sharedCluster } from "../../support/dask-cluster.ts";
import { describeDask, RELEASES } from "../../support/dask-environment.ts";

const plus = (a: number, b: number): number => a + b;
const square = (x: number): number => x * x;

describeDask.each(RELEASES)("a client of %s", (release) => {
  const cluster = sharedCluster({ release });

  it("brings the results of nodes in their order", async () => {
    await using client = new Client(cluster());
    const three = op(plus, 1, 2);
    const nine = op(square, three);
    expect(await client.gather([nine, three, nine])).toEqual([9, 3, 9]);
    expect(await client.gather(nine)).toBe(9);
    expect(client.status).toBe("running");
  });

  it("computes a node once, and others with it", async () => {
    await using client = new Client(cluster());
    const chance = op(() => Math.random());
    client.submit(chance);
    client.submit(chance);
    const key = client.keyOf(chance);
    const twice = op((x: number) => 2 * x, chance);
    const [first, double] = await client.gather([chance, twice]);
    expect(double).toBe(2 * first);
    expect(client.keyOf(chance)).toBe(key);
    expect(await client.gather(chance)).toBe(first);
  });

  it("maps, and takes values apart", async () => {
    await using client = new Client(cluster());
    const pairs = client.map(
      (x: number, y: number): [number, number] => [x + y, x * y],
      [1, 2, 3],
      [4, 5, 6],
    );
    const products = pairs.map(([, product]) => product);
    expect(await client.gather(products)).toEqual([4, 10, 18]);
  });

  it("puts values at workers", async () => {
    await using client = new Client(cluster());
    const big = new Float64Array(100_000).fill(0.5);
    const [numbers, word] = await client.scatter<Float64Array | string>([big, "word"]);
    const sum = op((of: unknown) => (of as Float64Array).reduce((a, b) => a + b, 0), numbers!);
    expect(await client.gather([sum, word!])).toEqual([50_000, "word"]);
    expect((await client.whoHas(numbers!)).get(numbers!)).toHaveLength(1);
    await client.replicate(numbers!);
    expect((await client.whoHas()).get(numbers!)).toHaveLength(2);
    expect(() => numbers!.toTask()).toThrow(ExecutorError);
  });

  it("says which task has failed, with the user's own error", async () => {
    await using client = new Client(cluster());
    const bad = op(function divide(x: number): number {
      throw Object.assign(new RangeError(`no ${x}`), { extra: [x] });
    }, 7);
    const after = delayed(plus, { label: "after" })(bad, 1);
    const error: DependencyError = await client.gather(after).catch((reason) => reason);
    expect(error).toBeInstanceOf(DependencyError);
    expect(error.cause).toBeInstanceOf(RangeError);
    expect(error.cause).toMatchObject({ message: "no 7", extra: [7] });
    expect(error.path).toEqual(["divide", "after"]);
    // Also when what has failed was submitted by itself.
    const other: DependencyError = await client.gather(op(plus, after, 1)).catch((reason) => reason);
    expect(other.label).toBe("divide");
  });

  it("retries failed nodes", async () => {
    await using client = new Client(cluster());
    const file = `/tmp/dispatch-graph-${process.pid}-${Math.random()}`;
    const once = op(async (path: string) => {
      const { existsSync, writeFileSync, rmSync } = await import("node:fs");
      if (existsSync(path)) {
        rmSync(path);
        return "done";
      }
      writeFileSync(path, "");
      throw new Error("not yet");
    }, file);
    const after = op((text: string) => text.length, once);
    client.submit(after);
    await expect(client.gather(after)).rejects.toThrow("not yet");
    await client.retry(after);
    expect(await client.gather(after)).toBe(4);
    // The scheduler does it itself where it was told to.
    const told = delayed(once.fn, { retries: 1 })(file) as DispatchNode<string>;
    expect(await client.gather(told)).toBe("done");
  });

  it("cancels nodes and what needs them", async () => {
    await using client = new Client(cluster());
    const endless = op(() => new Promise<number>((resolve) => setTimeout(resolve, 1e9, 0)));
    const after = op(square, endless);
    const other = op(square, 4);
    client.submit([endless, after, other]);
    const waiting = client.gather(after);
    client.cancel(endless);
    await expect(waiting).rejects.toThrow(
      /^"square-.*" was cancelled: something that it needs was cancelled$/,
    );
    await expect(client.gather(endless)).rejects.toBeInstanceOf(CancelledError);
    expect(await client.gather(other)).toBe(16);
  });

  it("submits anew what was cancelled or released", async () => {
    await using client = new Client(cluster());
    const node = op(square, 5);
    client.submit(node);
    client.cancel(node);
    const cancelled = client.keyOf(node);
    client.submit(node);
    expect(client.keyOf(node)).not.toBe(cancelled);
    expect(await client.gather(node)).toBe(25);
    client.release(node);
    expect(client.keyOf(node)).toBeUndefined();
    expect((await client.whoHas(node)).get(node)).toEqual([]);
    expect(await client.gather(node)).toBe(25);
  });

  it("runs nodes where they are wanted", async () => {
    await using client = new Client(cluster());
    const [, second] = cluster().workers;
    const inputs = [1, 2, 3, 4].map((x) => op(square, x));
    const sums = inputs.map((node) => op(plus, node, 1));
    client.submit(sums, { workers: [second!.address] });
    expect(await client.gather(sums)).toEqual([2, 5, 10, 17]);
    for (const holders of (await client.whoHas(sums)).values()) expect(holders).toEqual([second!.address]);
    const held = await client.hasWhat([second!.address]);
    expect(held.get(second!.address)).toEqual(expect.arrayContaining(sums.map((node) => client.keyOf(node))));
  });

  it("does not wait for ever for a worker that may run a node", async () => {
    await using client = new Client(cluster(), { noWorkerTimeout: 200 });
    const node = client.submit(op(square, 5), { workers: ["tcp://127.0.0.1:1"] });
    const others = client.map(square, [1, 2]);
    const failure = client.gather([...others, node]);
    await expect(failure).rejects.toBeInstanceOf(NoWorkerError);
    await expect(failure).rejects.toThrow(
      /^"square-.*" waits for a worker that may run it, and there was none for 200 ms/,
    );
    expect(await client.gather(others)).toEqual([1, 4]);
  });

  it("refuses what only executors can do", async () => {
    await using client = new Client(cluster());
    expect(() => client.submit(delayed(square, { timeout: 5 })(1))).toThrow(/option timeout.*DaskExecutor/);
    expect(() => client.submit(op(square, 1 as never), { workers: [] })).not.toThrow();
    await client.close();
    expect(client.status).toBe("closed");
    expect(() => client.submit(op(square, 1))).toThrow("the client is closed");
    await expect(client.gather(op(square, 1))).rejects.toThrow("the client is closed");
  });

  it("knows the cluster", async () => {
    await using client = new Client(cluster().address);
    await client.waitForWorkers(2);
    const info = await client.schedulerInfo();
    expect(info.release).toBe(release);
    expect(info.workers.map(({ address }) => address).sort()).toEqual(
      cluster()
        .workers.map(({ address }) => address)
        .sort(),
    );
    await expect(client.waitForWorkers(3, { timeout: 10 })).rejects.toThrow(
      /has 2 workers, 3 were waited for/,
    );
  });
});

describe("the address", () => {
  it("is looked at at once", () => {
    expect(() => new Client("http://127.0.0.1:1")).toThrow(TypeError);
  });
});
