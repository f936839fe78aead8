import { describe, expect, it } from "vitest";
import { Library } from "../../../src/closure/library.ts";
import { tasksOf } from "../../../src/dask/client/node-tasks.ts";
import { TaskWriter } from "../../../src/dask/tasks/task-writer.ts";
import { ClosureError, ExecutorError } from "../../../src/errors.ts";
import { type DispatchNode, delayed, op } from "../../../src/index.ts";

const plus = (a: number, b: number): number => a + b;
const none = (): undefined => undefined;

function written(nodes: readonly DispatchNode[], held = new Map<DispatchNode, string>(), workers?: string[]) {
  const writer = new TaskWriter(new Library("test"));
  const { graph, keys, names } = tasksOf(nodes, (node) => held.get(node), writer, workers);
  return { keys, names, graph, tasks: [...graph.tasks] };
}

describe("nodes as tasks", () => {
  it("are written with all that they need; only they themselves are wanted", () => {
    const one = op(plus, 1, 2);
    const two = delayed(plus, { label: "the sum" })(one, one);
    const { tasks, keys, names, graph } = written([two]);
    expect(tasks).toHaveLength(2);
    expect(graph.outputs).toEqual(keys);
    expect(tasks[1]).toMatchObject({ key: keys[0], dependencies: [tasks[0]!.key, tasks[0]!.key] });
    expect(names.get(keys[0]!)).toEqual({ label: "the sum", id: 1 });
    expect(names.get(tasks[0]!.key)).toEqual({ label: "plus", id: 2 });
    expect([...graph.internalPriority!.values()]).toEqual([0, 1]);
  });

  it("refer to what the cluster has, and not to what is behind it", () => {
    const behind = op((): never => {
      throw new Error("it is not looked at");
    });
    const held = op(plus, behind, 2);
    const { tasks } = written([op(plus, held, 1)], new Map([[held, "the-key"]]));
    expect(tasks.map(({ dependencies }) => dependencies)).toEqual([["the-key"]]);
  });

  it("have keys of their own each time", () => {
    const node = op(plus, 1, 2);
    expect(written([node]).keys).not.toEqual(written([node]).keys);
  });

  it("say where they may run, how often, and what goes first", () => {
    const inner = delayed(plus, { retries: 2 })(1, 2);
    const first = delayed(plus, { priority: 5, workers: ["by-option"] })(inner, 1);
    const second = delayed(plus, { retries: 2 })(inner, 2);
    const { tasks, keys } = written([first, second], undefined, ["tcp://host:1"]);
    const of = new Map(tasks.map(({ key, annotations }) => [key, annotations]));
    expect(of.get(keys[0]!)).toEqual({ priority: 5, workers: ["tcp://host:1"] });
    expect(of.get(keys[1]!)).toEqual({ retries: 2, workers: ["tcp://host:1"] });
    expect([...of.values()].filter((one) => one !== undefined && one.workers === undefined)).toEqual([
      { retries: 2 },
    ]);
    const alike = written([delayed(plus, { retries: 1 })(1, 1), delayed(plus, { retries: 1 })(2, 2)]);
    expect(alike.tasks[0]!.annotations).toBe(alike.tasks[1]!.annotations);
  });

  it.each([
    ["timeout", { timeout: 5 }],
    ["cache", { cache: true }],
    ["meta", { meta: true }],
  ] as const)("refuse the option %s", (option, options) => {
    expect(() =>
      written([op(none), delayed(none, { label: "odd", ...options } as { label: string })()]),
    ).toThrow(`"odd" has the option ${option}, which the scheduler knows nothing of`);
  });

  it("refuse what cannot travel, and cycles", () => {
    expect(() => written([op(plus, new Promise(() => {}) as never, 1)])).toThrow(ClosureError);
    const one = op(plus, 1, 2);
    one.args = [one, 1];
    expect(() => written([one])).toThrow(ExecutorError);
  });

  it("can be many in a row", () => {
    let node: DispatchNode = op(plus, 1, 2);
    for (let i = 0; i < 5000; i++) node = op(plus as (a: unknown, b: number) => number, node, 1);
    expect(written([node]).tasks).toHaveLength(5001);
  });
});
