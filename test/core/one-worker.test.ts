import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FREE_KEYS } from "../../src/core/scheduler/messages.ts";
import { type SchedulerGraph, SchedulerState } from "../../src/core/scheduler/state.ts";
import { validate } from "../../src/core/scheduler/validate.ts";
import type { Order } from "../../src/core/worker/messages.ts";
import { WorkerState } from "../../src/core/worker/state.ts";
import { validate as validateWorker } from "../../src/core/worker/validate.ts";
import { Random } from "../support/random.ts";
import { inputsOf, shape } from "../support/scheduler.ts";

interface Story {
  /** Tasks in the order in which they ran. */
  readonly ran: number[];
  /** How many results were there at once. */
  readonly most: number;
  /** How many tasks were sent before the first report came back. */
  readonly sentAtOnce: number;
}

/** Runs a graph on one worker; its reports come back after a while, `delay` is the chance that one is late. */
function run(graph: SchedulerGraph, window: number, delay: number, seed: number): Story {
  const random = new Random(seed);
  const scheduler = new SchedulerState();
  const worker = new WorkerState<Order>(scheduler.addWorker(window, 0, true), 1);
  scheduler.updateGraph(graph, [graph.size - 1], true);
  const ran: number[] = [];
  const reports: Order[] = [];
  const held = new Set<number>();
  let most = 0;
  let sentAtOnce = 0;

  const drop = (): void => {
    for (const said of worker.instructions.splice(0)) if (said.op === "free-key") held.delete(said.attempt);
  };
  const send = (): void => {
    for (let task = scheduler.nextTask(0); task >= 0; task = scheduler.nextTask(0)) {
      worker.compute({ task, attempt: scheduler.attemptOf(task), inputs: inputsOf(scheduler, task) });
      if (ran.length === 0) sentAtOnce++;
    }
    if (graph.size < 100) validate(scheduler);
  };
  const hear = (): void => {
    for (const { task, attempt } of reports.splice(0)) scheduler.taskFinished(0, task, attempt, 1);
    const { instructions } = scheduler;
    while (instructions.next()) if (instructions.op === FREE_KEYS) worker.free(instructions.detail);
    drop();
  };

  send();
  for (;;) {
    const order = worker.next();
    if (order === undefined && reports.length === 0) break;
    if (order !== undefined) {
      ran.push(order.task);
      worker.finished(order);
      if (graph.size < 100) validateWorker(worker);
      reports.push(order);
      // The inputs of a task are there until it has its result.
      held.add(order.attempt);
      most = Math.max(most, held.size);
      drop();
    }
    if (order === undefined || !random.chance(delay)) {
      hear();
      send();
    }
  }
  return { ran, most, sentAtOnce };
}

/** Sums of two, depth first: a leaf's or a sum's number is that of the last of its inputs and one. */
function reduction(leaves: number): SchedulerGraph {
  const dependencies: number[][] = [];
  const add = (count: number): number => {
    const inputs = count === 1 ? [] : [add(count >> 1), add(count - (count >> 1))];
    return dependencies.push(inputs) - 1;
  };
  add(leaves);
  return shape(...dependencies);
}

const seeds = fc.nat(2 ** 30);
const delays = fc.constantFrom(0, 0.5, 0.95, 1);

describe("one worker", () => {
  test("that reduces n leaves never holds more than log2(n) + 2 results, however late it is answered", () => {
    for (const leaves of [2, 8, 100, 1024]) {
      for (const [window, delay] of [
        [5000, 1],
        [5000, 0.9],
        [4, 0],
        [1, 0],
      ] as const) {
        const { most, ran } = run(reduction(leaves), window, delay, leaves);
        expect(ran).toHaveLength(2 * leaves - 1);
        expect(most, `${leaves} leaves, window ${window}`).toBeLessThanOrEqual(
          Math.ceil(Math.log2(leaves)) + 2,
        );
      }
    }
  });

  test("is sent a whole chain ahead", () => {
    const chain = shape(...Array.from({ length: 1000 }, (_, t) => (t === 0 ? [] : [t - 1])));
    const { ran, most, sentAtOnce } = run(chain, 1000, 1, 1);
    expect([sentAtOnce, most, ran.length]).toEqual([1000, 2, 1000]);
  });

  const graphs = fc
    .integer({ min: 1, max: 40 })
    .chain((size) =>
      fc.tuple(
        ...Array.from({ length: size }, (_, t) =>
          fc.array(fc.nat(Math.max(0, t - 1)), { maxLength: t === 0 ? 0 : 4 }),
        ),
      ),
    );

  test("runs every graph in its static order, whatever its window and however late it is answered", () => {
    fc.assert(
      fc.property(graphs, fc.constantFrom(1, 3, 100), delays, seeds, (dependencies, window, delay, seed) => {
        const { ran, sentAtOnce } = run(shape(...dependencies), window, delay, seed);
        expect(ran).toEqual(dependencies.map((_, t) => t));
        expect(sentAtOnce).toBe(Math.min(window, dependencies.length));
      }),
    );
  });
});
