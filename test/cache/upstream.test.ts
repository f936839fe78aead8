import { DispatchGraph, op } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { Upstream } from "../../src/cache/upstream.ts";

const f = (...values: unknown[]): number => values.length;

describe("Upstream", () => {
  it("has dependencies first, and what chosen nodes need", () => {
    const a = op(f);
    const b = op(f, a);
    const c = op(f, a, b, a);
    const graph = DispatchGraph.from(c);
    const upstream = new Upstream(graph);
    const number = (node: typeof a): number => graph.numberOf(node);
    expect([...upstream.order]).toEqual([a, b, c].map(number));
    expect([...upstream.dependenciesOf(number(c))]).toEqual([a, b, a].map(number));
    const needed = upstream.of((node) => node === b);
    expect([a, b, c].map((node) => needed[number(node)])).toEqual([1, 1, 0]);
  });

  it("has no order for a cycle", () => {
    const a = op(f);
    const b = op(f, a);
    a.args = [b];
    expect(new Upstream(DispatchGraph.from(b)).order).toHaveLength(0);
  });
});
