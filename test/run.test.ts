import {
  AsyncExecutor,
  Chunk,
  collect,
  compute,
  DependencyError,
  DispatchGraph,
  ExecutorError,
  op,
  ReleasedError,
  run,
  SequentialExecutor,
  taskContext,
} from "dispatch-graph";
import { describe, expect, it } from "vitest";

const add = (a: number, b: number): number => a + b;
const fails = (): number => {
  throw new RangeError("no");
};

describe("run", () => {
  it("runs nodes, arrays and graphs on the executor given", async () => {
    const executor = new SequentialExecutor();
    const runs: string[] = [];
    executor.on("run", ({ state }) => runs.push(state));
    const node = op(add, 1, 2);
    const [one] = await run(executor, node);
    const [two, three] = await run(executor, [op(add, node, 1), node]);
    const [four] = await run(executor, DispatchGraph.from(op(add, node, 2)));
    expect(await Promise.all([one, two, three, four].map((result) => result!.fetch()))).toEqual([3, 4, 3, 5]);
    expect(runs).toEqual(["started", "finished", "started", "finished", "started", "finished"]);
  });

  it("has an executor for those who name none", async () => {
    const node = op(add, 1, 2);
    const [result] = await run(node);
    expect(await result.fetch()).toBe(3);
    expect(await node.fetch()).toBe(3);
    expect(await run([])).toEqual([]);
    expect(await collect(op(() => taskContext()?.worker))).toBe("main");
  });

  it("passes options on, with and without an executor", async () => {
    const one = op(() => 1);
    const node = op(add, one, 1);
    const inputs = new Map([[one, 10]]);
    const executor = new AsyncExecutor();
    for (const results of [await run(executor, node, { inputs }), await run(node, { inputs })]) {
      expect(await results[0].fetch()).toBe(11);
    }
    expect((await run(op(fails), { throwError: false }))[0].ok).toBe(false);
    expect((await run(executor, op(fails), { throwError: false }))[0].ok).toBe(false);
    await expect(run(node, { typo: 1 } as never)).rejects.toThrow(TypeError);
    await expect(run(executor, node, { typo: 1 } as never)).rejects.toThrow(TypeError);
    await expect(run(node, { signal: AbortSignal.abort("not now") })).rejects.toBe("not now");
  });

  it("rejects like the executor", async () => {
    await expect(run(op(fails))).rejects.toThrow(DependencyError);
    await expect(run(5 as never)).rejects.toThrow(TypeError);
    await expect(run(undefined as never)).rejects.toThrow(TypeError);
    const executor = new AsyncExecutor();
    await executor.close();
    await expect(run(executor, op(add, 1, 2))).rejects.toThrow(ExecutorError);
  });
});

describe("compute", () => {
  it("results in a chunk, with and without an executor", async () => {
    const executor = new AsyncExecutor();
    for (const chunk of [await compute(executor, op(add, 1, 2)), await compute(op(add, 1, 2))]) {
      expect(chunk).toBeInstanceOf(Chunk);
      expect(await chunk.fetch()).toBe(3);
      chunk.release();
    }
    expect(executor.stats().bytesHeld).toBe(0);
  });

  it("passes options on, and rejects like the executor", async () => {
    const one = op(() => 1);
    const chunk = await compute(op(add, one, 1), { inputs: new Map([[one, 10]]) });
    expect(await chunk.fetch()).toBe(11);
    await expect(compute(op(fails))).rejects.toThrow(DependencyError);
    await expect(compute(new AsyncExecutor(), op(fails))).rejects.toThrow(DependencyError);
  });
});

describe("collect", () => {
  it("results in the value of a node or a chunk, with and without an executor", async () => {
    const executor = new AsyncExecutor();
    expect(await collect(executor, op(add, 1, 2))).toBe(3);
    expect(await collect(op(add, 1, 2))).toBe(3);
    const chunk = await compute(op(add, 1, 2));
    expect(await collect(chunk)).toBe(3);
    expect(await collect(executor, chunk)).toBe(3);
    chunk.release();
    await expect(collect(chunk)).rejects.toThrow(ReleasedError);
  });

  it("passes options on, and rejects like the executor", async () => {
    const one = op(() => 1);
    expect(await collect(op(add, one, 1), { inputs: new Map([[one, 10]]) })).toBe(11);
    await expect(collect(op(fails))).rejects.toThrow(DependencyError);
    await expect(collect(5 as never)).rejects.toThrow(TypeError);
  });
});
