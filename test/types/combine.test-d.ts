/** What `delayedMap` and `treeReduce` infer and refuse. Checked by the compiler; nothing here runs. */
import { describe, expectTypeOf, it } from "vitest";
import {
  type Chunk,
  DataNode,
  type DispatchNode,
  delayedMap,
  type Op,
  op,
  treeReduce,
} from "../../src/index.ts";

const add = (a: number, b: number): number => a + b;
const numbers = [op(add, 1, 2)];
const texts = [op(() => "a")];

describe("delayedMap", () => {
  it("has the nodes of the calls", () => {
    expectTypeOf(delayedMap(add, [1, 2], numbers)).toEqualTypeOf<Op<number>[]>();
    expectTypeOf(delayedMap(add, [1, ...numbers], [1, new DataNode(2)])).toEqualTypeOf<Op<number>[]>();
    expectTypeOf(delayedMap(async (x: number) => `${x}`, numbers)).toEqualTypeOf<Op<string>[]>();
    expectTypeOf(delayedMap(add, { label: "sum" }, numbers, [1])).toEqualTypeOf<Op<number>[]>();
    const pairs = delayedMap((x: number): [number, string] => [x, "a"], [1]);
    const [first] = pairs[0]!;
    expectTypeOf(first).toExtend<DispatchNode<number>>();
  });

  it("constructs", () => {
    class Point {
      readonly x: number;
      constructor(x: number) {
        this.x = x;
      }
    }
    expectTypeOf(delayedMap(Point, numbers)).toEqualTypeOf<Op<Point>[]>();
    expectTypeOf(delayedMap(Point, { priority: 1 }, [1])).toEqualTypeOf<Op<Point>[]>();
  });

  it("takes nodes in the place of the chunks of a meta function", () => {
    const bytes = (chunk: Chunk<string>): number => chunk.bytes;
    expectTypeOf(delayedMap(bytes, { meta: true }, texts)).toEqualTypeOf<Op<number>[]>();
    // @ts-expect-error chunks of texts
    delayedMap(bytes, { meta: true }, numbers);
  });

  it("refuses what the function does not take", () => {
    // @ts-expect-error texts are no numbers
    delayedMap(add, numbers, texts);
    // @ts-expect-error one array is missing
    delayedMap(add, numbers);
    // @ts-expect-error one is too many
    delayedMap(add, numbers, numbers, numbers);
    // @ts-expect-error no array
    delayedMap(add, numbers, 1);
    // @ts-expect-error no such option
    delayedMap(add, { retry: 1 }, numbers, numbers);
  });
});

describe("treeReduce", () => {
  it("has a node of what is reduced", () => {
    expectTypeOf(treeReduce(add, numbers)).toEqualTypeOf<DispatchNode<number>>();
    expectTypeOf(treeReduce(async (a: string, b: string) => a + b, texts)).toEqualTypeOf<
      DispatchNode<string>
    >();
    expectTypeOf(treeReduce(add, [...numbers, new DataNode(1)], { priority: 1 })).toEqualTypeOf<
      DispatchNode<number>
    >();
    expectTypeOf(treeReduce((a, b) => a + b, numbers)).toEqualTypeOf<DispatchNode<number>>();
  });

  it("refuses what the function does not take or give", () => {
    // @ts-expect-error texts are no numbers
    treeReduce(add, texts);
    // @ts-expect-error values
    treeReduce(add, [1, 2]);
    // @ts-expect-error a text is no number
    treeReduce((a: number, b: number) => `${a}${b}`, numbers);
    // @ts-expect-error no such option
    treeReduce(add, numbers, { retry: 1 });
  });
});
