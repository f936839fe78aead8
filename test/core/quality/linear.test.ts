import { describe, expect, test } from "vitest";
import { SchedulerState } from "../../../src/core/scheduler/state.ts";
import { DispatchGraph } from "../../../src/graph/graph.ts";
import { lower } from "../../../src/graph/lower.ts";
import { orderDepthFirst } from "../../../src/graph/order.ts";
import { type DispatchNode, op } from "../../../src/index.ts";
import { type Counter, counting } from "../../support/counting.ts";
import { shape } from "../../support/scheduler.ts";
import {
  chain,
  type Dependencies,
  fanIn,
  fanOut,
  inStaticOrder,
  ladder,
  reduction,
} from "../../support/works.ts";

/*
 * Operations are counted, not time: a graph of twice the size takes twice as many.
 */

const SHAPES: readonly (readonly [string, (size: number) => Dependencies, number])[] = [
  ["a ladder of diamonds", ladder, 1000],
  ["a chain", chain, 10_000],
  ["a task with very many inputs", fanIn, 100_000],
  ["a task with very many dependents", fanOut, 10_000],
  ["a reduction", reduction, 5000],
];

/** What is needed for a size, and for twice the size. */
function expectLinear(operations: (size: number) => number, size: number): void {
  const [once, twice] = [operations(size), operations(2 * size)];
  expect(once).toBeGreaterThanOrEqual(size);
  expect(twice / once).toBeGreaterThan(1.9);
  expect(twice / once).toBeLessThan(2.1);
}

describe("the static order", () => {
  test.each(SHAPES)("of %s", (_, make, size) => {
    expectLinear((n) => {
      const dependencies = make(n);
      const counter: Counter = { count: 0 };
      const start = new Int32Array(dependencies.length);
      const count = Int32Array.from(dependencies, ({ length }) => length);
      for (let t = 1; t < start.length; t++) start[t] = start[t - 1]! + count[t - 1]!;
      const edges = Int32Array.from(dependencies.flat());
      orderDepthFirst(dependencies.length, {
        start: counting(start, counter),
        count: counting(count, counter),
        edges: counting(edges, counter),
      });
      return counter.count;
    }, size);
  });

  test("of a chain of 1,000,000, last task first", () => {
    const size = 1_000_000;
    const start = Int32Array.from({ length: size }, (_, t) => t);
    const count = new Int32Array(size).fill(1);
    count[size - 1] = 0;
    const edges = Int32Array.from({ length: size - 1 }, (_, t) => t + 1);
    const ordering = orderDepthFirst(size, { start, count, edges });
    if ("cycle" in ordering) throw new Error("a cycle");
    expect(ordering.order[0]).toBe(size - 1);
    expect(ordering.order[size - 1]).toBe(0);
  });
});

describe("nodes are asked what they stand for a fixed number of times", () => {
  test.each(SHAPES)("in %s", (_, make, size) => {
    const asked = (n: number): number => {
      let count = 0;
      const nodes: DispatchNode[] = [];
      for (const inputs of make(n)) {
        const node = op((...values: unknown[]) => values, ...inputs.map((input) => nodes[input]!));
        const { toTask } = node;
        node.toTask = () => {
          count++;
          return toTask.call(node);
        };
        nodes.push(node);
      }
      const outputs = nodes.slice(make === fanOut ? 1 : -1);
      expect(lower(DispatchGraph.from(outputs), new Map()).size).toBe(nodes.length);
      return count;
    };
    const few = Math.min(size, 10_000);
    expect(asked(2 * few) - asked(few)).toBe(2 * (make(2 * few).length - make(few).length));
  });
});

describe.each([1, 3])("running on %i workers", (workers) => {
  /** How often the scheduler looks at its table. */
  function operations(dependencies: Dependencies): number {
    const core = new SchedulerState();
    for (let i = 0; i < workers; i++) core.addWorker(2, i, true);
    const counter: Counter = { count: 0 };
    const { table } = core;
    core.updateGraph(shape(...inStaticOrder(dependencies)), [], true);
    table.state = counting(table.state, counter);
    table.worker = counting(table.worker, counter);
    table.waiting = counting(table.waiting, counter);
    table.needed = counting(table.needed, counter);
    table.dependencies = counting(table.dependencies, counter);
    table.dependents = counting(table.dependents, counter);
    const running: { index: number; task: number }[] = [];
    const feed = (): void => {
      for (let i = 0; i < 2 * workers; i++) {
        const index = i % workers;
        for (let task = core.nextTask(index); task >= 0; task = core.nextTask(index)) {
          running.push({ index, task });
        }
      }
    };
    feed();
    for (let one = running.shift(); one !== undefined; one = running.shift()) {
      core.taskFinished(one.index, one.task, core.attemptOf(one.task), 1);
      feed();
    }
    expect(core.graphs.size).toBe(1);
    expect(dependencies.every((_, task) => core.stateOf(task) === "released")).toBe(true);
    return counter.count;
  }

  test.each(SHAPES)("%s", (_, make, size) => {
    expectLinear((n) => operations(make(n)), size / 2);
  });
});
