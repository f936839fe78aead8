import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dependentsOf, type Edges, orderDepthFirst, withElementsFirst } from "../../src/graph/order.ts";
import { type Shape, shapes } from "./random-graphs.ts";

function edgesOf(shape: Shape): Edges {
  let length = 0;
  const start = Int32Array.from(shape, ({ length: count }) => {
    const at = length;
    length += count;
    return at;
  });
  return {
    start,
    count: Int32Array.from(shape, ({ length: count }) => count),
    edges: Int32Array.from(shape.flat()),
  };
}

function orderOf(shape: Shape): number[] {
  const ordering = orderDepthFirst(shape.length, edgesOf(shape));
  if ("cycle" in ordering) throw new Error(`a cycle: ${ordering.cycle}`);
  return [...ordering.order];
}

/** How many results exist at once when tasks run in this order and a result goes with its last dependent. */
function mostResults(shape: Shape, order: readonly number[]): number {
  const needed = shape.map((_, n) => shape.filter((dependencies) => dependencies.includes(n)).length);
  let held = 0;
  let most = 0;
  for (const n of order) {
    held++;
    most = Math.max(most, held);
    for (const d of new Set(shape[n]!)) if (--needed[d]! === 0) held--;
  }
  return most;
}

/** A reduction of `n` leaves, two and two. */
function reduction(leaves: number): Shape {
  const shape: number[][] = [];
  let level = Array.from({ length: leaves }, () => shape.push([]) - 1);
  while (level.length > 1) {
    const next: number[] = [];
    for (let i = 0; i < level.length; i += 2) {
      next.push(i + 1 < level.length ? shape.push([level[i]!, level[i + 1]!]) - 1 : level[i]!);
    }
    level = next;
  }
  return shape;
}

/** The same with the last number first. */
function reverse(shape: Shape): Shape {
  return shape.toReversed().map((list) => list.map((d) => shape.length - 1 - d));
}

describe("orderDepthFirst", () => {
  it("has each node once, after all of its dependencies", () => {
    fc.assert(
      fc.property(shapes({ cyclic: false }), (shape) => {
        const order = orderOf(shape);
        expect(order.toSorted((a, b) => a - b)).toEqual(shape.map((_, n) => n));
        for (const [n, dependencies] of shape.entries()) {
          for (const d of dependencies) expect(order.indexOf(d)).toBeLessThan(order.indexOf(n));
        }
      }),
    );
  });

  it("is the order in which a recursive function would follow the dependencies of one output", () => {
    const reference = (shape: Shape, first: number): number[] => {
      const order: number[] = [];
      const visit = (n: number): void => {
        if (order.includes(n)) return;
        shape[n]!.forEach(visit);
        order.push(n);
      };
      visit(first);
      return order;
    };
    fc.assert(
      fc.property(shapes({ cyclic: false }), (shape) => {
        // The output first, as a graph has it, and only what it needs.
        const reversed = reverse(shape);
        const expected = reference(reversed, 0);
        const kept = reversed.map((list, n) => (expected.includes(n) ? list : []));
        expect(orderOf(kept).filter((n) => expected.includes(n))).toEqual(expected);
      }),
    );
  });

  // Graphs number outputs first. One that was filled by hand may have any numbers.
  it.each([1, 2, 3, 4, 7, 8, 64, 100, 256])(
    "holds few results in a reduction of %i leaves, whatever has the first number",
    (leaves) => {
      const [outputLast, outputFirst] = [reduction(leaves), reverse(reduction(leaves))];
      const enough = Math.ceil(Math.log2(leaves)) + 2;
      expect(mostResults(outputFirst, orderOf(outputFirst))).toBeLessThanOrEqual(enough);
      expect(mostResults(outputLast, orderOf(outputLast))).toBeLessThanOrEqual(enough);
    },
  );

  it("holds few results in a chain with side inputs", () => {
    const shape: number[][] = [[]];
    for (let i = 0; i < 100; i++) shape.push([], [shape.length - 1, shape.length]);
    expect(mostResults(shape, orderOf(shape))).toBeLessThanOrEqual(3);
  });

  it("finds a real cycle if there is one, and only then", () => {
    fc.assert(
      fc.property(shapes({ cyclic: true }), (shape) => {
        const reaches = (from: number, to: number, seen = new Set<number>()): boolean =>
          shape[from]!.some((d) => {
            if (d === to) return true;
            if (seen.has(d)) return false;
            seen.add(d);
            return reaches(d, to, seen);
          });
        const cyclic = shape.some((_, n) => reaches(n, n));
        const ordering = orderDepthFirst(shape.length, edgesOf(shape));
        expect("cycle" in ordering).toBe(cyclic);
        if (!("cycle" in ordering)) return;
        const { cycle } = ordering;
        expect(new Set(cycle).size).toBe(cycle.length);
        // Each is a dependency of the next, and the last one of the first.
        for (const [i, n] of cycle.entries()) expect(shape[cycle[(i + 1) % cycle.length]!]).toContain(n);
      }),
      { numRuns: 500 },
    );
  });

  it("finds a loop of one node, and a cycle of very many", () => {
    expect(orderDepthFirst(1, edgesOf([[0]]))).toEqual({ cycle: [0] });
    const ring = Array.from({ length: 100_000 }, (_, n) => [(n + 1) % 100_000]);
    const ordering = orderDepthFirst(ring.length, edgesOf(ring));
    expect("cycle" in ordering && ordering.cycle.length).toBe(100_000);
  });

  it("orders nothing", () => {
    expect(orderOf([])).toEqual([]);
  });

  it("does not overflow the stack in a chain", () => {
    const chain = Array.from({ length: 1_000_000 }, (_, n) => (n === 999_999 ? [] : [n + 1]));
    expect(orderOf(chain)[0]).toBe(999_999);
  });
});

