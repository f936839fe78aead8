import { ClosureError, DataNode, DispatchNode, delayed, op } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { Library } from "../../../src/closure/library.ts";
import { openArguments, WrittenNotes } from "../../../src/dask/tasks/argument-bytes.ts";
import { openFunction } from "../../../src/dask/tasks/function-bytes.ts";
import { TaskWriter } from "../../../src/dask/tasks/task-writer.ts";
import { evaluate } from "../../../src/task.ts";
import { lowered, Written } from "./written.ts";

const add = (a: number, b: number): number => a + b;

let readers = 0;

/** What the payloads of a task give somewhere else. */
async function ran([fn, args]: readonly [Uint8Array, Uint8Array], ...values: unknown[]): Promise<unknown> {
  const library = new Library(`reader-${++readers}`);
  const [called, given] = [openFunction(fn, library), openArguments(args, library)];
  await Promise.all([called.ready, given.ready]);
  const end = values.length - given.orderOnly;
  const positions = Int32Array.from(values.keys());
  const code = called.fn();
  const list = given.args();
  return code === undefined ? list?.[0] : evaluate(code, list, values, positions, 0, end);
}

describe("function bytes", () => {
  const [one, two] = [op(add, 1, 2), op(add, 3, 4)];
  const other = op((x: number) => x, 1);

  it("are the same bytes for all tasks of a function", () => {
    const written = new Written([one, two, other]);
    expect(written.payloads(one)[0]).toBe(written.payloads(two)[0]);
    expect(written.payloads(one)[0]).not.toBe(written.payloads(other)[0]);
  });

  it("are the same bytes for all runs that overlap", () => {
    const { writer, cargo, graph } = new Written([one]);
    const before = writer.functionBytes(cargo, 0);
    const again = writer.load(graph);
    writer.unload(cargo);
    expect(writer.functionBytes(again, 0)).toBe(before);
  });

  it("let the library forget what no run uses any more", () => {
    const { writer, cargo, ownLibrary: library } = new Written([one]);
    const id = cargo.functions[0]!.id!;
    const second = writer.load(lowered(two));
    writer.unload(cargo);
    expect(library.has(id)).toBe(true);
    writer.unload(second);
    expect(library.has(id)).toBe(false);
  });

  it("bring the functions along that the function uses", async () => {
    const twice = (x: number): number => 2 * x;
    const node = op((x: number) => twice(x) + 1, 20);
    expect(await ran(new Written([node]).payloads(node))).toBe(41);
  });

  it("name functions of the library", async () => {
    const list = op(() => [1, 2, 3]);
    const last = list.at(-1);
    const payloads = new Written([last]).payloads(last);
    expect(payloads[0].byteLength).toBeLessThan(60);
    expect(await ran(payloads, [1, 2, 3])).toBe(3);
  });

  it("cannot be had of what cannot travel", () => {
    const socket = new (class Socket {
      #handle = 1;
      open(): number {
        return this.#handle;
      }
    })();
    const node = op(() => socket.open());
    expect(() => new Written([node])).toThrow(ClosureError);
  });
});

