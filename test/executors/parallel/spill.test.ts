import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { AsyncExecutor, type Chunk, type DispatchNode, type ExecutorEvents, op } from "dispatch-graph";
import { describe, expect, it, vi } from "vitest";
import { fresh, KINDS, type Kind, Marks, WAIT } from "../../support/parallel.ts";
import { Random } from "../../support/random.ts";
import { filesBelow, hold, temporary } from "../../support/stores.ts";

const LIMIT = 1_000_000;
/** With so many parts of this size there is 8 times what the two workers may hold. */
const PART = 200_000;
const PARTS = (8 * 2 * LIMIT) / PART;

function small(kind: Kind, directory: string = temporary()) {
  const executor = fresh(kind, { memoryLimit: LIMIT, spillDirectory: directory });
  return { executor, directory };
}

class Point {
  readonly x: number;
  readonly text: string;
  constructor(x: number, text: string) {
    this.x = x;
    this.text = text;
  }
  get double(): number {
    return 2 * this.x;
  }
}

/** Values of about `PART` bytes that depend on a number, and a number that depends on all of one. */
const SHAPES: Readonly<Record<string, readonly [(i: number) => unknown, (value: never) => number]>> = {
  "typed arrays": [
    (i) => new Float64Array(25_000).fill(i),
    (value: Float64Array) => value.reduce((a, b) => a + b, value.length),
  ],
  texts: [
    (i) => `${i} `.repeat(100_000),
    (value: string) => value.split(" ").reduce((a, b) => a + Number(b), value.length),
  ],
  objects: [
    (i) => Array.from({ length: 4_000 }, (_, k) => ({ k, of: [i], half: i / 2 })),
    (value: { k: number; of: number[]; half: number }[]) =>
      value.reduce((a, { k, of, half }) => a + k + of[0]! + half, 0),
  ],
  "instances of classes": [
    (i) => Array.from({ length: 4_000 }, (_, k) => new Point(i, `${k}`)),
    (value: Point[]) => value.reduce((a, one) => a + one.double + Number(one.text), 0),
  ],
  "Buffers, Maps and Dates": [
    (i) =>
      new Map<string, unknown>([...Array(4)].map((_, k) => [`${k}`, Buffer.alloc(50_000, i % 256)])).set(
        "at",
        new Date(i),
      ),
    (value: Map<string, unknown>) =>
      (value.get("at") as Date).getTime() +
      Number((value.get("3") as Buffer).readUInt8(49_999)) +
      (Buffer.isBuffer(value.get("0")) ? 1 : 0),
  ],
  "views of one memory": [
    (i) => {
      const memory = new ArrayBuffer(200_000);
      return { all: new Uint8Array(memory).fill(i), some: new Uint8Array(memory, 5, 10) };
    },
    ({ all, some }: { all: Uint8Array; some: Uint8Array }) =>
      all.length + some.reduce((a, b) => a + b) + (all.buffer === some.buffer ? 1 : 0),
  ],
};

