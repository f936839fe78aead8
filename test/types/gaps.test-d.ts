/**
 * What the types should say and do not say yet: each line fails to compile as it should not. Who
 * closes a gap is told so by the compiler, and moves the line to the file where it belongs.
 */
import { describe, expectTypeOf, it } from "vitest";
import { CollectNode, DataNode, type IndexNode, type Op, op } from "../../src/index.ts";

const sum = op((a: number, b: number): number => a + b, 1, 2);
const text = op((): string => "a");

describe("destructuring", () => {
  it("never gives undefined, as nodes are made as they are asked for", () => {
    const [first] = op(() => [1, 2]);
    // @ts-expect-error with noUncheckedIndexedAccess it may be undefined
    expectTypeOf(first).toEqualTypeOf<IndexNode<number>>();
  });

  it("does not compile beyond the end of a tuple", () => {
    const [, , third] = op((): [number, string] => [1, "a"]);
    expectTypeOf(third).not.toBeNever();
  });

  it("works for tuples in other nodes than ops", () => {
    const [first] = new DataNode<[number, string]>([1, "a"]);
    // @ts-expect-error it is a node of number or string, or undefined
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
