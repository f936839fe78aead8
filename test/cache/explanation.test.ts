import { AsyncExecutor, DataNode, delayed, Explanation, op } from "dispatch-graph";
import { describe, expect, it } from "vitest";

const add = (a: number, b: number): number => a + b;

describe("Explanation", () => {
  it("says of every node whether it runs, and why", async () => {
    await using executor = new AsyncExecutor();
    const data = new DataNode(1, { label: "data" });
    const given = delayed(add, { label: "given" })(1, 1);
    const kept = delayed(add, { label: "kept", cache: true })(data, 2);
    const output = delayed(add, { label: "output" })(kept, given);
    await executor.run(kept);
    const explanation = await executor.explain([output, data], { inputs: new Map([[given, 5]]) });
    expect(explanation).toBeInstanceOf(Explanation);
    expect(explanation.toString().split("\n")).toEqual([
      "id  label   cache  runs  reason",
      "1   output  off    yes   not cached",
      "2   data    off    no    it is a value",
      "3   kept    hit    no    kept in memory since an earlier run",
      "4   given   off    no    its value is given",
    ]);
    expect(explanation.of(kept)?.cache).toBe("hit");
    expect(explanation.of(op(add, 1, 1))).toBeUndefined();
    const alone = await executor.explain(output);
    expect(alone.of(data)).toMatchObject({ runs: false, reason: "only needed for results that are kept" });
  });

  it("is refused for what cannot be run", async () => {
    await using executor = new AsyncExecutor();
    await expect(executor.explain({} as never)).rejects.toThrow(TypeError);
    await expect(executor.explain(op(add, 1, 1), { input: [] } as never)).rejects.toThrow(
      /unknown run option/,
    );
  });
});
