import {
  AsyncExecutor,
  CollectNode,
  type DispatchNode,
  op,
  ParallelExecutor,
  taskContext,
} from "dispatch-graph";
import { describe, expect, test } from "vitest";
import { DispatchGraph } from "../../../src/graph/graph.ts";
import { lower } from "../../../src/graph/lower.ts";
import { fresh, Marks } from "../../support/parallel.ts";

/** So many that what else a result takes does not count. */
const BYTES = 20_000;

/** As many results as a reduction may hold at once. */
const enough = (leaves: number): number => Math.ceil(Math.log2(leaves)) + 2;

const leaf = (i: number): Uint8Array => new Uint8Array(BYTES).fill(i);
const invert = (values: Uint8Array): Uint8Array => values.map((value) => 255 - value);
const add = (one: Uint8Array, other: Uint8Array): Uint8Array => one.map((value, i) => value + other[i]!);

/** The reduction as a user has it; each call is also told to `called`, as a task that makes so many bytes. */
function reductionOf(leaves: number, isMapped: boolean, called?: () => void): DispatchNode<Uint8Array> {
  const told = <A extends unknown[]>(fn: (...args: A) => Uint8Array): ((...args: A) => Uint8Array) =>
    called === undefined
      ? fn
      : (...args) => {
          called();
          return fn(...args);
        };
  const [made, inverted, added] = [told(leaf), told(invert), told(add)];
  let level = Array.from({ length: leaves }, (_, i): DispatchNode<Uint8Array> => {
    const node = op(made, i);
    return isMapped ? op(inverted, node) : node;
  });
  while (level.length > 1) {
    const pairs: DispatchNode<Uint8Array>[] = [];
    for (let i = 0; i < level.length; i += 2) {
      pairs.push(i + 1 < level.length ? op(added, level[i]!, level[i + 1]!) : level[i]!);
    }
    level = pairs;
  }
  return level[0]!;
}

describe.each([false, true])("with executors, leaves being made into something first: %s", (isMapped) => {
  test.each([7, 100, 1024])(
    "AsyncExecutor holds at most log2(n) + 2 results of %i leaves",
    async (leaves) => {
      const executor = new AsyncExecutor();
      let most = 0;
      const output = reductionOf(leaves, isMapped, () => {
        // And what the task makes that is being called.
        most = Math.max(most, executor.stats().bytesHeld / BYTES + 1);
      });
      await executor.collect(output);
      expect(most).toBeGreaterThan(2);
      expect(Math.floor(most)).toBeLessThanOrEqual(enough(leaves));
    },
  );

  test.each([7, 100, 300])(
    "a single worker of a ParallelExecutor does so too, of %i leaves",
    async (leaves) => {
      await using executor = new ParallelExecutor({ workers: 1 });
      const output = reductionOf(leaves, isMapped);
      const graph = lower(DispatchGraph.from(output), new Map());
      const order = Array.from({ length: graph.size }, (_, task) => graph.idOf(task));
      const ran: number[] = [];
      let held = 0;
      let most = 0;
      executor.on("task", ({ id, from, to }) => {
        if (from === "memory") held--;
        if (to !== "memory") return;
        ran.push(id);
        most = Math.max(most, ++held);
      });
      await executor.collect(output);
      expect(ran).toEqual(order);
      expect(most).toBeLessThanOrEqual(enough(leaves));
    },
  );
});

/** Says that it has begun, and ends when all of the others have. */
async function meet(begun: string, others: readonly string[], _input?: number): Promise<string> {
  const fs = process.getBuiltinModule("node:fs");
  fs.writeFileSync(begun, "");
  while (!others.every((other) => fs.existsSync(other))) await new Promise((done) => setTimeout(done, 5));
  return taskContext()!.worker;
}

describe("on real workers no slot idles", () => {
  test("when one task enables as many as there are workers", async () => {
    const executor = fresh("threads", { workers: 3 });
    const begun: (string | undefined)[] = [];
    executor.on("task", ({ to, label, worker }) => {
      if (to === "processing" && label === "meet") begun.push(worker);
    });
    const marks = new Marks();
    const paths = [0, 1, 2].map((i) => marks.path(`${i}`));
    const root = op(() => 1);
    const children = paths.map((path) => op(meet, path, paths, root));
    const workers = await executor.collect(new CollectNode(children));
    expect(new Set(workers).size).toBe(3);
    expect(new Set(begun).size).toBe(3);
  });

  test("when what it could run was sent to another worker, all of whose slots are taken", async () => {
    const executor = fresh("threads", { concurrency: 2 });
    const marks = new Marks();
    const [here, there, short, last] = ["here", "there", "short", "last"].map((name) => marks.path(name));
    const both = [op(meet, here!, [there!]), op(meet, there!, [here!])];
    await executor.collect(new CollectNode(both));
    // Three of four slots are taken until the last one has begun, which is sent ahead of time to the first worker.
    const long = [0, 1, 2].map((i) => op(meet, marks.path(`${i}`), [last!]));
    const tasks = [...long, op(meet, short!, [marks.path("2")]), op(meet, last!, [short!])];
    // As results of their own: what one task needs together would be given to one worker as far as possible.
    const results = await executor.run(tasks);
    expect(results).toHaveLength(5);
  });
});