describe("dependentsOf", () => {
  it("gives the edges the other way round", () => {
    const shape = [[1, 2], [2], [], [1]];
    const { start, items } = dependentsOf(shape.length, (n) => shape[n]!);
    const dependents = shape.map((_, n) => [...items.subarray(start[n], start[n + 1])]);
    expect(dependents).toEqual([[], [0, 3], [0, 1], []]);
  });
});

describe("an order with elements first", () => {
  /** In this order elements have the numbers given. */
  const orderWith = (shape: Shape, elements: readonly number[]): number[] => {
    const isElement = (n: number) => elements.includes(n);
    return [...withElementsFirst(Int32Array.from(orderOf(shape)), isElement, edgesOf(shape))];
  };

  it("has each directly behind what it is an element of, in the order before", () => {
    // 0 has the elements 1 and 2, which are needed by 4 and 6, each together with something else.
    const shape = [[], [0], [0], [], [1, 3], [], [2, 5], [4, 6]];
    expect(orderOf(shape)).toEqual([0, 1, 3, 4, 2, 5, 6, 7]);
    expect(orderWith(shape, [1, 2])).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it("has elements of elements before the next one", () => {
    const shape = [[], [0], [1], [0], [], [2, 4], [3, 5], [1, 6]];
    expect(orderOf(shape)).toEqual([0, 1, 3, 2, 4, 5, 6, 7]);
    expect(orderWith(shape, [1, 2, 3])).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it("has dependencies before dependents, and every node once", () => {
    fc.assert(
      fc.property(shapes({ cyclic: false }), fc.array(fc.nat()), (shape, chosen) => {
        const elements = shape.flatMap((dependencies, n) =>
          dependencies.length === 1 && chosen.some((one) => one % shape.length === n) ? [n] : [],
        );
        const order = orderWith(shape, elements);
        const place = new Map(order.map((n, i) => [n, i]));
        expect(place.size).toBe(shape.length);
        for (const [n, dependencies] of shape.entries())
          for (const d of dependencies) expect(place.get(d)).toBeLessThan(place.get(n)!);
      }),
    );
  });
});
