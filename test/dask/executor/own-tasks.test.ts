import { expect, it } from "vitest";
import { DaskExecutor } from "../../../src/dask/executor/dask-executor.ts";
import { AsyncExecutor, type Chunk, delayed, op, ReleasedError } from "../../../src/index.ts";
import { sharedCluster } from "../../support/dask-cluster.ts";
import { describeDask } from "../../support/dask-environment.ts";

const add = (a: number, b: number): number => a + b;

describeDask("tasks that the client sees to itself", () => {
  const cluster = sharedCluster();

  it("use what workers hold already where it is", async () => {
    await using executor = new DaskExecutor(cluster().address);
    const chunk = await executor.compute(op((n: number) => new Float64Array(n), 100_000));
    const before = executor.stats().bytesThroughController;
    const lengths = Array.from({ length: 5 }, () => op((array: Float64Array) => array.length, chunk));
    expect(await executor.collect(op((all: number[]) => all, lengths))).toEqual([
      100_000, 100_000, 100_000, 100_000, 100_000,
    ]);
    expect(executor.stats().bytesThroughController).toBe(before);
    expect(await executor.run([chunk])).toMatchObject([{ ok: true }]);
  });

  it("bring what another executor holds", async () => {
    await using here = new AsyncExecutor();
    await using executor = new DaskExecutor(cluster().address);
    const chunk = await here.compute(op(add, 1, 2));
    expect(await executor.collect(op(add, chunk, op(add, chunk, 10)))).toBe(16);
  });

  it("fail when the chunk has been released", async () => {
    await using executor = new DaskExecutor(cluster().address);
    const chunk = await executor.compute(op(add, 1, 2));
    chunk.release();
    await expect(executor.run(op(add, chunk, 1))).rejects.toMatchObject({ cause: expect.any(ReleasedError) });
  });

  it("call meta functions with chunks, and pass on what they return", async () => {
    await using executor = new DaskExecutor(cluster().address);
    const large = op((n: number) => new Float64Array(n).fill(1), 50_000);
    const small = op((n: number) => new Float64Array(n).fill(2), 10);
    const larger = delayed((a: Chunk<Float64Array>, b: Chunk<Float64Array>) => (a.bytes > b.bytes ? a : b), {
      meta: true,
      label: "larger",
    });
    const picked = op((array: Float64Array) => array.length, larger(small as never, large as never) as never);
    expect(await executor.collect(picked)).toBe(50_000);
    const told = delayed((a: Chunk<Float64Array>) => a.meta, { meta: true, label: "told" });
    expect(await executor.collect(op((meta: unknown) => meta, told(large as never) as never))).toMatchObject({
      type: "Float64Array",
      length: 50_000,
      dtype: "float64",
    });
  });

  it("are tried again like others", async () => {
    await using executor = new DaskExecutor(cluster().address, {
      retries: 2,
      retryOn: () => true,
      backoff: { first: 1 },
    });
    let calls = 0;
    const meta = delayed(
      (_: Chunk<number>): number => {
        if (++calls < 3) throw new Error("not yet");
        return calls;
      },
      { meta: true, label: "meta" },
    );
    expect(await executor.collect(op(add, meta(op(add, 1, 2) as never) as never, 0))).toBe(3);
  });
});
