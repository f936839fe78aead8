import { type Chunk, type DispatchNode, delayed, op, type ParallelExecutor } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { fresh, KINDS, Marks, shared } from "../../support/parallel.ts";
import { Random } from "../../support/random.ts";

/**
 * Every fifth result has memory that is handed over or shared, the others are small. The task ends
 * its worker the first time, if it is given a mark.
 */
const combine = (number: number, mark: string | undefined, ...inputs: Float64Array[]): Float64Array => {
  const fs = process.getBuiltinModule("node:fs");
  if (mark !== undefined && !fs.existsSync(mark)) {
    fs.writeFileSync(mark, "");
    process.exit(1);
  }
  const result = new Float64Array(number % 5 === 0 ? 20_000 : 3).fill(number);
  for (const input of inputs) result[0] = (result[0]! * 31 + input[0]! + input.length) % 1_000_003;
  return result;
};

const combineLater = async (number: number, mark: string | undefined, ...inputs: Float64Array[]) => {
  await new Promise((resolve) => setImmediate(resolve));
  return combine(number, mark, ...inputs);
};

/** To be changed for other graphs. */
const SEED = Number(process.env.SEED ?? 0);

type Lists = readonly Chunk<Float64Array>[];

/** Functions of chunks: the one gives one of them, the other a value of its own. */
const choose = delayed((number: number, ...lists: Lists) => lists[number % lists.length]!, { meta: true });
const chooseLater = delayed(
  async (number: number, ...lists: Lists) => {
    await lists[0]!.fetch();
    return lists[number % lists.length]!;
  },
  { meta: true },
);
const lengths = delayed(
  (...lists: Chunk<Float64Array>[]) => Float64Array.from(lists.map((list) => list.meta.length!)),
  {
    meta: true,
  },
);

interface Built {
  readonly outputs: DispatchNode<number>[];
  readonly expected: number[];
}

/** A graph in which this share of the tasks end their workers, and what must come of it; `given` are known beforehand. */
function build(random: Random, size: number, deaths: number, given: Lists = []): Built {
  const marks = new Marks();
  const nodes: DispatchNode<Float64Array>[] = [];
  const values: Float64Array[] = [];
  for (let i = 0; i < size; i++) {
    const from = Array.from({ length: i === 0 ? 0 : random.below(4) }, () => random.below(Math.min(i, 30)));
    const inputs = from.map((back) => i - 1 - back);
    const kind = from.length === 0 ? 1 : random.below(20) / 20;
    const [lists, found] = [inputs.map((input) => nodes[input]!), inputs.map((input) => values[input]!)];
    if (kind < 0.1) {
      nodes.push((kind === 0 ? choose : chooseLater)(i, ...lists));
      values.push(found[i % found.length]!);
      continue;
    }
    if (kind < 0.15) {
      nodes.push(lengths(...lists));
      values.push(Float64Array.from(found, (one) => one.length));
      continue;
    }
    const chunk = given.length > 0 && random.chance(0.2) ? random.below(given.length) : -1;
    if (chunk >= 0) {
      lists.push(given[chunk]!);
      found.push(listOf(chunk));
    }
    const mark = random.chance(deaths) ? marks.path(`died-${i}`) : undefined;
    const fn = random.chance(0.2) ? combineLater : combine;
    nodes.push(op(fn as typeof combine, i, mark, ...lists));
    values.push(combine(i, undefined, ...found));
  }
  const outputs = nodes.filter((_, i) => i % 7 === 0 || i === size - 1);
  return {
    outputs: outputs.map((node) => node.at(0) as unknown as DispatchNode<number>),
    expected: outputs.map((node) => values[nodes.indexOf(node)]![0]!),
  };
}

/** The value of a chunk that is given to graphs. */
const listOf = (n: number) => new Float64Array(n % 2 === 0 ? 20_000 : 5).fill(n + 0.5);

async function check(executor: ParallelExecutor, { outputs, expected }: Built): Promise<void> {
  expect(await executor.collect(delayed((all: number[]) => all)(outputs))).toEqual(expected);
}

describe.each(KINDS)("random graphs on %s", (kind) => {
  const given = shared(kind);

  it("have the right results", async () => {
    const random = new Random(SEED + 1);
    for (let round = 0; round < 20; round++) await check(given.executor, build(random, 60, 0));
  });

  it("have the right results with chunks among their arguments, although tasks end workers", async () => {
    const random = new Random(SEED + 7);
    const executor = fresh(kind, { workers: 3 });
    const chunks = await Promise.all([
      executor.put(listOf(0)),
      executor.compute(op(listOf, 1)),
      executor.compute(op(listOf, 2)),
    ]);
    for (let round = 0; round < 3; round++) {
      await Promise.all([0.05, 0].map((deaths) => check(executor, build(random, 60, deaths, chunks))));
    }
    for (const chunk of chunks) chunk.release();
    expect(executor.stats()).toMatchObject({ bytesHeld: 0, runs: 0 });
  });

  it("have the right results when several run at once", async () => {
    const random = new Random(SEED + 2);
    const all = Array.from({ length: 10 }, () => build(random, 60, 0));
    await Promise.all(all.map((one) => check(given.executor, one)));
  });

  it("have the right results with more tasks at once than workers", async () => {
    const random = new Random(SEED + 3);
    const executor = fresh(kind, { workers: 3, concurrency: 3 });
    for (let round = 0; round < 5; round++) await check(executor, build(random, 60, 0));
    expect(executor.stats()).toMatchObject({ bytesHeld: 0, runs: 0 });
  });

  it("have the right results although tasks end their workers", async () => {
    const random = new Random(SEED + 4);
    const executor = fresh(kind, { workers: 3 });
    for (let round = 0; round < 3; round++) await check(executor, build(random, 60, 0.06));
    expect(executor.stats()).toMatchObject({ bytesHeld: 0, runs: 0 });
  });

  it("have the right results while workers come and go", async () => {
    const random = new Random(SEED + 5);
    const executor = fresh(kind, { workers: 3 });
    let done = 0;
    const changes: Promise<unknown>[] = [];
    executor.on("task", ({ to }) => {
      if (to !== "memory" || ++done % 25 !== 0) return;
      changes.push(executor.addWorkers(1), executor.removeWorker(random.pick(executor.workers).id));
    });
    for (let round = 0; round < 5; round++) await check(executor, build(random, 60, 0));
    await Promise.all(changes);
    expect(changes.length).toBeGreaterThan(10);
    expect(executor.workers).toHaveLength(3);
    expect(executor.stats()).toMatchObject({ bytesHeld: 0, runs: 0 });
  });

  it("have the right results beside runs that are aborted", async () => {
    const random = new Random(SEED + 6);
    for (let round = 0; round < 5; round++) {
      const controller = new AbortController();
      const { outputs } = build(random, 60, 0);
      const aborted = given.executor.run(outputs, { signal: controller.signal }).catch((error) => error);
      const checked = check(given.executor, build(random, 60, 0));
      for (let i = random.below(20); i > 0; i--) await new Promise((resolve) => setImmediate(resolve));
      controller.abort(new RangeError("enough"));
      await checked;
      const end = await aborted;
      if (Array.isArray(end)) for (const one of end) one.chunk.release();
      else expect(end).toBeInstanceOf(RangeError);
    }
  });
});
