/** What is known of the elements of a result. Checked by the compiler; nothing here runs. */
import { describe, expectTypeOf, it } from "vitest";
import { CollectNode, DataNode, type DispatchNode, type IndexNode, op } from "../../src/index.ts";

const list = op(() => [1, 2, 3]);
const pair = op((): [number, string] => [1, "a"]);
const record = op(() => ({ x: 1, y: "s", 5: true }));
const map = op(() => new Map<string, number>());

describe("at", () => {
  it("is the element of a tuple", () => {
    expectTypeOf(pair.at(0)).toEqualTypeOf<IndexNode<number>>();
    expectTypeOf(pair.at(1)).toEqualTypeOf<IndexNode<string>>();
    // Which one counts from the end is not known to the compiler.
    expectTypeOf(pair.at(-1)).toEqualTypeOf<IndexNode<number | string>>();
    expectTypeOf(op((): readonly [1, "a"] => [1, "a"]).at(1)).toEqualTypeOf<IndexNode<"a">>();
    expectTypeOf(op((): [number, ...string[]] => [1]).at(3)).toEqualTypeOf<IndexNode<string>>();
  });

  it("is an element of an array", () => {
    expectTypeOf(list.at(0)).toEqualTypeOf<IndexNode<number>>();
    expectTypeOf(list.at(1 as number)).toEqualTypeOf<IndexNode<number>>();
    expectTypeOf(op((): readonly string[] => []).at(0)).toEqualTypeOf<IndexNode<string>>();
    expectTypeOf(op(() => new Float64Array(1)).at(0)).toEqualTypeOf<IndexNode<number>>();
    expectTypeOf(op(() => "text").at(0)).toEqualTypeOf<IndexNode<string>>();
    expectTypeOf(new CollectNode([list]).at(0).fetch()).resolves.toEqualTypeOf<number[]>();
  });

  it("is unknown where nothing is known", () => {
    expectTypeOf(op((): unknown => 1).at(0)).toEqualTypeOf<IndexNode<unknown>>();
    expectTypeOf(op(() => 1).at(0)).toEqualTypeOf<IndexNode<unknown>>();
  });

  it("takes a number", () => {
    // @ts-expect-error
    list.at("0");
    // @ts-expect-error
    list.at();
  });

  it("can be repeated", () => {
    const rows = op(() => [[1], [2]]);
    expectTypeOf(rows.at(0).at(1)).toEqualTypeOf<IndexNode<number>>();
  });
});

describe("get", () => {
  it("is a field of an object", () => {
    expectTypeOf(record.get("x")).toEqualTypeOf<IndexNode<number>>();
    expectTypeOf(record.get("y")).toEqualTypeOf<IndexNode<string>>();
    expectTypeOf(record.get(5)).toEqualTypeOf<IndexNode<boolean>>();
    expectTypeOf(op((): Record<string, Date> => ({})).get("x")).toEqualTypeOf<IndexNode<Date>>();
    expectTypeOf(op((): { a?: number } => ({})).get("a")).toEqualTypeOf<IndexNode<number | undefined>>();
    expectTypeOf(record.get("x" as "x" | "y")).toEqualTypeOf<IndexNode<number | string>>();
    // @ts-expect-error there is no z
    record.get("z");
  });

  it("is what a Map holds under a key", () => {
    expectTypeOf(map.get("a")).toEqualTypeOf<IndexNode<number>>();
    expectTypeOf(new DataNode(new Map([[new Date(), "a"]])).get(new Date())).toEqualTypeOf<
      IndexNode<string>
    >();
    // @ts-expect-error its keys are texts
    map.get(1);
    // @ts-expect-error its properties are no entries
    record.get("size");
  });

  it("is unknown where nothing is known", () => {
    expectTypeOf(op((): unknown => 1).get("a")).toEqualTypeOf<IndexNode<unknown>>();
  });

  it("can be repeated", () => {
    const deep = op(() => ({ a: { b: [1] } }));
    expectTypeOf(deep.get("a").get("b").at(0)).toEqualTypeOf<IndexNode<number>>();
    // @ts-expect-error there is no c in a
    deep.get("a").get("c");
  });
});

describe("destructuring", () => {
  it("gives elements of an array", () => {
    // Whoever sets `noUncheckedIndexedAccess`, as this project does, is told that there may be none.
    const [first, second] = list;
    expectTypeOf(first!).toEqualTypeOf<IndexNode<number>>();
    expectTypeOf(second!).toEqualTypeOf<IndexNode<number>>();
    const [vector] = new CollectNode([list, list]);
    expectTypeOf(vector!.fetch()).resolves.toEqualTypeOf<number[]>();
  });

  it("gives elements of a tuple", () => {
    const [first, second] = pair;
    expectTypeOf(first).toExtend<DispatchNode<number | string>>();
    expectTypeOf(second).toExtend<DispatchNode<number | string>>();
    expectTypeOf(pair[0]).toEqualTypeOf<IndexNode<number>>();
    expectTypeOf(pair[1]).toEqualTypeOf<IndexNode<string>>();
  });

  it("gives what a loop gives", () => {
    for (const element of list) expectTypeOf(element).toEqualTypeOf<IndexNode<number>>();
  });
});
