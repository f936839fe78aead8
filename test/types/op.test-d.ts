/** What `op` infers, and what it refuses. Checked by the compiler; nothing here runs. */
import { readFile } from "node:fs/promises";
import { describe, expectTypeOf, it } from "vitest";
import {
  CollectNode,
  DataNode,
  DispatchNode,
  delayed,
  type IndexNode,
  type Op,
  op,
} from "../../src/index.ts";

const add = (a: number, b: number): number => a + b;
const text = (): string => "a";
const sum = op(add, 1, 2);

describe("the result", () => {
  it("is what the function returns", () => {
    expectTypeOf(sum).toEqualTypeOf<Op<number>>();
    expectTypeOf(op(text)).toEqualTypeOf<Op<string>>();
    expectTypeOf(op(() => {})).toEqualTypeOf<Op<void>>();
    expectTypeOf(op((): unknown => 1)).toEqualTypeOf<Op<unknown>>();
    expectTypeOf(op((): number | undefined => 1)).toEqualTypeOf<Op<number | undefined>>();
    expectTypeOf(op((): readonly number[] => []).fetch()).resolves.toEqualTypeOf<readonly number[]>();
  });

  it("is what the promise of an async function holds", () => {
    expectTypeOf(op(async (x: number) => x, 1)).toEqualTypeOf<Op<number>>();
    expectTypeOf(op(async () => [1, "a"] as [number, string]).fetch()).resolves.toEqualTypeOf<
      [number, string]
    >();
    expectTypeOf(op((): number | Promise<string> => 1)).toEqualTypeOf<Op<number | string>>();
    expectTypeOf(op(readFile, "a", "utf8").fetch()).resolves.toExtend<string | Buffer>();
  });

  it("is an instance of a class", () => {
    class Point {
      readonly x: number;
      constructor(x: number, _name?: string) {
        this.x = x;
      }
    }
    expectTypeOf(op(Point, sum)).toEqualTypeOf<Op<Point>>();
    expectTypeOf(op(Point, 1, op(text))).toEqualTypeOf<Op<Point>>();
    expectTypeOf(delayed(Point, { label: "p" })(sum)).toEqualTypeOf<Op<Point>>();
    expectTypeOf(op(Point, sum).get("x")).toEqualTypeOf<IndexNode<number>>();
    expectTypeOf(op(Map<string, number>, [["a", 1]])).toEqualTypeOf<Op<Map<string, number>>>();
    // @ts-expect-error a Point needs a number
    op(Point);
    // @ts-expect-error and not a text
    op(Point, op(text));
  });
});

