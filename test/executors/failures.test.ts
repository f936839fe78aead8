import { expect, test } from "vitest";
import { Failures } from "../../src/executors/failures.ts";
import { DispatchGraph } from "../../src/graph/graph.ts";
import { lower } from "../../src/graph/lower.ts";
import type { DispatchNode } from "../../src/nodes/node.ts";
import { delayed } from "../../src/op.ts";

const node = (label: string, ...dependencies: DispatchNode[]): DispatchNode =>
  delayed((...values: unknown[]) => values, { label })(...dependencies);

const a = node("a");
const b = node("b");
const left = node("left", a);
const right = node("right", a);
const end = node("end", b, left, right);
const graph = lower(DispatchGraph.from(end), new Map());
const task = (one: DispatchNode): number => graph.taskOf(one);
const error = new Error("broken");

test("links a failure to the dependency that it came through", () => {
  const failures = new Failures(graph);
  failures.add(task(a), error);
  failures.addThrough(task(right), task(a));
  failures.addThrough(task(end), task(right));
  expect([failures.has(task(end)), failures.has(task(b))]).toEqual([true, false]);
  expect(failures.errorOf(task(end))).toMatchObject({
    label: "a",
    path: ["a", "right", "end"],
    cause: error,
  });
  expect([failures.causeOf(task(end)), failures.causeOf(task(b))]).toEqual([error, undefined]);
});

test("in the end it is the first dependency, in the order of the arguments, that counts", () => {
  const failures = new Failures(graph);
  failures.add(task(a), error);
  failures.addThrough(task(right), task(a));
  failures.addThrough(task(end), task(right));
  failures.addThrough(task(left), task(a));
  failures.settle();
  expect(failures.errorOf(task(end)).path).toEqual(["a", "left", "end"]);
  failures.add(task(b), new Error("too"));
  failures.settle();
  expect(failures.errorOf(task(end)).path).toEqual(["b", "end"]);
});

test("follows a failure to the output, by the first dependency on the way", () => {
  const failures = new Failures(graph);
  failures.add(task(a), error);
  expect(failures.reach(task(a), (one) => one === task(end))).toBe(task(end));
  expect(failures.errorOf(task(end)).path).toEqual(["a", "left", "end"]);
  expect([...failures.entries()].length).toBe(4);
});

test("a failure that is an output, or reaches none, ends where it began", () => {
  const failures = new Failures(graph);
  failures.add(task(a), error);
  expect(failures.reach(task(a), (one) => one === task(a))).toBe(task(a));
  expect(failures.reach(task(a), () => false)).toBe(task(a));
});
