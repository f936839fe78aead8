import { WITH_DATA } from "../../src/core/scheduler/task-table.ts";
import { orderDepthFirst } from "../../src/graph/order.ts";
import type { Random } from "./random.ts";
import { shape } from "./scheduler.ts";
import type { Work } from "./virtual-cluster.ts";

/** What each task depends on, by number. */
export type Dependencies = readonly (readonly number[])[];

/** The same tasks, numbered in the static order as those of a run are. */
export function inStaticOrder(dependencies: Dependencies): Dependencies {
  const counts = dependencies.map(({ length }) => length);
  const start = new Int32Array(dependencies.length);
  for (let t = 1; t < start.length; t++) start[t] = start[t - 1]! + counts[t - 1]!;
  const ordering = orderDepthFirst(dependencies.length, {
    start,
    count: Int32Array.from(counts),
    edges: Int32Array.from(dependencies.flat()),
  });
  if ("cycle" in ordering) throw new Error("the tasks depend on themselves");
  const { order } = ordering;
  const numbers = new Int32Array(order.length);
  order.forEach((t, number) => {
    numbers[t] = number;
  });
  return [...order].map((t) => dependencies[t]!.map((d) => numbers[d]!));
}

/** A root, and tasks that need nothing else. */
export function fanOut(children: number): Dependencies {
  return [[], ...Array.from({ length: children }, () => [0])];
}

/** Sums of two, of a number of leaves, or of what a function makes of each leaf. */
export function reduction(leaves: number, isMapped = false): Dependencies {
  const dependencies: number[][] = [];
  const add = (...inputs: number[]): number => dependencies.push(inputs) - 1;
  let level = Array.from({ length: leaves }, () => (isMapped ? add(add()) : add()));
  while (level.length > 1) {
    const next: number[] = [];
    for (let i = 0; i < level.length; i += 2) {
      next.push(i + 1 < level.length ? add(level[i]!, level[i + 1]!) : level[i]!);
    }
    level = next;
  }
  return dependencies;
}

/** Two ways from each joint to the next. */
export function ladder(diamonds: number): Dependencies {
  const dependencies: number[][] = [[]];
  for (let i = 0; i < diamonds; i++) {
    const top = dependencies.length - 1;
    dependencies.push([top], [top], [top + 1, top + 2]);
  }
  return dependencies;
}

export function chain(length: number): Dependencies {
  return Array.from({ length }, (_, t) => (t === 0 ? [] : [t - 1]));
}

/** One task that needs all others. */
export function fanIn(inputs: number): Dependencies {
  const leaves = Array.from({ length: inputs }, (_, t) => t);
  return [...leaves.map(() => []), leaves];
}

/** Kinds of small graphs, of at most 8 tasks. */
export const SMALL_GRAPHS: Readonly<Record<string, (random: Random) => Dependencies>> = {
  anything: (random) => randomDependencies(random, 5 + random.below(4), 0, 2),
  "few leaves": (random) => randomDependencies(random, 5 + random.below(4), 1, 3),
  "several roots": (random) => {
    const roots = 1 + random.below(3);
    const rest = randomDependencies(random, 5 + random.below(4), 1, 2);
    return rest.map((inputs, t) => (t < roots ? [] : inputs));
  },
  reduction: (random) => reduction(3 + random.below(2)),
  "map and reduce": (random) => {
    const leaves = Array.from({ length: 2 + random.below(2) }, (_, i) => 2 * i);
    return [...leaves.flatMap((leaf) => [[], [leaf]]), leaves.map((leaf) => leaf + 1)];
  },
  layers: (random) => {
    const width = 2 + random.below(2);
    return Array.from({ length: 8 - (8 % width) }, (_, t) => {
      const above = t - (t % width) - width;
      if (above < 0) return [];
      return [...new Set(Array.from({ length: 1 + random.below(2) }, () => above + random.below(width)))];
    });
  },
};

/** Each task has `least` to `most` inputs among those before it, as far as there are any. */
function randomDependencies(random: Random, size: number, least: number, most: number): Dependencies {
  return Array.from({ length: size }, (_, t) => {
    if (t === 0) return [];
    const count = least + random.below(most - least + 1);
    return [...new Set(Array.from({ length: count }, () => random.below(t)))];
  });
}

/** Tasks of random length that make up to 100 bytes each, in the static order. */
export function randomly(random: Random, dependencies: Dependencies): Work {
  return {
    graph: shape(...inStaticOrder(dependencies)),
    durations: dependencies.map(() => 1 + random.next()),
    sizes: dependencies.map(() => 1 + random.below(100)),
  };
}

/**
 * Anything that may come, of up to 30 tasks: with priorities, failures and restrictions.
 * @param restrictions numbers of sets of workers
 */
export function randomWork(random: Random, restrictions: readonly number[]): Work {
  const size = 1 + random.below(30);
  const work = randomly(random, randomDependencies(random, size, 0, random.pick([1, 2, 4])));
  const kinds = random.chance(0.5) ? [0, 0, 0, WITH_DATA, ...restrictions] : [0];
  const priorities = random.chance(0.3) ? [0, 1, 2] : [0];
  const failures = random.chance(0.3) ? [0, 0, 1, 2] : [0];
  const column = (values: readonly number[]): number[] =>
    Array.from({ length: size }, () => random.pick(values));
  return {
    ...work,
    graph: {
      ...work.graph,
      priorities: Int8Array.from(column(priorities)),
      restrictions: Uint8Array.from(column(kinds)),
    },
    failures: column(failures),
  };
}
