/**
 * What the types should say and do not say yet: each line fails to compile as it should not. Who
 * closes a gap is told so by the compiler, and moves the line to the file where it belongs.
 */
import { describe, expectTypeOf, it } from "vitest";
import {
  AsyncExecutor,
  CollectNode,
  DataNode,
  type DispatchResult,
  type IndexNode,
  type Op,
  op,
  run,
} from "../../src/index.ts";

const executor = new AsyncExecutor();
const sum = op((a: number, b: number): number => a + b, 1, 2);
const text = op((): string => "a");

describe("destructuring", () => {
  it("gives each element of a tuple its own type", () => {
    const [first, second] = op((): [number, string] => [1, "a"]);
    // @ts-expect-error each is a node of number or string
    expectTypeOf(first).toEqualTypeOf<IndexNode<number>>();
    // @ts-expect-error each is a node of number or string
    expectTypeOf(second).toEqualTypeOf<IndexNode<string>>();
  });

  it("works for tuples in tuples", () => {
    const nested = op((): [[number, string], boolean] => [[1, "a"], true]);
    // @ts-expect-error the type of the first element is not known well enough to go on
    const [[first]] = nested;
    void first;
  });

  it("works for tuples in other nodes than ops", () => {
    const [first] = new DataNode<[number, string]>([1, "a"]);
    // @ts-expect-error it is a node of number or string, or undefined
    expectTypeOf(first).toEqualTypeOf<IndexNode<number>>();
  });

  it("never gives undefined, as nodes are made as they are asked for", () => {
    const [first] = op(() => [1, 2]);
    // @ts-expect-error with noUncheckedIndexedAccess it may be undefined
    expectTypeOf(first).toEqualTypeOf<IndexNode<number>>();
  });
});

describe("at", () => {
  it("does not compile outside of a tuple", () => {
    const outside = op((): [number, string] => [1, "a"]).at(5);
    expectTypeOf(outside).toEqualTypeOf<IndexNode<undefined>>();
  });
});

describe("op", () => {
  it("is a node also when the function only throws", () => {
    const broken = op((): never => {
      throw new Error("broken");
    });
    // @ts-expect-error it is never
    expectTypeOf(broken).toEqualTypeOf<Op<never>>();
  });

  it("infers the result of a generic function from nodes", () => {
    const same = <T>(x: T): T => x;
    const first = <T>(list: readonly T[]): T => list[0]!;
    // @ts-expect-error it is the node of a number or of a node
    expectTypeOf(op(same, sum)).toEqualTypeOf<Op<number>>();
    // @ts-expect-error it is the node of a node
    expectTypeOf(op(first, [sum, sum])).toEqualTypeOf<Op<number>>();
  });

  it("takes nodes inside values of a recursive type", () => {
    type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
    const print = (value: Json): string => JSON.stringify(value);
    // @ts-expect-error the type is too deep
    op(print, { a: [sum, "b"] });
  });

  it("does not take the type of a default from the arguments", () => {
    // @ts-expect-error y is a number or a node
    op((x: number, y = 2) => x + y, 1, sum);
  });
});

describe("CollectNode", () => {
  it("takes nodes of several types", () => {
    // @ts-expect-error all must be of the first's type
    expectTypeOf(new CollectNode([sum, text])).toEqualTypeOf<CollectNode<number | string>>();
  });
});

describe("run", () => {
  it("has a result of its own type for each node", () => {
    type Results = [DispatchResult<number>, DispatchResult<string>];
    // @ts-expect-error all are unknown
    expectTypeOf(run(executor, [sum, text])).resolves.toEqualTypeOf<Results>();
    // @ts-expect-error all are unknown
    expectTypeOf(run([sum, text])).resolves.toEqualTypeOf<Results>();
  });
});
