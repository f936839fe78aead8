import { buildNodes } from "./contenders.ts";
import type { Library } from "./library.ts";
import { collectGarbage } from "./measure.ts";
import { SHAPES, type Shape } from "./shapes.ts";
import { printTable, whole } from "./table.ts";

/** What a node takes while it waits, in bytes. */
export interface MemoryFigure {
  readonly shape: string;
  readonly size: number;
  /** Nodes with their arguments, graph, tables of the run: all but the functions. */
  readonly all: number;
  /** An array of the arguments of each node, and nothing else. */
  readonly argumentArrays: number;
  /** What the library adds to those. */
  readonly added: number;
}

/** Measures graphs all of whose nodes wait for one promise, and prints a table. */
export async function measureMemory(
  library: Library,
  shapes: readonly string[],
  size: number,
): Promise<MemoryFigure[]> {
  const figures: MemoryFigure[] = [];
  for (const name of shapes) {
    const shape = SHAPES[name]!(size);
    // The first time round, code and feedback are made, which stay.
    await waitingNodes(library, SHAPES[name]!(10_000));
    const all = (await waitingNodes(library, shape)) / shape.size;
    const argumentArrays = (await arraysOfArguments(shape)) / shape.size;
    figures.push({ shape: name, size: shape.size, all, argumentArrays, added: all - argumentArrays });
  }
  console.log("\nmemory: bytes per node while all of a graph wait for its root\n");
  printTable<MemoryFigure>(
    [
      { heading: "shape", cell: ({ shape }) => shape },
      { heading: "nodes", cell: (row) => whole(row.size), right: true },
      { heading: "all", cell: ({ all }) => whole(all), right: true },
      { heading: "argument arrays", cell: (row) => whole(row.argumentArrays), right: true },
      { heading: "added by the library", cell: ({ added }) => whole(added), right: true },
    ],
    [figures],
  );
  return figures;
}

/** Bytes that a run takes from before its graph is built to when all of it waits. */
async function waitingNodes(library: Library, shape: Shape): Promise<number> {
  const before = await usedBytes();
  const executor = new library.AsyncExecutor();
  let begun = (): void => {};
  const waiting = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const output = buildNodes(library, shape, () => {
    begun();
    return new Promise(() => {});
  }).at(-1)!;
  const run = executor.run(output).catch(() => {});
  await waiting;
  const bytes = (await usedBytes()) - before;
  await executor.close();
  await run;
  return bytes;
}

/** Bytes of an array per node with as many elements as the node has arguments. */
async function arraysOfArguments({ size, start }: Shape): Promise<number> {
  const before = await usedBytes();
  const arrays = new Array<readonly unknown[]>(size);
  for (let n = 0; n < size; n++) arrays[n] = argumentsOf(start[n + 1]! - start[n]!);
  const bytes = (await usedBytes()) - before;
  // The list of the arrays is this function's own.
  return bytes - 8 * arrays.length;
}

/** Arguments as `op` gets them: each a node, or all nodes in one array if they are many. */
function argumentsOf(count: number): readonly unknown[] {
  if (count > 3) return list(new Array(count).fill(undefined));
  return count === 3 ? list(1, 2, 3) : count === 2 ? list(1, 2) : list(1);
}

function list(...args: readonly unknown[]): readonly unknown[] {
  return args;
}

/** Memory outside of the heap is given back some time after the collection that frees it. */
async function usedBytes(): Promise<number> {
  let used = Infinity;
  for (;;) {
    collectGarbage("all");
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { heapUsed, external } = process.memoryUsage();
    // `external` has the array buffers in it.
    if (heapUsed + external > 0.999 * used) return heapUsed + external;
    used = heapUsed + external;
  }
}
