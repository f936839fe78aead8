import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Lowered, lower } from "../../src/graph/lower.ts";
import {
  CollectNode,
  DataNode,
  DispatchGraph,
  type DispatchNode,
  ExecutorError,
  op,
} from "../../src/index.ts";
import { evaluate, ONE_LIST } from "../../src/task.ts";
import { nodesOf, resultOf, shapesWith } from "./random-graphs.ts";

const NO_VALUES = new Map<DispatchNode, unknown>();
const add = (a: number, b: number): number => a + b;

/** Runs the rows one after another: all that an executor needs to know. */
function evaluateAll(graph: Lowered): unknown[] {
  const values: unknown[] = [];
  const { fns, args, dependencyStart, dependencies, orderOnly } = graph;
  for (let task = 0; task < graph.size; task++) {
    const [start, end] = [dependencyStart[task]!, dependencyStart[task + 1]! - (orderOnly.get(task) ?? 0)];
    const fn = fns[task];
    values.push(
      fn === undefined ? args[task]![0] : evaluate(fn, args[task], values, dependencies, start, end),
    );
  }
  return values;
}

const dependenciesOf = ({ dependencies, dependencyStart }: Lowered, task: number): number[] => [
  ...dependencies.subarray(dependencyStart[task], dependencyStart[task + 1]),
];