describe.each(KINDS)("data that is larger than memory, on %s", (kind) => {
  it.each(Object.entries(SHAPES))("comes to the right result: %s", async (_, [make, digest]) => {
    const { executor, directory } = small(kind);
    const chunks = await hold(
      executor,
      Array.from({ length: PARTS }, (_, i) => op(make, i)),
    );
    const { bytesSpilled, bytesHeld } = executor.stats();
    expect(bytesHeld).toBeGreaterThan(6 * 2 * LIMIT);
    expect(bytesSpilled).toBeGreaterThan(4 * LIMIT);

    const digests = chunks.map((chunk) => op(digest as (value: unknown) => number, chunk));
    const pairs = chunks.map((one, i) => {
      const both = [one, chunks[(i + 1) % PARTS]!].map((part) =>
        op(digest as (value: unknown) => number, part),
      );
      return op((a: number, b: number) => a * 31 + b, both[0]!, both[1]!);
    });
    const all = Array.from({ length: PARTS }, (_, i) => digest(make(i) as never));
    const total = (values: number[]) => values;
    expect(await executor.collect(op(total, digests))).toEqual(all);
    expect(await executor.collect(op(total, pairs))).toEqual(
      all.map((a, i) => a * 31 + all[(i + 1) % PARTS]!),
    );

    for (const chunk of chunks) chunk.release();
    await vi.waitFor(() => expect(filesBelow(directory)).toEqual([]), WAIT);
    await vi.waitFor(() => expect(executor.stats()).toMatchObject({ bytesHeld: 0, bytesSpilled: 0 }), WAIT);
    const { bytesWritten, bytesReadBack } = executor.stats();
    expect(bytesWritten).toBeGreaterThanOrEqual(bytesSpilled);
    expect(bytesReadBack).toBeGreaterThan(4 * LIMIT);
    await executor.close();
    expect(readdirSync(directory)).toEqual([]);
  });

  it("is combined by its neighbours, and reduced", async () => {
    const { executor, directory } = small(kind);
    const make = (i: number) => new Float64Array(25_000).fill(i);
    const add = (a: Float64Array, b: Float64Array) => a.map((x, i) => x + b[i]!);
    const chunks = await hold(
      executor,
      Array.from({ length: PARTS }, (_, i) => op(make, i)),
    );
    let level: DispatchNode<Float64Array>[] = chunks.map((one, i) => op(add, one, chunks[(i + 1) % PARTS]!));
    while (level.length > 1) {
      level = Array.from({ length: level.length / 2 }, (_, i) => op(add, level[2 * i]!, level[2 * i + 1]!));
      if (level.length % 2 === 1 && level.length > 1) {
        const last = level.pop()!;
        level.push(op(add, level.pop()!, last));
      }
    }
    const result = await executor.collect(level[0]!);
    expect(new Set(result)).toEqual(new Set([PARTS * (PARTS - 1)]));
    for (const chunk of chunks) chunk.release();
    await vi.waitFor(() => expect(filesBelow(directory)).toEqual([]), WAIT);
  });

  it("gives elements of it, and what this program asks for", async () => {
    const { executor } = small(kind);
    const made = Array.from({ length: 20 }, (_, i) =>
      op((k: number) => ({ large: new Float64Array(50_000).fill(k), points: [new Point(k, "a")] }), i),
    );
    const chunks = await hold(executor, made);
    expect(executor.stats().bytesSpilled).toBeGreaterThan(LIMIT);
    const elements = made.map((node) => node.get("points").at(0));
    const points = await executor.run(elements as DispatchNode<Point>[], { inputs: made });
    for (const [i, point] of points.entries()) {
      const value = (await point.chunk.fetch()) as Point;
      expect([value.constructor, value.double]).toEqual([Point, 2 * i]);
    }
    const [first] = chunks as Chunk<{ large: Float64Array }>[];
    expect((await first!.fetch()).large).toEqual(new Float64Array(50_000));
  });

  it("is told of", async () => {
    const { executor } = small(kind);
    const told: ExecutorEvents["spill"][] = [];
    executor.on("spill", (event) => told.push(event));
    const before = performance.now();
    const chunks = await hold(
      executor,
      Array.from({ length: 40 }, (_, i) => op((k: number) => new Uint8Array(PART).fill(k), i)),
    );
    await executor.collect(op((all: Uint8Array[]) => all.length, chunks));
    const { bytesWritten, bytesReadBack } = executor.stats();
    const sum = (kind: string) =>
      told.filter((one) => one.kind === kind).reduce((total, { bytes }) => total + bytes, 0);
    expect([sum("write"), sum("read")]).toEqual([bytesWritten, bytesReadBack]);
    expect(told.length).toBeGreaterThan(2);
    for (const { worker, values, bytes, milliseconds, at } of told) {
      expect(worker).toMatch(/^worker-[12]$/);
      expect(bytes).toBeGreaterThan(values * PART);
      expect(bytes).toBeLessThan(values * PART * 1.1);
      expect(milliseconds).toBeGreaterThan(0);
      expect(at).toBeGreaterThan(before - 1000);
      expect(at).toBeLessThan(performance.now() + 1000);
    }
    expect(executor.workers.map(({ bytesSpilled }) => bytesSpilled).reduce((a, b) => a + b)).toBe(
      executor.stats().bytesSpilled,
    );
  });

  it("has its files in a directory that is this user's alone", async () => {
    const { executor, directory } = small(kind);
    await hold(
      executor,
      Array.from({ length: 40 }, (_, i) => op((k: number) => new Uint8Array(PART).fill(k), i)),
    );
    const all = readdirSync(directory, { recursive: true, encoding: "utf8" });
    const modes = all.map((name) => statSync(join(directory, name)).mode & 0o777);
    expect(new Set(modes)).toEqual(new Set([0o700, 0o600]));
  });

  it("is made again where files are gone", async () => {
    const { executor, directory } = small(kind);
    const make = (i: number) => new Uint8Array(PART).fill(i);
    const chunks = await hold(
      executor,
      Array.from({ length: 40 }, (_, i) => op(make, i)),
    );
    const files = filesBelow(directory);
    expect(files.length).toBeGreaterThan(20);
    for (const file of files) rmSync(join(directory, file));
    const sums = chunks.map((chunk) => op((x: Uint8Array) => x.reduce((a, b) => a + b, 0), chunk));
    expect(await executor.collect(op((all: number[]) => all, sums))).toEqual(
      Array.from({ length: 40 }, (_, i) => i * PART),
    );
    expect((await chunks[3]!.fetch())[5]).toBe(3);
  });

  it("that holds functions stays in memory, and is right", async () => {
    const { executor } = small(kind);
    const makes = Array.from({ length: 30 }, (_, i) =>
      op((k: number) => ({ data: new Uint8Array(PART).fill(k), at: (n: number) => n + k }), i),
    );
    const chunks = await hold(executor, makes);
    expect(executor.stats().bytesSpilled).toBe(0);
    const call = (value: { data: Uint8Array; at: (n: number) => number }) => value.at(1) + value.data[5]!;
    const calls = chunks.map((chunk) => op(call, chunk));
    expect(await executor.collect(op((all: number[]) => all, calls))).toEqual(
      Array.from({ length: 30 }, (_, i) => 2 * i + 1),
    );
  });

  it("is right in random graphs", async () => {
    const random = new Random(7);
    const { executor, directory } = small(kind);
    const here = new AsyncExecutor();
    for (let round = 0; round < 6; round++) {
      const node = randomGraph(random, 80);
      expect(await executor.collect(node)).toEqual(await here.collect(node));
    }
    expect(executor.stats().bytesWritten).toBeGreaterThan(LIMIT);
    await vi.waitFor(() => expect(filesBelow(directory)).toEqual([]), WAIT);
    expect(executor.stats()).toMatchObject({ bytesHeld: 0, runs: 0 });
  });

  it("is right in random graphs whose tasks end their workers", async () => {
    const random = new Random(8);
    const { executor, directory } = small(kind);
    const here = new AsyncExecutor();
    for (let round = 0; round < 3; round++) {
      const marks = new Marks();
      const seed = random.below(1000);
      const node = randomGraph(new Random(seed), 60, marks);
      expect(await executor.collect(node)).toEqual(await here.collect(randomGraph(new Random(seed), 60)));
    }
    // A file that was given to a worker which then ended stays until the executor is closed.
    await executor.close();
    await here.close();
    expect(readdirSync(directory)).toEqual([]);
  });
});

