import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AsyncExecutor,
  Attempts,
  type ContentCache,
  DependencyError,
  DispatchGraph,
  delayed,
  type Executor,
  fileCache,
  op,
  ParallelExecutor,
  type Run,
  SequentialExecutor,
} from "dispatch-graph";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fresh, Marks, WAIT } from "../support/parallel.ts";
import { smallDisk } from "../support/small-disk.ts";

let path: string;
let cache: ContentCache;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), "cached-run-"));
  cache = fileCache(join(path, "cache"));
});
afterEach(() => rmSync(path, { recursive: true }));

const chance = (): number => Math.random();
const same = <T>(value: T): T => value;
const files = (): string[] => readdirSync(cache.directory);

const EXECUTORS: readonly [string, () => Executor][] = [
  ["AsyncExecutor", () => new AsyncExecutor()],
  ["SequentialExecutor", () => new SequentialExecutor()],
  ["threads", () => new ParallelExecutor({ workers: 2 })],
  ["processes", () => new ParallelExecutor({ workers: 2, kind: "processes" })],
];

describe.each(EXECUTORS)("results of a run in caches, with %s", (_, create) => {
  it("come from files although somebody removes them once the run has begun", async () => {
    await using executor = create();
    const kept = delayed(chance, { cache })();
    const first = await executor.collect(kept);
    executor.on("run", ({ state }) => {
      if (state !== "started") return;
      for (const name of files()) if (name.endsWith(".value")) rmSync(join(cache.directory, name));
    });
    expect(await executor.collect(op(same, kept))).toBe(first);
    expect(files()).toEqual([]);
  });

  it("are written while the run goes on, and nothing else is left", async () => {
    await using executor = create();
    const kept = delayed(chance, { cache })();
    await executor.collect(op(same, kept));
    await executor.collect(op(same, kept));
    expect(files()).toHaveLength(1);
    expect(files()[0]).toMatch(/^chance-[0-9a-f]{12}-[0-9a-f]{64}\.value$/);
    expect(executor.stats()).toMatchObject({ bytesHeld: 0, runs: 0 });
  });

  it("of which none can be written leave the run as it is", async () => {
    writeFileSync(cache.directory, "not a directory");
    await using executor = create();
    const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
    expect(await executor.collect(delayed(same, { cache })(5))).toBe(5);
    expect((await warned).message).toMatch(/the result of "same" cannot be kept in/);
  });

  it("are kept although a later task fails", async () => {
    await using executor = create();
    const kept = delayed(chance, { cache })();
    const failing = op((_: number): number => {
      throw new Error("no");
    }, kept);
    const [result] = await executor.run(failing, { throwError: false });
    expect(result!.ok).toBe(false);
    expect(files()).toHaveLength(1);
    await expect(executor.run(failing)).rejects.toThrow(DependencyError);
    expect(files()).toHaveLength(1);
  });

  it("are chunks, which are known by what they were made of", async () => {
    const count = (values: readonly number[], _: number): number => values.length;
    await using executor = create();
    const states: string[] = [];
    executor.on("cache", ({ state }) => states.push(state));
    const once = async (): Promise<number> => {
      const chunk = await executor.compute(delayed(() => [1, 2, Math.random()], { cache })());
      return executor.collect(delayed(count, { cache })(chunk, 1));
    };
    expect(await once()).toBe(3);
    expect(await once()).toBe(3);
    expect(states).toEqual(["miss", "stored", "miss", "stored", "hit", "hit"]);
    states.length = 0;
    const other = async (): Promise<number> =>
      executor.collect(delayed(count, { cache })(await executor.put([1, 2]), 1));
    await other();
    await other();
    expect(states).toEqual(["miss", "stored", "hit"]);
  });
});

