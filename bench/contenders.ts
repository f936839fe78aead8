import { PGraph } from "p-graph";
import type { DispatchNode } from "../src/index.ts";
import type { Library } from "./library.ts";
import type { Shape } from "./shapes.ts";

/** A way to build and run a graph; results in the output's value. */
export interface Contender {
  readonly name: string;
  /** The largest graph that it manages in a reasonable time. */
  readonly largest: number;
  /** How many rounds are enough for something this slow, by the size of the graph. */
  readonly rounds?: (size: number) => number;
  buildAndRun(shape: Shape): number | Promise<number>;
}

// The functions of the graphs, chosen by the number of a node's dependencies. Results stay small
// integers, so that arithmetic costs next to nothing.
export function leaf(n: number): number {
  return n & 0xff;
}

export function step(a: number): number {
  return (a + 1) & 0xffff;
}

export function addTwo(a: number, b: number): number {
  return (a + b) & 0xffff;
}

export function addThree(a: number, b: number, c: number): number {
  return (a + b + c) & 0xffff;
}

export function addAll(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum = (sum + value) & 0xffff;
  return sum;
}

/** What `items` holds for the dependencies of a node with many. */
function pick<T>(items: readonly T[], { start, dependencies }: Shape, n: number): T[] {
  const picked: T[] = [];
  for (let e = start[n]!; e < start[n + 1]!; e++) picked.push(items[dependencies[e]!]!);
  return picked;
}

/** The floor: what the functions themselves cost, called by a loop over a topological order. */
export const loop: Contender = {
  name: "loop",
  largest: Infinity,
  buildAndRun(shape) {
    const { size, start, dependencies } = shape;
    const values = new Array<number>(size);
    for (let n = 0; n < size; n++) {
      const first = start[n]!;
      switch (start[n + 1]! - first) {
        case 0:
          values[n] = leaf(n);
          break;
        case 1:
          values[n] = step(values[dependencies[first]!]!);
          break;
        case 2:
          values[n] = addTwo(values[dependencies[first]!]!, values[dependencies[first + 1]!]!);
          break;
        case 3:
          values[n] = addThree(
            values[dependencies[first]!]!,
            values[dependencies[first + 1]!]!,
            values[dependencies[first + 2]!]!,
          );
          break;
        default:
          values[n] = addAll(pick(values, shape, n));
      }
    }
    return values[size - 1]!;
  },
};

/** What one writes without a library. */
export const promiseAll: Contender = {
  name: "Promise.all",
  largest: Infinity,
  buildAndRun(shape) {
    const { size, start, dependencies } = shape;
    const promises = new Array<Promise<number>>(size);
    for (let n = 0; n < size; n++) {
      const first = start[n]!;
      switch (start[n + 1]! - first) {
        case 0:
          promises[n] = Promise.resolve(n).then(leaf);
          break;
        case 1:
          promises[n] = Promise.all([promises[dependencies[first]!]!]).then((values) => step(...values));
          break;
        case 2:
          promises[n] = Promise.all([
            promises[dependencies[first]!]!,
            promises[dependencies[first + 1]!]!,
          ]).then((values) => addTwo(...values));
          break;
        case 3:
          promises[n] = Promise.all([
            promises[dependencies[first]!]!,
            promises[dependencies[first + 1]!]!,
            promises[dependencies[first + 2]!]!,
          ]).then((values) => addThree(...values));
          break;
        default:
          promises[n] = Promise.all(pick(promises, shape, n)).then(addAll);
      }
    }
    return promises[size - 1]!;
  },
};

/** A function that takes its arguments from `values` and puts its result there. */
function runnable(shape: Shape, values: number[], n: number): { run: () => void } {
  const { start, dependencies } = shape;
  const first = start[n]!;
  const [a, b, c] = [dependencies[first]!, dependencies[first + 1]!, dependencies[first + 2]!];
  // The functions have no names of their own, which tools that compile TypeScript would write down each time.
  switch (start[n + 1]! - first) {
    case 0:
      return withRun(() => {
        values[n] = leaf(n);
      });
    case 1:
      return withRun(() => {
        values[n] = step(values[a]!);
      });
    case 2:
      return withRun(() => {
        values[n] = addTwo(values[a]!, values[b]!);
      });
    case 3:
      return withRun(() => {
        values[n] = addThree(values[a]!, values[b]!, values[c]!);
      });
    default:
      return withRun(() => {
        values[n] = addAll(pick(values, shape, n));
      });
  }
}

function withRun(run: () => void): { run: () => void } {
  return { run };
}

/** A peer: functions by name and pairs of names; it passes no values, so the functions do. */
export const pGraph: Contender = {
  name: "p-graph",
  largest: 1e5,
  rounds: (size) => (size < 5e4 ? 11 : 3),
  async buildAndRun(shape) {
    const { size, start, dependencies } = shape;
    const values = new Array<number>(size);
    const functions = new Map<string, { run: () => void }>();
    const edges: [string, string][] = [];
    for (let n = 0; n < size; n++) {
      const first = start[n]!;
      const end = start[n + 1]!;
      const name = String(n);
      for (let e = first; e < end; e++) edges.push([String(dependencies[e]), name]);
      functions.set(name, runnable(shape, values, n));
    }
    await new PGraph(functions, edges).run();
    return values[size - 1]!;
  },
};

/** Nodes for the functions of a shape; the last is the output. */
export function buildNodes(
  { op }: Library,
  shape: Shape,
  root?: () => Promise<number>,
): DispatchNode<number>[] {
  const { size, start, dependencies } = shape;
  type Node = ReturnType<typeof op<[number], number>>;
  const nodes = new Array<Node>(size);
  const gate = root && op(root);
  for (let n = 0; n < size; n++) {
    const first = start[n]!;
    switch (start[n + 1]! - first) {
      case 0:
        nodes[n] = gate === undefined ? op(leaf, n) : op(step, gate);
        break;
      case 1:
        nodes[n] = op(step, nodes[dependencies[first]!]!);
        break;
      case 2:
        nodes[n] = op(addTwo, nodes[dependencies[first]!]!, nodes[dependencies[first + 1]!]!);
        break;
      case 3:
        nodes[n] = op(
          addThree,
          nodes[dependencies[first]!]!,
          nodes[dependencies[first + 1]!]!,
          nodes[dependencies[first + 2]!]!,
        );
        break;
      default:
        nodes[n] = op(addAll, pick(nodes, shape, n));
    }
  }
  return nodes;
}

/**
 * A run that never ends, as small as can be. Compiled code is thrown away when a full garbage
 * collection finds no object left of a kind that the code was made for. That happens between
 * rounds and hardly in programs, which have a node or a run somewhere; so here is one.
 */
function keepRunning({ op, AsyncExecutor }: Library): void {
  const node = op(
    step,
    op(() => forever),
  );
  void new AsyncExecutor().run(node);
  kept.push(node);
}

const forever = new Promise<number>(() => {});
const kept: unknown[] = [];

/** This library, or another build of it. */
export function dispatchGraph(
  library: Library,
  name: string,
  executor: InstanceType<Library["AsyncExecutor"]> = new library.AsyncExecutor(),
): Contender {
  keepRunning(library);
  return {
    name,
    largest: Infinity,
    buildAndRun(shape) {
      const nodes = buildNodes(library, shape);
      return executor.collect(nodes[shape.size - 1]!);
    },
  };
}