describe("an argument", () => {
  it("is a value or a node of it", () => {
    expectTypeOf(op(add, 1, sum)).toEqualTypeOf<Op<number>>();
    expectTypeOf(op(add, sum, new DataNode(1))).toEqualTypeOf<Op<number>>();
    expectTypeOf(op(add, sum.at(0) as IndexNode<number>, sum)).toEqualTypeOf<Op<number>>();
    // @ts-expect-error a text is no number
    op(add, 1, "a");
    // @ts-expect-error a node of a text is no number either
    op(add, 1, op(text));
    // @ts-expect-error a node of perhaps nothing is no number
    op(add, 1, new DataNode(1 as number | undefined));
    // @ts-expect-error one is missing
    op(add, 1);
    // @ts-expect-error one is too many
    op(add, 1, 2, 3);
  });

  it("may be a union", () => {
    const either = (x: number | string): boolean => x === "";
    op(either, 1);
    op(either, sum);
    op(either, op(text));
    op(
      either,
      op((): number | string => 1),
    );
    op(
      (x: boolean) => x,
      op((): boolean => true),
    );
    // @ts-expect-error neither a number nor a text
    op(either, new DataNode(true));
  });

  it("may be optional, or have a default", () => {
    const greet = (name: string, times?: number): string => name.repeat(times ?? 1);
    const withDefault = (name: string, times = 1): string => name.repeat(times);
    for (const fn of [greet, withDefault]) {
      expectTypeOf(op(fn, "a")).toEqualTypeOf<Op<string>>();
      op(fn, op(text), sum);
      op(fn, "a", undefined);
      op(
        fn,
        "a",
        op((): number | undefined => 1),
      );
      // @ts-expect-error times is a number
      op(fn, "a", op(text));
    }
  });

  it("may be one of any number", () => {
    const join = (separator: string, ...parts: number[]): string => parts.join(separator);
    expectTypeOf(op(join, ",")).toEqualTypeOf<Op<string>>();
    op(join, op(text), 1, sum, 2);
    op(join, ",", ...[1, 2].map((x) => op(add, x, 1)));
    op(Math.max, ...[1, 2].map((x) => op(add, x, 1)));
    // @ts-expect-error parts are numbers
    op(join, ",", 1, op(text));
  });

  it("may be anything where the function takes anything", () => {
    op((x: unknown) => x, sum);
    // biome-ignore lint/suspicious/noExplicitAny: that is what it is about
    op((x: any) => x, sum);
    op(
      (x: object) => x,
      op(() => new Date()),
    );
    op(
      (x: Date) => x,
      op(() => new Date()),
    );
    op((x: Map<string, number>) => x, new DataNode(new Map<string, number>()));
    op((x: Iterable<number>) => x, new DataNode(new Set<number>()));
    // @ts-expect-error a node of a Date is no Map
    op((x: Map<string, number>) => x, new DataNode(new Date()));
  });

  it("may be a function, or a node of one", () => {
    const apply = (fn: (x: number) => string): string => fn(1);
    op(apply, (x) => x.toFixed());
    op(
      apply,
      op(() => (x: number) => x.toFixed()),
    );
    // @ts-expect-error it must return a text
    op(apply, (x) => x);
  });
});

describe("nodes inside an argument", () => {
  const total = (numbers: number[]): number => numbers.length;
  const named = ({ a, b }: { a: number; b: string[] }): string => a + b.join();

  it("may be in arrays", () => {
    expectTypeOf(op(total, [1, sum, new DataNode(2)])).toEqualTypeOf<Op<number>>();
    op(
      total,
      [1, 2].map((x) => op(add, x, 1)),
    );
    op(total, new CollectNode([sum]));
    op(total, new DataNode([1, 2]));
    op((rows: number[][]) => rows, [[1, sum], new DataNode([1]), op(() => [1])]);
    // @ts-expect-error a node of a text among numbers
    op(total, [sum, op(text)]);
    // @ts-expect-error a collection of texts
    op(total, new CollectNode([op(text)]));
  });

  it("may be in arrays that cannot be changed", () => {
    const readonlyTotal = (numbers: readonly number[]): number => numbers.length;
    op(readonlyTotal, [1, sum] as const);
    op(readonlyTotal, [sum, sum] as readonly Op<number>[]);
    op(
      readonlyTotal,
      op((): readonly number[] => [1]),
    );
    op(readonlyTotal, new CollectNode([sum]));
  });

  it("may be in tuples", () => {
    const pair = (both: [number, string]): number => both[0];
    op(pair, [sum, "a"]);
    op(pair, [1, op(text)]);
    op(
      pair,
      op((): [number, string] => [1, "a"]),
    );
    // @ts-expect-error the wrong way round
    op(pair, [op(text), sum]);
    // @ts-expect-error one is missing
    op(pair, [sum]);
  });

  it("may be in objects", () => {
    expectTypeOf(op(named, { a: sum, b: ["x", op(text)] })).toEqualTypeOf<Op<string>>();
    op(named, { a: 1, b: new CollectNode([op(text)]) });
    op(named, new DataNode({ a: 1, b: ["x"] }));
    op((options?: { limit?: number }) => options, { limit: sum });
    op((records: Record<string, number>) => records, { x: sum, y: 1 });
    // @ts-expect-error a is a number
    op(named, { a: op(text), b: [] });
    // @ts-expect-error b is missing
    op(named, { a: sum });
  });
});