describe("argument bytes", () => {
  const one = op((x: number) => x, 1);
  const two = op((x: number) => x, 2);

  const cases: Record<string, readonly [DispatchNode, readonly unknown[], unknown]> = {
    "all inputs": [op(add, one, two), [1, 2], 3],
    "an input twice": [op(add, one, one), [1, 1], 2],
    "inputs and primitives": [
      op((...all: readonly unknown[]) => all, one, -5, two, "x", null, undefined, 1.5, 2n ** 70n, true),
      [1, 2],
      [1, -5, 2, "x", null, undefined, 1.5, 2n ** 70n, true],
    ],
    "a list": [op((all: readonly number[]) => all, [one, two]), [1, 2], [1, 2]],
    "inputs in containers": [
      op((all: unknown) => all, { a: [one, { b: two }], c: 3 } as never),
      [1, 2],
      { a: [1, { b: 2 }], c: 3 },
    ],
    "what needs more than structured clone": [
      op((all: { f(x: number): number; n: number }) => all.f(all.n), {
        f: (x: number) => x * 3,
        n: one,
      } as never),
      [7],
      21,
    ],
    data: [new DataNode({ a: [1, new Map([[1, 2]])] }), [], { a: [1, new Map([[1, 2]])] }],
    "no arguments": [op(() => 7), [], 7],
  };

  it.each(Object.entries(cases))("hold %s", async (_, [node, values, expected]) => {
    expect(await ran(new Written([node]).payloads(node), ...values)).toEqual(expected);
  });

  it("hold data that are code", async () => {
    const node = new DataNode((x: number) => x + 1);
    expect(((await ran(new Written([node]).payloads(node))) as (x: number) => number)(1)).toBe(2);
  });

  it("can be those of a value that is known only later", async () => {
    const { writer } = new Written([one]);
    const notes = { label: "late", node: 3, topic: undefined, watched: false, described: false };
    for (const value of [{ a: 1 }, new Map([["a", new Date(5)]]), [undefined]]) {
      const payloads = writer.dataPayloads(value, notes);
      expect(await ran(payloads)).toEqual(value);
      expect(new WrittenNotes(payloads[1]).label).toBe("late");
    }
    expect(await ran(writer.dataPayloads(add, notes))).toBeTypeOf("function");
  });

  it("are few", () => {
    const sum = op(add, one, two);
    expect(new Written([sum]).payloads(sum)[1].byteLength).toBeLessThan(12);
  });

  it("say how many dependencies are no arguments", () => {
    const late = op(add, one, 1);
    const written = new Written([late]);
    const orderOnly = new Map([[written.graph.taskOf(late), 1]]);
    const writer = new TaskWriter(written.ownLibrary);
    const cargo = writer.load({ ...written.graph, orderOnly });
    const task = written.graph.taskOf(late);
    const bytes = writer.argumentBytes(cargo, task);
    expect(openArguments(bytes, written.ownLibrary).orderOnly).toBe(1);
  });

  it("say what the client wants to know", () => {
    const wishes = { topic: "news", isWatched: (task: number) => task === 0, isDescribed: () => true };
    const late = delayed(add, { label: "late" })(one, 1);
    const written = new Written([late], wishes);
    const [first, second] = [one, late].map((node) => new WrittenNotes(written.payloads(node)[1]));
    expect([first!.watched, first!.described, first!.topic]).toEqual([true, true, "news"]);
    expect([second!.watched, second!.described, second!.label]).toEqual([false, true, "late"]);
    expect(second!.node).toBe(written.graph.idOf(written.graph.taskOf(late)));
  });

  it("say nothing of what it does not", () => {
    const written = new Written([one], { topic: "news", isWatched: () => false, isDescribed: () => false });
    expect(new WrittenNotes(written.payloads(one)[1]).topic).toBeUndefined();
  });

  it("cannot be had of what cannot travel, with the way to it", () => {
    const bad = {
      deep: [
        1,
        new (class Hidden {
          #x = 1;
          x(): number {
            return this.#x;
          }
        })(),
      ],
    };
    expect(() => new Written([op((...all: readonly unknown[]) => all, 1, bad as never)])).toThrow(
      /argument 2[\s\S]*deep/,
    );
  });

  it("leave the nodes of a user's own type behind", async () => {
    class Double extends DispatchNode<number> {
      readonly of: DispatchNode<number>;
      constructor(of: DispatchNode<number>) {
        super();
        this.of = of;
      }
      override dependencies(): readonly DispatchNode[] {
        return [this.of];
      }
      override run(values: readonly number[]): number {
        return 2 * values[0]!;
      }
    }
    const double = new Double(one);
    expect(await ran(new Written([double]).payloads(double), 21)).toBe(42);
  });
});