describe("a run with caches", () => {
  it("does without a result that cannot be had any more, the next time", async () => {
    const marks = new Marks();
    const calls = marks.path("calls");
    // Large, so that only the worker has it.
    const fn = (file: string): Float64Array => {
      appendFileSync(file, "x");
      const { size } = statSync(file);
      if (size === 2) throw new Error("not again");
      return new Float64Array(100_000).fill(size);
    };
    const executor = fresh("processes", { workers: 1 });
    const kept = delayed(fn, { cache: true })(calls);
    const output = op((values: Float64Array) => values[0], kept);
    expect(await executor.collect(output)).toBe(1);
    process.kill(executor.workers[0]!.pid, "SIGKILL");
    await vi.waitFor(() => expect(readFileSync(calls, "utf8")).toBe("xx"), WAIT);
    await expect(executor.collect(output)).rejects.toThrow("not again");
    expect(await executor.collect(output)).toBe(3);
  });

  it("goes on when the disk is full", async ({ skip }) => {
    mkdirSync(cache.directory);
    const unmount = smallDisk(cache.directory, 2 ** 20);
    if (unmount === undefined) return skip("only an administrator can make a small disk");
    try {
      const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
      const executor = fresh("threads");
      const make = (bytes: number): Uint8Array => new Uint8Array(bytes);
      const size = (bytes: Uint8Array): number => bytes.length;
      expect(await executor.collect(op(size, delayed(make, { cache })(2 ** 21)))).toBe(2 ** 21);
      expect((await warned).message).toMatch(/cannot be kept in .*ENOSPC/);
      expect(files()).toEqual([]);
    } finally {
      unmount();
    }
  });

  it("runs nothing that only had to come before a kept result", async () => {
    await using executor = new AsyncExecutor();
    let calls = 0;
    const before = op(() => ++calls);
    const kept = delayed(chance, { cache: true })();
    const output = op(same, kept);
    const graph = DispatchGraph.from([output, before]);
    graph.addEdge(before, kept);
    const once = async (): Promise<unknown> => (await executor.run(graph))[0]!.fetch();
    const first = await once();
    expect(await once()).toBe(first);
    expect(calls).toBe(1);
  });

  it("writes results where they are", async () => {
    const executor = fresh("processes");
    const make = (n: number): Float64Array => new Float64Array(100_000).fill(n);
    await executor.run(Array.from({ length: 10 }, (_, n) => delayed(make, { cache })(n)));
    expect(files()).toHaveLength(10);
    expect(executor.stats()).toMatchObject({ bytesTransferred: 0, bytesThroughController: 0 });
  });

  it("has read results that can be read again when their worker is lost", async () => {
    const make = (): Float64Array => Float64Array.from({ length: 100_000 }, Math.random);
    const kept = delayed(make, { cache });
    const executor = fresh("processes", { workers: 1 });
    const first = await executor.collect(kept());
    const chunk = await executor.compute(kept());
    process.kill(executor.workers[0]!.pid, "SIGKILL");
    expect(await chunk.fetch()).toEqual(first);
  });

  it("has its results although what writes them fails", async () => {
    class Losing extends SequentialExecutor {
      protected override execute(run: Run): void {
        const attempts = new Attempts(run);
        void (async () => {
          for (let task = 0; task < run.graph.size; task++) {
            if (run.graph.info(task).label.startsWith("keep "))
              run.fail(task, new Error("the worker was lost"));
            else await attempts.attempt(task);
          }
        })();
      }
    }
    await using executor = new Losing();
    const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
    const events: string[] = [];
    executor.on("cache", ({ state }) => events.push(state));
    expect(await executor.collect(delayed(same, { cache })(5))).toBe(5);
    expect((await warned).message).toMatch(/"same" cannot be kept in .*: the worker was lost$/);
    expect(events).toEqual(["miss"]);
  });

  it("removes files that were not used for long, if there are too many", async () => {
    await using executor = new AsyncExecutor();
    const small = fileCache(cache.directory, { maxBytes: 30_000 });
    const make = (n: number): Uint8Array => new Uint8Array(10_000).fill(n);
    const node = (n: number) => delayed(make, { cache: small })(n);
    for (let n = 0; n < 5; n++) await executor.collect(node(n));
    expect(files()).toHaveLength(2);
    const explanation = await executor.explain([node(3), node(4), node(0)]);
    expect(explanation.nodes.map((one) => one.cache)).toEqual(["hit", "hit", "miss"]);
  });
});
