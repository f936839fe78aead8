/** The options that say what becomes of a result, in every combination, on every executor. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AsyncExecutor,
  type Chunk,
  type DispatchNode,
  delayed,
  type Executor,
  fileCache,
  type NodeOptions,
  op,
  ParallelExecutor,
  ReleasedError,
  SequentialExecutor,
} from "dispatch-graph";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

const EXECUTORS: readonly [string, () => Executor][] = [
  ["AsyncExecutor", () => new AsyncExecutor()],
  ["SequentialExecutor", () => new SequentialExecutor()],
  ["ParallelExecutor on threads", () => new ParallelExecutor({ workers: 2 })],
  ["ParallelExecutor on processes", () => new ParallelExecutor({ workers: 2, kind: "processes" })],
  ["ParallelExecutor without workers", () => new ParallelExecutor({ workers: 0 })],
];

const CACHES = ["no", "memory", "files"] as const;
const BOTH = [false, true];
const COMBINATIONS = CACHES.flatMap((cache) =>
  BOTH.flatMap((persist) =>
    BOTH.flatMap((getResult) => BOTH.map((meta) => ({ cache, persist, getResult, meta }))),
  ),
);

type Values = readonly (number | string)[];

/** Another number each time. */
const source = (size: number): Values => [...new Array(size).fill(1), Math.random()];
const plain = (values: Values): Values => [...values, "plain"];
const lent = async (values: Chunk<Values>): Promise<Values> => [...(await values.fetch()), "meta"];
const last = (values: Values): Values => values.slice(-2);

describe.each(EXECUTORS)("%s", (_, create) => {
  let directory: string;
  let executor: Executor;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "options-together-"));
    executor = create();
  });
  afterAll(async () => {
    await executor.close();
    rmSync(directory, { recursive: true, force: true });
  });

  let caches = 0;
  const makeNode = (
    { cache, persist, getResult, meta }: (typeof COMBINATIONS)[number],
    size: number,
  ): DispatchNode<Values> => {
    const options: NodeOptions = {
      cache: cache === "files" ? fileCache(join(directory, String(++caches))) : cache === "memory",
      persist,
      getResult,
    };
    return meta
      ? delayed(lent, { ...options, meta })(op(source, size))
      : delayed(plain, options)(op(source, size));
  };

  // Small results are with the executor, large ones with its workers.
  describe.each([1, 20_000])("with results of %i elements", (size) => {
    it.each(COMBINATIONS)(
      "cache: $cache, persist: $persist, getResult: $getResult, meta: $meta",
      async (combination) => {
        const { cache, persist, meta } = combination;
        const node = makeNode(combination, size);
        const output = op(last, node);

        const first = await executor.collect(output);
        expect(first).toEqual([expect.any(Number), meta ? "meta" : "plain"]);
        const isKept = persist || cache === "memory";
        if (isKept) expect(last(await node.fetch())).toEqual(first);
        else await expect(node.fetch()).rejects.toThrow(ReleasedError);

        const explained = (await executor.explain(output)).of(node)!;
        expect([explained.cache, explained.runs]).toEqual(cache === "no" ? ["off", true] : ["hit", false]);
        const second = await executor.collect(output);
        if (cache === "no") expect(second).not.toEqual(first);
        else expect(second).toEqual(first);
        if (isKept) expect(last(await node.fetch())).toEqual(second);

        const [result] = await executor.run(node);
        expect(await result.fetch()).toHaveLength(size + 2);
        expect(last(await executor.collect(result.chunk)).at(-1)).toBe(second[1]);
        if (cache !== "no") expect(last(await result.fetch())).toEqual(first);
        result.chunk.release();
        node.release();
        // What earlier runs kept is released with its last handle.
        await vi.waitFor(() => {
          globalThis.gc?.();
          expect(executor.stats()).toMatchObject({ bytesHeld: 0, runs: 0 });
        });
      },
    );
  });
});
