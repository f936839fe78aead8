import { delayed, op, type ParallelExecutor } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { fresh, KINDS, workerOf } from "../../support/parallel.ts";

const N = 100_000;
const BYTES = 8 * N;

const make = (n: number) => new Float64Array(n).fill(1);
const sum = (x: Float64Array) => x.reduce((a, b) => a + b, 0);
const on = (...workers: string[]) => ({ workers });

/** The figures that grew while something was done. */
async function moved(executor: ParallelExecutor, body: () => Promise<void>) {
  const before = executor.stats();
  await body();
  const after = executor.stats();
  return {
    between: after.bytesTransferred - before.bytesTransferred,
    throughController: after.bytesThroughController - before.bytesThroughController,
  };
}

/** About so many bytes: sizes are estimates, with something for each object. */
function about(bytes: number) {
  return expect.toSatisfy((found: number) => found >= bytes && found <= bytes * 1.01 + 500, `about ${bytes}`);
}

describe.each(KINDS)("on %s", (kind) => {
  it("results stay where they were made, and what needs them goes there", async () => {
    const executor = fresh(kind);
    const found = await moved(executor, async () => {
      // One on each: of several, a worker with nothing else to do would rightly take one away.
      const bigs = ["worker-1", "worker-2"].map((id, i) => delayed(make, on(id))(N + i));
      const sums = bigs.map((big) => op(sum, big));
      expect(await executor.collect(op((all: number[]) => all, sums))).toEqual([N, N + 1]);
    });
    expect(found.throughController).toBe(0);
    expect(found.between).toBeLessThan(BYTES);
  });

  it("an intermediate result goes from worker to worker, and not through this process", async () => {
    const executor = fresh(kind);
    const found = await moved(executor, async () => {
      const big = delayed(make, on("worker-1"))(N);
      expect(await executor.collect(delayed(sum, on("worker-2"))(big))).toBe(N);
    });
    expect(found).toEqual({ between: about(BYTES), throughController: 0 });
  });

  it("many small intermediate results neither", async () => {
    const executor = fresh(kind);
    const found = await moved(executor, async () => {
      const smalls = Array.from({ length: 100 }, (_, i) => delayed((x: number) => x, on("worker-1"))(i));
      const total = delayed((all: number[]) => all.reduce((a, b) => a + b, 0), on("worker-2"))(smalls);
      expect(await executor.collect(total)).toBe(4950);
    });
    expect(found.throughController).toBe(0);
    expect(found.between).toBeGreaterThan(0);
  });

  it("a value that one worker uses twice goes there once", async () => {
    const executor = fresh(kind);
    const found = await moved(executor, async () => {
      const big = delayed(make, on("worker-1"))(N);
      const first = delayed(sum, on("worker-2"))(big);
      const second = delayed((x: Float64Array, y: number) => x.length + y, on("worker-2"))(big, first);
      const third = delayed((x: Float64Array) => x[0], on("worker-2"))(big);
      expect(await executor.collect(op((...all: unknown[]) => all, second, third))).toEqual([2 * N, 1]);
    });
    expect(found.between).toEqual(about(BYTES));
  });

  it("of a value that is indexed only the element goes to another worker", async () => {
    const executor = fresh(kind);
    const found = await moved(executor, async () => {
      const rows = delayed(
        (n: number) => [new Float64Array(n), new Float64Array(10).fill(2)],
        on("worker-1"),
      )(N);
      const named = delayed((n: number) => ({ large: new Float64Array(n), small: 5 }), on("worker-1"))(N);
      const use = delayed((x: Float64Array, y: number) => sum(x) + y, on("worker-2"));
      expect(await executor.collect(use(rows.at(1) as never, named.get("small") as never))).toBe(25);
    });
    expect(found.between).toBeLessThan(2000);
    expect(found.between).toBeGreaterThanOrEqual(80);
    expect(found.throughController).toBe(0);
  });

  it("the last one to use a value takes its memory, and the one that made it has it no more", async () => {
    const executor = fresh(kind);
    const remember = (n: number) => {
      const array = new Float64Array(n).fill(1);
      Object.assign(globalThis, { remembered: array });
      return array;
    };
    const big = delayed(remember, on("worker-1"))(N);
    const copy = await executor.compute(delayed((x: Float64Array) => x, on("worker-2"))(big));
    expect(workerOf(executor, "worker-1").bytesHeld).toBe(0);
    expect(workerOf(executor, "worker-2").bytesHeld).toEqual(about(BYTES));
    const left = delayed(
      () => (globalThis as unknown as { remembered: Float64Array }).remembered.byteLength,
      on("worker-1"),
    );
    expect(await executor.collect(left())).toBe(kind === "threads" ? 0 : BYTES);
    expect(sum(await copy.fetch())).toBe(N);
  });

  it("a value that its maker holds for others is not taken from it", async () => {
    const executor = fresh(kind);
    const big = delayed(make, on("worker-1"))(N);
    const there = delayed(sum, on("worker-2"))(big);
    const results = await executor.run([big, there]);
    expect(await results[1].fetch()).toBe(N);
    expect(sum(await results[0].fetch())).toBe(N);
    expect(sum(await executor.collect(op((x: Float64Array) => x, big)))).toBe(N);
  });

  it("several readers of an array on other workers see the same memory, if they are threads", async () => {
    const executor = fresh(kind, { workers: 3 });
    const big = delayed(make, on("worker-1"))(N);
    const touch = (x: Float64Array) => {
      x[0] = 42;
      return x.buffer instanceof SharedArrayBuffer;
    };
    const touched = delayed(touch, on("worker-2"))(big);
    const look = delayed(
      (x: Float64Array, _: boolean) => [x[0], x.buffer instanceof SharedArrayBuffer],
      on("worker-3"),
    )(big, touched);
    // It is needed once more, so that nobody takes it.
    const [first, second, third] = await executor.run([
      touched,
      look,
      op((x: Float64Array, _: unknown) => x.length, big, look),
    ]);
    const isShared = kind === "threads";
    expect(await first.fetch()).toBe(isShared);
    expect(await second.fetch()).toEqual([isShared ? 42 : 1, isShared]);
    expect(await third.fetch()).toBe(N);
  });

  it("a run leaves nothing on workers but what is kept, and nothing when that is released", async () => {
    const executor = fresh(kind);
    const bigs = [1, 2].map((i) => delayed(make, on(`worker-${i}`))(N));
    const chunk = await executor.compute(
      op((a: Float64Array, b: Float64Array) => a.map((x, i) => x + b[i]!), ...(bigs as [never, never])),
    );
    expect(executor.stats().bytesHeld).toEqual(about(BYTES));
    chunk.release();
    expect(executor.stats().bytesHeld).toBe(0);
    expect(executor.workers.map(({ bytesHeld }) => bytesHeld)).toEqual([0, 0]);
  });

  it("values that are released are let go by the workers' own memory as well", async () => {
    const executor = fresh(kind, { workers: 1 });
    const memory = async () => {
      const { setFlagsFromString } = process.getBuiltinModule("node:v8");
      setFlagsFromString("--expose-gc");
      const collect = process.getBuiltinModule("node:vm").runInNewContext("gc") as () => void;
      // The memory of buffers is given back a moment after the buffers.
      for (let i = 0; i < 3; i++) {
        collect();
        await new Promise((resolve) => setImmediate(resolve));
      }
      return process.memoryUsage().arrayBuffers;
    };
    const before = await executor.collect(op(memory));
    for (let i = 0; i < 5; i++) {
      const chunk = await executor.compute(op(make, 10 * N));
      await executor.collect(op((x: Float64Array) => x.length, op(make, 10 * N)));
      chunk.release();
    }
    expect(await executor.collect(op(memory))).toBeLessThan(before + 8 * N);
  });

  it("`keep` and `persist` keep intermediate results where they are", async () => {
    const executor = fresh(kind);
    const big = op(make, N).with({ persist: true });
    expect(await executor.collect(op(sum, big))).toBe(N);
    expect(executor.stats().bytesHeld).toEqual(about(BYTES));
    expect((await big.fetch()).length).toBe(N);
    big.release();
    expect(executor.stats().bytesHeld).toBe(0);
  });

  it("arguments are not shared with this thread: a task may do with them what it likes", async () => {
    const executor = fresh(kind);
    const own = new Float64Array(N).fill(1);
    const list = [1, 2, 3];
    const spoil = (x: Float64Array, y: number[]) => {
      x.fill(0);
      y.length = 0;
      return sum(x);
    };
    expect(await executor.collect(op(spoil, own, list))).toBe(0);
    expect(sum(own)).toBe(N);
    expect(list).toEqual([1, 2, 3]);
  });

  it("a value much larger than any buffer on the way arrives whole", async () => {
    const executor = fresh(kind);
    const bytes = 64 * 2 ** 20;
    const fill = (n: number) => {
      const array = new Uint8Array(n);
      for (let i = 0; i < n; i += 4099) array[i] = i % 251;
      return array;
    };
    const check = (x: Uint8Array) => {
      for (let i = 0; i < x.length; i += 4099) if (x[i] !== i % 251) return i;
      return x.length;
    };
    const made = delayed(fill, on("worker-1"))(bytes);
    expect(await executor.collect(delayed(check, on("worker-2"))(made))).toBe(bytes);
    expect(check(await executor.collect(op(fill, bytes)))).toBe(bytes);
  });
});
