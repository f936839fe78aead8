import { DispatchGraph, type DispatchNode, delayed, op } from "dispatch-graph";
import { expect, it } from "vitest";
import { OUTPUT, wantedOf, wantedTasks } from "../../src/executors/wanted.ts";
import { lower } from "../../src/graph/lower.ts";

const one = op(() => 1);
const kept = delayed((x: number) => x, { persist: true })(one);
const cached = delayed((x: number) => x, { cache: true })(kept);
const output = op((x: number) => x, cached);

const wanted = (keepAll: boolean, inputs = new Map<DispatchNode, unknown>()) => {
  const graph = lower(DispatchGraph.from(output), inputs);
  const tasks = wantedOf(graph, [output], inputs, keepAll);
  const found = [one, kept, cached, output].map((node) => tasks[graph.taskOf(node)]!);
  return { found, tasks: wantedTasks(tasks).length };
};

it("is what was requested, and what the options of nodes keep", () => {
  const { found, tasks } = wanted(false);
  expect(found.map((one) => one !== 0)).toEqual([false, true, true, true]);
  expect(found.map((one) => one === OUTPUT)).toEqual([false, false, false, true]);
  expect(tasks).toBe(3);
});

it("is not what a cache would keep, if its value is given", () => {
  expect(wanted(false, new Map([[cached, 1]])).tasks).toBe(2);
});

it("is all if all is kept", () => {
  const { found, tasks } = wanted(true);
  expect(found.every((one) => one !== 0)).toBe(true);
  expect(tasks).toBe(4);
});
