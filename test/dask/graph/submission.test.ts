import { describe, expect, it } from "vitest";
import { Library } from "../../../src/closure/library.ts";
import { Submission } from "../../../src/dask/graph/submission.ts";
import { TaskKeys } from "../../../src/dask/graph/task-keys.ts";
import { TaskWriter } from "../../../src/dask/tasks/task-writer.ts";
import { runsHere } from "../../../src/executors/travel.ts";
import { DataNode, type DispatchNode, delayed, ExecutorError, op } from "../../../src/index.ts";
import { observedRun } from "../../support/run-of.ts";

const add = (a: number, b: number): number => a + b;

function submission(nodes: readonly DispatchNode[]) {
  const { graph, taskOf } = observedRun(nodes);
  const keys = new TaskKeys("0t", graph.size);
  const writer = new TaskWriter(new Library("test-submission"));
  const of = new Submission({
    graph,
    keys,
    writer,
    cargo: writer.load(graph),
    isOurs: (task) => runsHere(graph, task),
    addressesOf: (names) =>
      names.map((name) => {
        if (name !== "w1") throw new ExecutorError(`no ${name}`);
        return "tcp://one:1";
      }),
    checkResources: (resources, label) => {
      if (!("GPU" in resources)) throw new ExecutorError(`${label} asks for too much`);
    },
  });
  return {
    of,
    keys,
    graph,
    taskOf,
    labels: (tasks: readonly number[]) => tasks.map((task) => graph.info(task).label),
  };
}

describe("a submission", () => {
  it("is the whole graph if nothing stands in the way", () => {
    const { of, graph, keys } = submission([op(add, op(add, 1, 2), new DataNode(3))]);
    const tasks = of.take();
    expect(tasks).toEqual([0, 1, 2]);
    expect([...of.awaited()]).toEqual([]);
    const written = tasks.map((task) => of.write(task));
    expect(written.map(({ key }) => key)).toEqual(tasks.map((task) => keys.of(task)));
    expect(written.map(({ dependencies }) => dependencies.length)).toEqual([0, 0, 2]);
    expect(written[2]!.dependencies).toEqual([0, 1].map((_, i) => keys.of(graph.dependencies[i]!)));
    expect(of.take()).toEqual([]);
  });

  it("writes the function of several tasks once", () => {
    const { of } = submission([op(add, op(add, 1, 2), 3)]);
    const [first, second] = of.take().map((task) => of.write(task));
    expect(first!.payloads[0]).toBe(second!.payloads[0]);
    expect(first!.payloads[1]).not.toBe(second!.payloads[1]);
  });

  it("waits with what needs the result of a meta function, and names what that awaits", () => {
    const before = delayed(add, { label: "before" })(1, 2);
    const side = delayed(add, { label: "side" })(3, 4);
    const meta = delayed((chunk: unknown) => chunk, { label: "meta", meta: true })(before as never);
    const { of, taskOf, labels } = submission([delayed(add, { label: "after" })(meta as never, side)]);
    expect(labels(of.take()).toSorted()).toEqual(["before", "side"]);
    expect(labels([...of.awaited()]).toSorted()).toEqual(["before", "meta", "side"]);
    of.give(taskOf("meta"), [Uint8Array.of(1), Uint8Array.of(2)]);
    const rest = of.take();
    expect(labels(rest)).toEqual(["meta", "after"]);
    expect(of.write(rest[0]!)).toMatchObject({
      payloads: [Uint8Array.of(1), Uint8Array.of(2)],
      dependencies: [],
    });
    expect(of.awaited().size).toBe(0);
  });

  it("takes a value without what it was made of, which nobody but this process may have needed", () => {
    const first = delayed((chunk: unknown) => chunk, { label: "first", meta: true })(op(add, 1, 2) as never);
    const second = delayed((chunk: unknown) => chunk, { label: "second", meta: true })(first as never);
    const { of, taskOf, labels } = submission([delayed(add, { label: "after" })(second as never, 1)]);
    of.take();
    of.give(taskOf("second"), [Uint8Array.of(1), Uint8Array.of(2)]);
    expect(labels(of.take())).toEqual(["second", "after"]);
  });

  it("gives keys of other runs to what needs them", () => {
    const meta = delayed((chunk: unknown) => chunk, { label: "meta", meta: true })(op(add, 1, 2) as never);
    const { of, keys, taskOf, labels } = submission([delayed(add, { label: "after" })(meta as never, 1)]);
    of.take();
    keys.alias(taskOf("meta"), "other-0u-7");
    const rest = of.take();
    expect(labels(rest)).toEqual(["after"]);
    expect(of.write(rest[0]!).dependencies).toEqual(["other-0u-7"]);
  });

  it("hands options to the scheduler, the same object for the same options", () => {
    const options = { priority: 7, workers: ["w1"], resources: { GPU: 1 } };
    const { of } = submission([
      delayed(add, options)(1, 2),
      delayed(add, { ...options })(1, 3),
      op(add, 1, 4),
    ]);
    const [a, b, c] = of.take().map((task) => of.write(task).annotations);
    expect(a).toEqual({ priority: 7, workers: ["tcp://one:1"], resources: { GPU: 1 } });
    expect(b).toBe(a);
    expect(c).toBeUndefined();
  });

  it("refuses workers that there are not", () => {
    const { of } = submission([delayed(add, { workers: ["w2"] })(1, 2)]);
    expect(() => of.take().map((task) => of.write(task))).toThrow("no w2");
  });

  it("refuses resources that there are not", () => {
    const { of } = submission([delayed(add, { resources: { TPU: 1 } })(1, 2)]);
    expect(() => of.take().map((task) => of.write(task))).toThrow("add asks for too much");
  });

  it("can be made again, under other keys", () => {
    const { of, keys } = submission([op(add, op(add, 1, 2), 3)]);
    of.take();
    const old = [keys.of(0), keys.of(1)];
    of.again([0, 1]);
    const again = of.take();
    expect(again).toEqual([0, 1]);
    expect(again.map((task) => of.write(task).key)).not.toEqual(old);
    expect(of.write(1).dependencies).toEqual([keys.of(0)]);
  });
});
