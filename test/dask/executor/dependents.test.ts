import { describe, expect, it } from "vitest";
import { Dependents } from "../../../src/dask/executor/dependents.ts";
import { delayed } from "../../../src/index.ts";
import { observedRun } from "../../support/run-of.ts";

const call = (label: string, ...args: unknown[]) => delayed((...all: unknown[]) => all, { label })(...args);

describe("dependents", () => {
  it("are found directly, and all the way down", () => {
    const a = call("a");
    const b = call("b", a);
    const { graph, taskOf } = observedRun([call("d", b, call("c", a, a)), call("e")]);
    const of = new Dependents(graph);
    const labels = (tasks: readonly number[]): string[] =>
      tasks.map((task) => graph.info(task).label).toSorted();
    expect(labels(of.of(taskOf("a")))).toEqual(["b", "c", "c"]);
    expect(labels(of.of(taskOf("e")))).toEqual([]);
    const down = of.downstream(taskOf("a"));
    expect(labels(down)).toEqual(["b", "c", "d"]);
    expect(down).toEqual(down.toSorted((x, y) => x - y));
  });
});
