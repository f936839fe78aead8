import { ClosureError, DataNode, DispatchGraph, type DispatchNode, delayed, op } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { Library } from "../../src/closure/library.ts";
import { encodeArguments, libraryNameOf, readyToTravel, runsHere } from "../../src/executors/travel.ts";
import { lower } from "../../src/graph/lower.ts";
import { elementOf } from "../../src/structure.ts";
import type { AnyFunction } from "../../src/task.ts";

const lowered = (...nodes: readonly DispatchNode[]) => lower(DispatchGraph.from(nodes), new Map());
const ready = (nodes: readonly DispatchNode[], largest = Infinity) => {
  const asked: AnyFunction[] = [];
  const functionOf = (fn: AnyFunction): AnyFunction => {
    asked.push(fn);
    return fn;
  };
  return {
    ...readyToTravel(lowered(...nodes), { library: new Library("here"), largest, functionOf }),
    asked,
  };
};

describe("tasks that are to travel", () => {
  const [same, other] = [(x: unknown) => x, (x: unknown) => x];

  it("have functions, each asked for once", () => {
    const { functions, distinct, asked } = ready([op(same, 1), op(other, 1), op(same, 2), new DataNode(1)]);
    expect(functions).toEqual([same, other, same, undefined]);
    expect([[...distinct], asked]).toEqual([
      [same, other],
      [same, other],
    ]);
  });

  it("have arguments encoded that may be refused", () => {
    const { encoded } = ready([op(same, { a: 1 } as never), op(same, new Date() as never), op(same, same)]);
    expect([...encoded.keys()]).toEqual([2]);
    expect(encoded.get(2)!.uses.length).toBeGreaterThan(0);
  });

  it("may be too large", () => {
    expect(() => ready([op(same, [new Array(1000).fill(1)] as never)], 1000)).toThrow(ClosureError);
    expect(() => ready([new DataNode(new Array(1000).fill(1))], 1000)).toThrow(/the value of/);
  });

  it("do not count those that run here", () => {
    const meta = delayed((x: unknown) => x, { meta: true })(op(same, 1) as never);
    const graph = lowered(meta);
    expect([runsHere(graph, 0), runsHere(graph, 1)]).toEqual([false, true]);
    expect(ready([meta]).functions).toEqual([same, undefined]);
  });
});

describe("arguments", () => {
  it("name the argument in which something cannot travel", () => {
    class Hidden {
      #x = 1;
      x(): number {
        return this.#x;
      }
    }
    const args = [1, { deep: [new Hidden()] }];
    const graph = lowered(delayed((...all: unknown[]) => all, { label: "taker" })(...(args as never[])));
    const encoding = () => encodeArguments(graph, 0, args, new Library("here"));
    expect(encoding).toThrow(/the arguments of "taker"\n {2}argument 2[\s\S]*deep/);
  });
});

it("the library's own functions have names", () => {
  expect([libraryNameOf(elementOf), libraryNameOf(() => 1)]).toEqual(["elementOf", undefined]);
});