describe("delayed", () => {
  it("is op, called in two steps", () => {
    const delayedAdd = delayed(add, { retries: 1 });
    expectTypeOf(delayedAdd(1, sum)).toEqualTypeOf<Op<number>>();
    expectTypeOf(delayed(async () => "a")()).toEqualTypeOf<Op<string>>();
    // @ts-expect-error a text is no number
    delayedAdd(1, op(text));
    // @ts-expect-error there is no such option
    delayed(add, { retry: 1 });
    // @ts-expect-error retries is a number
    delayed(add, { retries: "1" });
  });

  it("keeps a generic function generic", () => {
    const same = delayed(<T>(x: T): T => x);
    expectTypeOf(same(sum)).toEqualTypeOf<Op<number>>();
    expectTypeOf(same("a")).toEqualTypeOf<Op<string>>();
  });
});

describe("a generic function", () => {
  const same = <T>(x: T): T => x;
  const first = <T>(list: readonly T[]): T => list[0]!;

  it("infers its result from values, and from nodes of containers", () => {
    expectTypeOf(op(same, 5)).toEqualTypeOf<Op<number>>();
    expectTypeOf(op(first, new CollectNode([sum]))).toEqualTypeOf<Op<number>>();
    expectTypeOf(
      op(
        first,
        op(() => [1, 2]),
      ),
    ).toEqualTypeOf<Op<number>>();
    expectTypeOf(op(Promise.resolve<number>, sum)).toEqualTypeOf<Op<number>>();
  });
});

describe("what is no function", () => {
  it("does not compile", () => {
    // @ts-expect-error a number
    op(3);
    // @ts-expect-error nothing
    op(undefined);
    // @ts-expect-error an array
    op([1, 2]);
    // @ts-expect-error a node
    op(sum);
    abstract class Abstract {}
    // @ts-expect-error a class that cannot be constructed
    op(Abstract);
  });
});

describe("a node type of a user", () => {
  class Sum extends DispatchNode<number> {
    readonly terms: readonly DispatchNode<number>[];
    constructor(terms: readonly DispatchNode<number>[]) {
      super();
      this.terms = terms;
    }
    override dependencies() {
      return this.terms;
    }
    override run(values: readonly number[]) {
      return values.reduce(add, 0);
    }
  }

  it("is an argument like any other node", () => {
    expectTypeOf(op(add, new Sum([sum]), 1)).toEqualTypeOf<Op<number>>();
    expectTypeOf(new Sum([]).fetch()).resolves.toEqualTypeOf<number>();
    expectTypeOf(new Sum([]).with({ label: "a" })).toEqualTypeOf<Sum>();
    // @ts-expect-error its result is no text
    op((x: string) => x, new Sum([]));
    // @ts-expect-error its terms are numbers
    new Sum([op(text)]);
  });

  it("must result in what it says", () => {
    class Wrong extends DispatchNode<number> {
      // @ts-expect-error a text is no number
      override run() {
        return "a";
      }
    }
    void Wrong;
  });
});

describe("a node", () => {
  it("of something narrower is one of something wider, and not the reverse", () => {
    expectTypeOf<Op<1>>().toExtend<DispatchNode<number>>();
    expectTypeOf<Op<number>>().toExtend<DispatchNode<number | string>>();
    expectTypeOf<Op<number>>().toExtend<DispatchNode>();
    expectTypeOf<DispatchNode<number | string>>().not.toExtend<DispatchNode<number>>();
    expectTypeOf<DispatchNode>().not.toExtend<DispatchNode<number>>();
  });

  it("is not thenable", () => {
    expectTypeOf<Awaited<Op<number>>>().toEqualTypeOf<Op<number>>();
  });

  it("has arguments that may be replaced, and a function and a label that may not", () => {
    sum.args = [1];
    // @ts-expect-error
    sum.fn = add;
    // @ts-expect-error
    sum.label = "a";
  });
});
