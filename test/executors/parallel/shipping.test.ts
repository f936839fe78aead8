import { ClosureError, DataNode, DispatchGraph, type DispatchNode, op } from "dispatch-graph";
import { describe, expect, it } from "vitest";
import { Library } from "../../../src/closure/library.ts";
import { OrderQueue } from "../../../src/executors/parallel/order-queue.ts";
import { Shipping } from "../../../src/executors/parallel/shipping.ts";
import { type Lowered, lower } from "../../../src/graph/lower.ts";
import {
  ALL_INPUTS,
  ENCODED_PAIR,
  LIST_OF_INPUTS,
  LISTED,
  type Orders,
  PLAIN_PAIR,
  PLAIN_RESULT,
} from "../../../src/worker/protocol.ts";
import { channel, closesChannels } from "../../support/channel.ts";
import { Inbox } from "../../support/comm-contract.ts";

closesChannels();

function shipping() {
  const library = new Library("controller");
  const [controller, worker] = channel();
  return {
    library,
    ship: new Shipping(library),
    queue: new OrderQueue(controller, library),
    inbox: new Inbox(worker),
  };
}

const lowered = (...nodes: readonly DispatchNode[]): Lowered => lower(DispatchGraph.from(nodes), new Map());

const add = (a: number, b: number): number => a + b;
const sum = (all: readonly number[]): number => all.reduce(add, 0);

describe("functions", () => {
  it("are captured once for all tasks and runs, and have numbers", () => {
    const { ship } = shipping();
    const [one, two] = [
      ship.load(lowered(op(add, 1, 2), op(add, 3, 4), op(sum, [1]))),
      ship.load(lowered(op(add, 5, 6))),
    ];
    expect(one.functions.map((fn) => fn?.number)).toEqual([0, 0, 1]);
    expect(two.functions[0]).toBe(one.functions[0]);
  });

  it("of the library itself are no closures", () => {
    const { ship } = shipping();
    const { functions } = ship.load(lowered(op(() => [1]).at(0)));
    expect(functions.map((fn) => fn?.isOwn)).toEqual([false, true]);
    expect(functions[1]?.id).toBe("elementOf");
  });

  it("are as they are when the run starts", () => {
    const { ship } = shipping();
    const settings = { factor: 1 };
    const scale = (x: number): number => x * settings.factor;
    const before = ship.load(lowered(op(scale, 1)));
    settings.factor = 2;
    const after = ship.load(lowered(op(scale, 1)));
    expect(after.functions[0]).not.toBe(before.functions[0]);
  });

  it("are forgotten everywhere when no run uses them any more", async () => {
    const { ship, library, queue, inbox } = shipping();
    const local = (): number => 1;
    const [one, two] = [ship.load(lowered(op(local))), ship.load(lowered(op(local)))];
    const { number, id } = one.functions[0]!;
    queue.useFunction(number, id, id);
    queue.free(0);
    queue.flush();
    ship.unload(one, [queue]);
    expect(queue.known.has(id)).toBe(true);
    ship.unload(two, [queue]);
    queue.flush();
    const [, last] = (await inbox.first(2)) as [Orders, Orders];
    expect([last.forgotten, queue.known.has(id)]).toEqual([[number], false]);
    expect(library.needed([id], new Set())).toEqual([]);
  });

  it("and labels too", async () => {
    const { ship, queue, inbox } = shipping();
    const labels: (readonly string[])[] = [];
    for (const label of ["one", "another"]) {
      const cargo = ship.load(lowered(op(() => 1).with({ label })));
      queue.useLabel(ship.labelNumber(label), label);
      queue.free(0);
      queue.flush();
      ship.unload(cargo, [queue]);
      labels.push([label, String(ship.labelNumber(label))]);
      ship.unload(ship.load(lowered(op(() => 1))), [queue]);
    }
    expect(labels).toEqual([
      ["one", "0"],
      ["another", "0"],
    ]);
    const orders = (await inbox.first(2)) as Orders[];
    expect(orders.map((message) => message.labels)).toEqual([
      [{ number: 0, text: "one" }],
      [{ number: 0, text: "another" }],
    ]);
  });

  it("that cannot travel are refused before anything runs, by the label of the task", () => {
    const { ship } = shipping();
    const pending = Promise.resolve();
    const waits = op(() => pending).with({ label: "waits" });
    expect(() => ship.load(lowered(waits))).toThrow(ClosureError);
    expect(() => ship.load(lowered(waits))).toThrow(/waits[\s\S]*`pending`/);
  });
});

describe("arguments", () => {
  /** How the arguments of the task made last travel, and as what values. */
  const added = async (
    node: DispatchNode,
  ): Promise<[form: number, values: readonly unknown[], hole: unknown]> => {
    const { ship, queue, inbox } = shipping();
    const graph = lowered(node);
    const form = ship.addArguments(graph, graph.size - 1, ship.load(graph), queue);
    queue.free(0);
    queue.flush();
    const [{ values, hole }] = (await inbox.first(1)) as [Orders];
    return [form, values, hole];
  };
  const one = op(() => 1);

  it("need nothing if they are inputs", async () => {
    expect((await added(op(add, one, one))).slice(0, 2)).toEqual([ALL_INPUTS, []]);
    expect((await added(op(sum, [one, one]))).slice(0, 2)).toEqual([LIST_OF_INPUTS, []]);
  });

  it("are listed if they are simple", async () => {
    const [form, values, hole] = await added(op(add, 5, one));
    expect([form, values[0], values[1] === hole]).toEqual([LISTED, 5, true]);
  });

  it("are a pair with the hole if they hold more", async () => {
    const [form, [pair], hole] = await added(op((o: { a: number[] }) => o, { a: [1, one] }));
    expect(form).toBe(PLAIN_PAIR);
    const [[{ a }], own] = pair as [[{ a: unknown[] }], unknown];
    expect([a[0], a[1] === own]).toEqual([1, true]);
    expect(hole).toBeDefined();
  });

  it("are encoded if clones would not do", async () => {
    const [form] = await added(
      op(
        (f: () => number) => f(),
        () => 5,
      ),
    );
    expect(form).toBe(ENCODED_PAIR);
  });

  it("are the result itself for data", async () => {
    expect((await added(new DataNode({ a: 1 }))).slice(0, 2)).toEqual([PLAIN_RESULT, [{ a: 1 }]]);
  });

  it("that cannot travel are refused before anything runs, by the label of the task", () => {
    const { ship } = shipping();
    const held = op((o: object) => o, { deep: { task: Promise.resolve() } }).with({ label: "held" });
    expect(() => ship.load(lowered(held))).toThrow(/the arguments of "held"[\s\S]*deep[\s\S]*task/);
  });
});
