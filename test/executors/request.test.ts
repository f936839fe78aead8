import { AsyncExecutor, DispatchGraph, ExecutorError, op } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { addResults, checkRunOptions, requestOf } from "../../src/executors/request.ts";

const increment = (x: number) => x + 1;

describe("what a run is asked for", () => {
  it("is a graph without what lies only behind its inputs", () => {
    const source = op(increment, 1);
    const middle = op(increment, source);
    const output = op(increment, middle);
    const { build, inputs, unknown } = requestOf(output, { inputs: new Map([[middle, 5]]) });
    expect([inputs.get(middle), unknown.length]).toEqual([5, 0]);
    const { graph, outputs } = build(inputs.keys());
    expect([graph.has(source), graph.has(middle), outputs[0] === output]).toEqual([false, true, true]);
    expect(build([]).graph.has(source)).toBe(true);
  });

  it("may be a whole graph, whose leaves are the outputs", () => {
    const source = op(increment, 1);
    const leaves = [op(increment, source), op(increment, source)];
    const { build } = requestOf(DispatchGraph.from(leaves), {});
    expect(build([]).outputs.map((one, i) => one === leaves[i])).toEqual([true, true]);
  });

  it("must have inputs of the right kind", () => {
    const node = op(increment, 1);
    expect(() => requestOf(node, { inputs: node as never })).toThrow(TypeError);
    expect(() => requestOf(node, { inputs: [5] as never })).toThrow(TypeError);
  });

  it.each([
    [{ typo: 1 }, "typo"],
    [{ throwError: 1 }, "throwError"],
    [{ keep: "some" }, "keep"],
    [{ signal: {} }, "signal"],
    [{ timeout: 0 }, "timeout"],
  ])("must have options that there are: %o", (options, name) => {
    expect(() => checkRunOptions(options as never)).toThrow(name);
  });
});

describe("the results of inputs", () => {
  it("are chunks if they are kept, and values otherwise", async () => {
    await using executor = new AsyncExecutor();
    const node = op(increment, 1);
    const chunk = await executor.compute(node);
    const values = new Map();
    await addResults([node], values);
    expect(values.get(node)).toBe(chunk);
    const waiting = op(increment, 1);
    await expect(addResults([waiting], new Map())).rejects.toThrow(ExecutorError);
    chunk.release();
    await expect(addResults([node], new Map())).rejects.toThrow("released");
  });
});
