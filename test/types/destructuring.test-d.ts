import { describe, expectTypeOf, it } from "vitest";
import { AsyncExecutor, type DispatchResult, type IndexNode, type Op, op, run } from "../../src/index.ts";

const pair = op((): [number, string] => [1, "a"]);

describe("destructuring", () => {
  it("gives each element of a tuple its own type", () => {
    const [first, second] = pair;
    expectTypeOf(first).toEqualTypeOf<IndexNode<number>>();
    expectTypeOf(second).toEqualTypeOf<IndexNode<string>>();
  });

  it("works for tuples in tuples", () => {
    const [[first, second], third] = op((): [[number, string], boolean] => [[1, "a"], true]);
    expectTypeOf(first).toEqualTypeOf<IndexNode<number>>();
    expectTypeOf(second).toEqualTypeOf<IndexNode<string>>();
    expectTypeOf(third).toEqualTypeOf<IndexNode<boolean>>();
  });

  it("gives nodes that are arguments of the right functions only", () => {
    const [first, second] = pair;
    const double = (x: number): number => 2 * x;
    expectTypeOf(op(double, first)).toExtend<Op<number>>();
    // @ts-expect-error it is a node of a string
    op(double, second);
  });
});

it("a function that only throws gives a node", () => {
  const broken = op((): never => {
    throw new Error("broken");
  });
  expectTypeOf(broken).toExtend<Op<never>>();
});

it("`run` as a function has a result of its own type for each node", () => {
  type Results = [DispatchResult<number>, DispatchResult<string>];
  const nodes = [op(() => 1), op(() => "a")] as const;
  expectTypeOf(run(nodes)).resolves.toEqualTypeOf<Results>();
  expectTypeOf(run(new AsyncExecutor(), nodes)).resolves.toEqualTypeOf<Results>();
});
