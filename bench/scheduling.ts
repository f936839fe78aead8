import { DispatchGraph } from "../src/graph/graph.ts";
import { lower } from "../src/graph/lower.ts";
import { orderDepthFirst } from "../src/graph/order.ts";
import { type DispatchNode, op } from "../src/index.ts";
import { measurePlacement, total } from "../test/support/placement.ts";
import { Random } from "../test/support/random.ts";
import { shape } from "../test/support/scheduler.ts";
import { VirtualCluster } from "../test/support/virtual-cluster.ts";
import { fanOut } from "../test/support/works.ts";
import { type Goal, printGoals } from "./goals.ts";
import { interleave } from "./measure.ts";
import { short, whole } from "./table.ts";

const DIAMONDS = 1000;
const CHAIN = 1_000_000;

/** Of the graphs whose placement is compared. */
const SEED = 1;

/** Measures how good and how quick decisions are, on workers that exist in thought only. */
export async function measureScheduling(rounds: number): Promise<void> {
  const timeOf = async (run: () => number, times: number): Promise<number> =>
    (await interleave([{ name: "dispatch-graph", run }], times, false))[0]!.median;
  // It is so little work that the first rounds go by before all code is compiled.
  const ladder = await timeOf(() => analyse(ladderOf(DIAMONDS)), 20 * rounds);
  const chain = await timeOf(() => order(CHAIN), rounds);
  const random = new Random(SEED);
  const placement = total(measurePlacement(random, 200));
  const unlike = [2, 3, 8].map((workers) => fanOutRatio(workers, () => 1 + 9 * random.next()));
  const equal = [2, 3, 8].map((workers) => fanOutRatio(workers, () => 1));
  console.log(`\nScheduling: a chain of ${whole(CHAIN)} tasks is put in order in ${short(chain)} ms\n`);
  const atMost = (what: string, limit: number, figure: number, unit: string): Goal => ({
    what,
    sense: "at most",
    limit,
    figure,
    unit,
  });
  printGoals([
    atMost(`a ladder of ${whole(DIAMONDS)} diamonds: from nodes to tasks in order`, 50, ladder, "ms"),
    atMost("fan-out of equal tasks on 2, 3 and 8 workers", 1.1, Math.max(...equal), "× ideal time"),
    atMost("fan-out of unequal tasks", 1.1, Math.max(...unlike), "× ideal time"),
    atMost("bytes moved on small graphs", 1.1, placement.moved / placement.asFast, "× the best as fast"),
    atMost("the same", 1.1, placement.moved / placement.fewest, "× the best in any time"),
  ]);
}

function ladderOf(diamonds: number): DispatchNode {
  let joint: DispatchNode = op(() => 0);
  for (let i = 0; i < diamonds; i++) {
    const [left, right] = [op(identity, joint), op(identity, joint)];
    joint = op(both, left, right);
  }
  return joint;
}

const identity = (x: unknown): unknown => x;
const both = (one: unknown, other: unknown): unknown => [one, other];

function analyse(output: DispatchNode): number {
  return lower(DispatchGraph.from(output), new Map()).size;
}

/** The first task needs all others, one after the other. */
function order(size: number): number {
  const start = Int32Array.from({ length: size }, (_, t) => t);
  const count = new Int32Array(size).fill(1);
  count[size - 1] = 0;
  const ordering = orderDepthFirst(size, { start, count, edges: start.subarray(1) });
  return "order" in ordering ? ordering.order.length : -1;
}

/** How many times longer a root and its children take than their work divided by the workers. */
function fanOutRatio(workers: number, duration: () => number): number {
  const children = 20 * workers;
  const durations = Array.from({ length: children + 1 }, duration);
  const cluster = new VirtualCluster(...new Array<number>(workers).fill(1));
  cluster.submit({ graph: shape(...fanOut(children)), durations });
  cluster.run();
  const [root, ...rest] = durations;
  return cluster.now / (root! + rest.reduce((sum, one) => sum + one, 0) / workers);
}
