import { type Chunk, delayed, op, type ParallelExecutor, type TaskEvent } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { failure, fresh, KINDS, kill, workerOf } from "../../support/parallel.ts";

const N = 200_000;

const make = (n: number, value: number) => new Float64Array(n).fill(value);
const sum = (x: Float64Array) => x.reduce((a, b) => a + b, 0);
const on = (...workers: string[]) => ({ workers });

/** Bytes that went anywhere while something was done. */
async function moved(executor: ParallelExecutor, body: () => Promise<void>): Promise<number> {
  const bytes = () => executor.stats().bytesTransferred + executor.stats().bytesThroughController;
  const before = bytes();
  await body();
  return bytes() - before;
}

/** Where each task ran that has this label. */
function placesOf(executor: ParallelExecutor, label: string): (string | undefined)[] {
  const places: (string | undefined)[] = [];
  executor.on("task", (event: TaskEvent) => {
    if (event.label === label && event.to === "processing") places.push(event.worker);
  });
  return places;
}

describe.each(KINDS)("on %s", (kind) => {
  it("a chunk stays where it is, and what needs it goes there", async () => {
    const executor = fresh(kind);
    const chunks = await Promise.all(
      ["worker-1", "worker-2"].map((id, i) => executor.compute(delayed(make, on(id))(N, i + 1))),
    );
    const places = chunks.map((_, i) => placesOf(executor, `sum ${i}`));
    const bytes = await moved(executor, async () => {
      const sums = chunks.map((chunk, i) => delayed(sum, { label: `sum ${i}` })(chunk));
      const results = await executor.run(sums);
      expect(await Promise.all(results.map((one) => one.fetch()))).toEqual([N, 2 * N]);
    });
    expect(bytes).toBe(0);
    expect(places).toEqual([["worker-1"], ["worker-2"]]);
  });

  it("inputs with results stay where they are", async () => {
    const executor = fresh(kind);
    const list = op(make, N, 1);
    await executor.run(list);
    const bytes = await moved(executor, async () => {
      expect(await executor.collect(op(sum, list), { inputs: [list] })).toBe(N);
    });
    expect(bytes).toBe(0);
  });

  it("a value is put on a worker once, however many tasks need it", async () => {
    const executor = fresh(kind);
    const chunk = await executor.put(make(N, 1));
    const bytes = await moved(executor, async () => {
      const sums = Array.from({ length: 20 }, () => delayed(sum, on("worker-1"))(chunk));
      expect(await executor.collect(op((all: number[]) => all.length, sums))).toBe(20);
    });
    expect(bytes).toBeLessThan(N * 8 * 1.01);
  });

  it("a meta function runs here, sees chunks, and moves nothing", async () => {
    const executor = fresh(kind);
    const places = placesOf(executor, "choose");
    const choose = delayed(
      (...chunks: Chunk<Float64Array>[]) =>
        chunks.reduce((a, b) => (b.meta.length! > a.meta.length! ? b : a)),
      { meta: true, label: "choose" },
    );
    const lists = [N, 2 * N].map((n, i) => delayed(make, on(`worker-${i + 1}`))(n, 1));
    const bytes = await moved(executor, async () => {
      expect(await executor.collect(op(sum, choose(...lists)))).toBe(2 * N);
    });
    expect(bytes).toBe(0);
    expect(places).toEqual(["main"]);
    expect(executor.stats().bytesHeld).toBe(0);
  });

  it("what a meta function makes is brought to those who need it", async () => {
    const executor = fresh(kind);
    const lengths = delayed((...chunks: Chunk<Float64Array>[]) => chunks.map((one) => one.meta.length!), {
      meta: true,
    })(op(make, 3, 1), op(make, 4, 1));
    const sums = ["worker-1", "worker-2"].map((id) =>
      delayed((list: number[]) => list.reduce((a, b) => a + b), on(id))(lengths),
    );
    expect(await executor.collect(op((all: number[]) => all, sums))).toEqual([7, 7]);
    expect(executor.stats().bytesThroughController).toBeGreaterThan(0);
    expect(executor.stats().bytesHeld).toBe(0);
  });

  it("what a meta function makes and cannot travel fails the node that needs it elsewhere", async () => {
    const executor = fresh(kind);
    const timer = delayed((_: Chunk<number>) => setTimeout(() => {}, 0), { meta: true, label: "timer" });
    const node = delayed((x: unknown) => typeof x, { label: "user" })(timer(op(() => 1)));
    await failure(executor.run(node), Error, '"user"', '"timer"');
  });

  it("a meta function cannot be sent to a worker", async () => {
    const executor = fresh(kind);
    const node = delayed((one: Chunk<number>) => one, { meta: true, label: "m", workers: ["worker-1"] })(
      op(() => 1),
    );
    await failure(executor.run(node), Error, '"m"', "meta", "workers");
  });

  it("the process of a chunk's worker may die: the chunk is computed again", async () => {
    const executor = fresh(kind);
    const chunk = await executor.compute(delayed(make, on("worker-1"))(N, 1));
    await kill(executor, workerOf(executor, "worker-1"));
    expect(await executor.collect(op(sum, chunk))).toBe(N);
    const output = await executor.compute(op(sum, chunk));
    expect(await output.fetch()).toBe(N);
  });

  it("results that come from chunks and meta functions are computed again when their worker dies", async () => {
    const executor = fresh(kind);
    const chunk = await executor.compute(delayed(make, on("worker-2"))(N, 1));
    const choose = delayed((one: Chunk<Float64Array>, _: Chunk<Float64Array>) => one, { meta: true });
    const more = (x: Float64Array) => x.map((one) => one + 1);
    const output = await executor.compute(
      delayed(more, on("worker-1"))(choose(op(more, chunk), op(make, 5, 1))),
    );
    await kill(executor, workerOf(executor, "worker-1"));
    expect(sum(await output.fetch())).toBe(3 * N);
    output.release();
    chunk.release();
    expect(executor.stats().bytesHeld).toBe(0);
  });

  it("is cancelled with its run", async () => {
    const executor = fresh(kind);
    let began!: () => void;
    const begun = new Promise<void>((resolve) => {
      began = resolve;
    });
    const wait = delayed(
      (_: Chunk<number>) => {
        began();
        return new Promise<number>(() => {});
      },
      { meta: true },
    );
    const controller = new AbortController();
    const running = executor.run(
      op((x: number) => x, wait(op(() => 1))),
      { signal: controller.signal },
    );
    await begun;
    controller.abort(new RangeError("enough"));
    await expect(running).rejects.toThrow("enough");
    expect(executor.stats().bytesHeld).toBe(0);
    expect(await executor.collect(op(() => 2))).toBe(2);
  });

  it("takes no longer than its node may", async () => {
    const executor = fresh(kind);
    const wait = delayed((_: Chunk<number>) => new Promise<number>(() => {}), {
      meta: true,
      timeout: 20,
      label: "wait",
    });
    await failure(executor.run(wait(op(() => 1))), Error, '"wait"', "20 ms");
  });
});