describe("lower", () => {
  it("has a row for each node, from which its result follows", () => {
    fc.assert(
      fc.property(shapesWith({ cyclic: false }, 1), ({ shape, picked: [outputs] }) => {
        const nodes = nodesOf(shape);
        const graph = DispatchGraph.from(outputs!.map((n) => nodes[n]!));
        const lowered = lower(graph, NO_VALUES);
        expect(lowered.size).toBe(graph.size);
        const values = evaluateAll(lowered);
        for (const [n, node] of nodes.entries()) {
          if (!graph.has(node)) continue;
          const task = lowered.taskOf(node);
          expect(lowered.nodeOf(task) === node).toBe(true);
          expect(lowered.idOf(task)).toBe(graph.idOf(node));
          expect(lowered.info(task).label).toBe(`${n}`);
          expect(values[task]).toEqual(resultOf(shape, n));
          // Dependencies always have smaller numbers; they repeat as the arguments do.
          expect(dependenciesOf(lowered, task)).toEqual(shape[n]!.map((d) => lowered.taskOf(nodes[d]!)));
          for (const d of dependenciesOf(lowered, task)) expect(d).toBeLessThan(task);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("gives inputs the values that were given", () => {
    fc.assert(
      fc.property(shapesWith({ cyclic: false }, 2), ({ shape, picked: [outputs, inputs] }) => {
        const nodes = nodesOf(shape);
        const values = new Map<DispatchNode, unknown>(inputs!.map((n) => [nodes[n]!, ["given", n]]));
        const graph = DispatchGraph.from(
          outputs!.map((n) => nodes[n]!),
          values.keys(),
        );
        const lowered = lower(graph, values);
        const expected = (n: number): unknown =>
          inputs!.includes(n) ? ["given", n] : [n, ...shape[n]!.map(expected)];
        const results = evaluateAll(lowered);
        for (const n of outputs!) expect(results[lowered.taskOf(nodes[n]!)]).toEqual(expected(n));
      }),
      { numRuns: 300 },
    );
  });

  it("has the value of data in the place of arguments", () => {
    const value = { a: 1 };
    const lowered = lower(DispatchGraph.from(new DataNode(value)), NO_VALUES);
    expect(lowered.fns).toEqual([undefined]);
    expect(lowered.args[0]?.[0]).toBe(value);
  });

  it("has no arguments where they are nodes and nothing else", () => {
    const a = new DataNode(1);
    const only = op(add, a, a);
    const mixed = op(add, a, 1);
    const count = (list: number[]): number => list.length;
    const list = op(count, [a]);
    const nested = op(count, [a, 1]);
    const empty = op(count, []);
    const none = op(() => 1);
    const lowered = lower(DispatchGraph.from([only, mixed, list, nested, empty, none]), NO_VALUES);
    const argsOf = (node: DispatchNode): unknown => lowered.args[lowered.taskOf(node)];
    expect(argsOf(only)).toBeUndefined();
    expect(argsOf(mixed)).toBe(mixed.args);
    expect(argsOf(list)).toBe(ONE_LIST);
    expect(argsOf(nested)).toBe(nested.args);
    expect(argsOf(empty)).toBe(empty.args);
    expect(argsOf(none)).toEqual([]);
    expect(lowered.fns[lowered.taskOf(only)]).toBe(add);
  });

  it("says which options occur at all; one that is false does not", () => {
    const a = op(() => 1).with({ label: "a", retries: 1 });
    const b = op(add, a, 1).with({ persist: true, meta: false });
    const lowered = lower(DispatchGraph.from(op(add, b, b)), NO_VALUES);
    expect(lowered.usedOptions).toEqual(new Set(["label", "retries", "persist"]));
    expect(lowered.info(lowered.taskOf(b)).options).toEqual({ persist: true, meta: false });
    expect(lower(DispatchGraph.from(op(add, 1, 2)), NO_VALUES).usedOptions.size).toBe(0);
  });

  it("puts dependencies that only order last, and counts them", () => {
    const [a, b, c] = [op(() => 1), op(() => 2), op(() => 3)];
    const sum = op(add, a, 5);
    const graph = DispatchGraph.from([sum, b, c]);
    graph.addEdge(c, sum);
    graph.addEdge(b, sum);
    graph.addEdge(b, c);
    const lowered = lower(graph, NO_VALUES);
    const task = (node: DispatchNode): number => lowered.taskOf(node);
    expect(dependenciesOf(lowered, task(sum))).toEqual([task(a), task(c), task(b)]);
    expect(dependenciesOf(lowered, task(c))).toEqual([task(b)]);
    expect(lowered.orderOnly).toEqual(
      new Map([
        [task(sum), 2],
        [task(c), 1],
      ]),
    );
    expect(evaluateAll(lowered)[task(sum)]).toBe(6);
  });

  it("follows the binary reduction with few results at once", () => {
    let level: DispatchNode<number>[] = Array.from({ length: 64 }, (_, i) => op(Math.abs, i));
    while (level.length > 1) {
      const next: DispatchNode<number>[] = [];
      for (let i = 0; i < level.length; i += 2) next.push(op(add, level[i]!, level[i + 1]!));
      level = next;
    }
    const lowered = lower(DispatchGraph.from(level), NO_VALUES);
    const needed = new Int32Array(lowered.size);
    for (const d of lowered.dependencies) needed[d]!++;
    let [held, most] = [0, 0];
    for (let task = 0; task < lowered.size; task++) {
      most = Math.max(most, ++held);
      for (const d of dependenciesOf(lowered, task)) if (--needed[d]! === 0) held--;
    }
    expect(most).toBeLessThanOrEqual(Math.log2(64) + 2);
  });
});

describe("a cycle", () => {
  it("is an ExecutorError that names it, each node a dependency of the next", () => {
    const named = (label: string) => op((..._: unknown[]) => 0).with({ label });
    const [a, b, c, outside] = [named("a"), named("b"), named("c"), named("outside")];
    outside.args = [c];
    c.args = [b];
    b.args = [a];
    a.args = [c];
    const graph = DispatchGraph.from(outside);
    expect(() => lower(graph, NO_VALUES)).toThrow(ExecutorError);
    expect(() => lower(graph, NO_VALUES)).toThrow(/: "a" → "b" → "c" → "a"$/);
  });

  it("may be made by hand", () => {
    const a = op(() => 1);
    const b = op(add, a, 1);
    const graph = DispatchGraph.from(b);
    graph.addEdge(b, a);
    expect(() => lower(graph, NO_VALUES)).toThrow(
      'the graph has a cycle and cannot be run: "anonymous" → "add" → "anonymous"',
    );
  });

  it("is refused where an input would not cut it, and not where it does", () => {
    const a = op((x?: unknown) => x);
    const b = op((x?: unknown) => x, a);
    a.args = [b];
    const values = new Map([[a, 1]]);
    expect(evaluateAll(lower(DispatchGraph.from(b, [a]), values))).toEqual([1, 1]);
    expect(() => lower(DispatchGraph.from(b), NO_VALUES)).toThrow(ExecutorError);
  });

  it("is described in bounded length", () => {
    const nodes = Array.from({ length: 100_000 }, (_, i) => op((x?: unknown) => x).with({ label: `n${i}` }));
    for (const [i, node] of nodes.entries()) node.args = [nodes[(i + 1) % nodes.length]];
    const graph = DispatchGraph.from(nodes[0]!);
    expect(() => lower(graph, NO_VALUES)).toThrow(/^.{0,300}$/);
    expect(() => lower(graph, NO_VALUES)).toThrow(/… 99990 more → "n\d+"$/);
  });
});

describe("other node types", () => {
  it("become calls of their functions", () => {
    const list = op(() => ["x", "y"]);
    const [x, y] = [list.at(0), list.at(1)];
    const both = new CollectNode([y, x]);
    const lowered = lower(DispatchGraph.from(both), NO_VALUES);
    expect(evaluateAll(lowered)[lowered.taskOf(both)]).toEqual(["y", "x"]);
  });
});
