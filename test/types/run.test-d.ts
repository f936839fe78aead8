/** What runs result in. Checked by the compiler; nothing here runs. */
import { describe, expectTypeOf, it } from "vitest";
import {
  AsyncExecutor,
  type Chunk,
  CollectNode,
  collect,
  compute,
  DataNode,
  DispatchGraph,
  type DispatchNode,
  type DispatchResult,
  type ExecutorEvents,
  IndexNode,
  isNode,
  op,
  type ResultOf,
  run,
} from "../../src/index.ts";

const executor = new AsyncExecutor();
const number = op(() => 1);
const text = op(async () => "a");

describe("executor.run", () => {
  it("has a result of its own type for each node", () => {
    expectTypeOf(executor.run(number)).resolves.toEqualTypeOf<[DispatchResult<number>]>();
    expectTypeOf(executor.run([number, text])).resolves.toEqualTypeOf<
      [DispatchResult<number>, DispatchResult<string>]
    >();
    expectTypeOf(executor.run([number, text], { throwError: false })).resolves.toEqualTypeOf<
      [DispatchResult<number>, DispatchResult<string>]
    >();
  });

  it("has results of one type for an array of nodes", () => {
    expectTypeOf(executor.run([1, 2].map(() => number))).resolves.toEqualTypeOf<DispatchResult<number>[]>();
    expectTypeOf(executor.run([] as readonly DispatchNode<string>[])).resolves.toEqualTypeOf<
      DispatchResult<string>[]
    >();
  });

  it("has results of unknown types for anything else", () => {
    expectTypeOf(executor.run(DispatchGraph.from(number))).resolves.toEqualTypeOf<DispatchResult[]>();
    expectTypeOf(executor.run(new Set([number]))).resolves.toEqualTypeOf<DispatchResult[]>();
  });

  it("takes nodes and options that exist", () => {
    executor.run(number, { inputs: new Map([[text, "b"]]), keep: "all", timeout: 5 });
    executor.run(number, { inputs: [text, number] });
    // @ts-expect-error not a node
    executor.run(5);
    // @ts-expect-error not all nodes
    executor.run([number, 5]);
    // @ts-expect-error no such option
    executor.run(number, { input: [] });
    // @ts-expect-error no such setting
    executor.run(number, { keep: "some" });
    // @ts-expect-error no such setting
    new AsyncExecutor({ threads: 1 });
  });

  it("leads to the value", () => {
    type Result = DispatchResult<number>;
    expectTypeOf<ReturnType<Result["fetch"]>>().resolves.toEqualTypeOf<number>();
    expectTypeOf<ReturnType<Result["unwrap"]>>().toEqualTypeOf<DispatchNode<number>>();
    expectTypeOf<Result["chunk"]>().toEqualTypeOf<Chunk<number>>();
  });
});

describe("compute and collect", () => {
  it("have the chunk and the value", () => {
    expectTypeOf(executor.compute(number)).resolves.toEqualTypeOf<Chunk<number>>();
    expectTypeOf(executor.collect(text)).resolves.toEqualTypeOf<string>();
    expectTypeOf(executor.collect({} as Chunk<Date>)).resolves.toEqualTypeOf<Date>();
    expectTypeOf({} as Chunk<Date>["fetch"]).returns.resolves.toEqualTypeOf<Date>();
  });

  it("have the value of any kind of node", () => {
    expectTypeOf(executor.collect(new DataNode({ a: 1 }))).resolves.toEqualTypeOf<{ a: number }>();
    expectTypeOf(executor.collect(new CollectNode([number]))).resolves.toEqualTypeOf<number[]>();
    expectTypeOf(executor.collect(op(() => [1]).at(0))).resolves.toEqualTypeOf<number>();
    expectTypeOf(executor.collect(op((): [number, string] => [1, "a"]))).resolves.toEqualTypeOf<
      [number, string]
    >();
  });
});

describe("the functions without an executor", () => {
  it("have the same types", () => {
    expectTypeOf(run(number)).resolves.toEqualTypeOf<[DispatchResult<number>]>();
    expectTypeOf(run(executor, number)).resolves.toEqualTypeOf<[DispatchResult<number>]>();
    expectTypeOf(compute(number)).resolves.toEqualTypeOf<Chunk<number>>();
    expectTypeOf(compute(executor, number)).resolves.toEqualTypeOf<Chunk<number>>();
    expectTypeOf(collect(text)).resolves.toEqualTypeOf<string>();
    expectTypeOf(collect(executor, {} as Chunk<Date>)).resolves.toEqualTypeOf<Date>();
  });
});

describe("node types", () => {
  it("say what they result in", () => {
    expectTypeOf(new CollectNode([number, number])).toEqualTypeOf<CollectNode<number>>();
    expectTypeOf<CollectNode<number>>().toExtend<DispatchNode<number[]>>();
    expectTypeOf(new CollectNode(new Set([text]))).toEqualTypeOf<CollectNode<string>>();
    expectTypeOf(new DataNode("a").value).toEqualTypeOf<string>();
    expectTypeOf(new IndexNode<number>(text, 0).fetch()).resolves.toEqualTypeOf<number>();
    expectTypeOf<ResultOf<CollectNode<Date>>>().toEqualTypeOf<Date[]>();
    // @ts-expect-error not a node
    new CollectNode([1]);
    // @ts-expect-error not a node
    new IndexNode(5, 0);
  });

  it("can be recognised", () => {
    const thing: unknown = number;
    if (isNode(thing)) expectTypeOf(thing).toEqualTypeOf<DispatchNode>();
  });
});

describe("events", () => {
  it("are known by name", () => {
    executor.on("task", (event) => expectTypeOf(event).toEqualTypeOf<ExecutorEvents["task"]>());
    executor.on("run", ({ state }) => expectTypeOf(state).toEqualTypeOf<"started" | "finished" | "failed">());
    // @ts-expect-error no such event
    executor.on("tasks", () => {});
  });
});