interface Item {
  readonly sum: number;
  readonly data: unknown;
}

/** Combines any number of items into one of a random kind and size. */
const combine = (number: number, size: number, mark: string | undefined, ...inputs: Item[]): Item => {
  const fs = process.getBuiltinModule("node:fs");
  if (mark !== undefined && !fs.existsSync(mark)) {
    fs.writeFileSync(mark, "");
    process.exit(1);
  }
  let sum = number;
  for (const input of inputs) {
    const { data } = input;
    const of = Array.isArray(data)
      ? data.reduce((a: number, one: Point) => a + one.double, 0)
      : typeof data === "string"
        ? data.length
        : (data as Float64Array).reduce((a, b) => a + b, 0);
    sum = (sum * 31 + input.sum + of) % 1_000_003;
  }
  if (number % 3 === 0) return { sum, data: new Float64Array(size).fill(number % 7) };
  if (number % 3 === 1) return { sum, data: "x".repeat(size * 8) };
  return { sum, data: Array.from({ length: size / 10 }, (_, i) => new Point(i, "p")) };
};

const combineLater = async (...args: Parameters<typeof combine>): Promise<Item> => {
  await new Promise((resolve) => setImmediate(resolve));
  return combine(...args);
};

function randomGraph(random: Random, size: number, marks?: Marks): DispatchNode<number[]> {
  const nodes: DispatchNode<Item>[] = [];
  for (let i = 0; i < size; i++) {
    const from = Array.from({ length: i === 0 ? 0 : random.below(4) }, () => random.below(Math.min(i, 40)));
    const large = random.chance(0.8) ? 10_000 + random.below(30_000) : 30;
    const dies = random.chance(0.05);
    const fn = random.chance(0.2) ? combineLater : combine;
    const mark = dies ? marks?.path(`died-${i}`) : undefined;
    nodes.push(op(fn as typeof combine, i, large, mark, ...from.map((back) => nodes[i - 1 - back]!)));
  }
  return op(
    (all: number[]) => all,
    nodes.map((node) => node.get("sum")),
  );
}
