import { op } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { refsOf, substitute } from "../../src/task.ts";
import { isNested, listed, withHoles, withoutHoles } from "../../src/worker/arguments.ts";

const node = op(() => 1);
const hole = {};

describe("isNested", () => {
  it.each<[string, readonly unknown[], boolean]>([
    ["nothing", [], false],
    ["primitive values", [1, "a", 2n, true, null, undefined], false],
    ["refs", [node, 1, node], false],
    ["an array", [[node]], true],
    ["an object", [1, {}], true],
    ["a function", [() => 1], true],
    ["a symbol, which no channel carries", [Symbol("s")], true],
  ])("is right about %s", (_, args, expected) => {
    expect(isNested(args)).toBe(expected);
  });
});

describe("holes", () => {
  const there = (args: readonly unknown[], refs: number): readonly unknown[] => {
    const arrived = structuredClone({ args: withHoles(args, refs, hole), hole });
    return withoutHoles(arrived.args as unknown[], arrived.hole);
  };

  it("stand for refs at every depth, in their order", () => {
    const arrived = there([node, { deep: [1, node], empty: {} }, [[node]]], 3);
    expect(refsOf(arrived)).toHaveLength(3);
    expect(substitute(arrived, ["a", "b", "c"])).toEqual(["a", { deep: [1, "b"], empty: {} }, [["c"]]]);
  });

  it("are no other empty object", () => {
    expect(refsOf(there([{}, [{}], node], 1))).toHaveLength(1);
  });

  it("leave arguments without refs alone", () => {
    const args = [[1], { a: 2 }];
    expect(withHoles(args, 0, hole)).toBe(args);
  });

  it("survive cycles", () => {
    const cyclic: unknown[] = [node];
    cyclic.push(cyclic);
    const [arrived] = substitute(there([cyclic], 1), [5]) as [unknown[]];
    expect(arrived[0]).toBe(5);
    expect(arrived[1]).toBe(arrived);
  });

  it("may stand in a list of many calls' arguments", () => {
    const args = listed([0, "a", hole, 7, hole], 1, 3, hole);
    expect(refsOf(args)).toHaveLength(1);
    expect(substitute(args, [9])).toEqual(["a", 9, 7]);
  });
});
