import { setTimeout as sleep } from "node:timers/promises";
import { DaskExecutor } from "../../src/dask/executor/dask-executor.ts";
import { type DispatchNode, type DispatchResult, delayed } from "../../src/index.ts";
import type { Random } from "../../test/support/random.ts";
import type { Counts } from "./chaos-counts.ts";
import { type ChaosGraph, type Expected, evaluate, randomGraph } from "./chaos-graph.ts";
import { perform } from "./chaos-tasks.ts";

interface Kept {
  readonly result: DispatchResult;
  readonly expected: Expected;
}

/** A user of the executor: runs graphs, aborts some, and keeps results for a while. */
export class RunRounds {
  readonly executor: DaskExecutor;
  readonly #random: Random;
  readonly #counts: Counts;
  readonly #kept: Kept[] = [];

  constructor(address: string, random: Random, counts: Counts) {
    this.#random = random;
    this.#counts = counts;
    this.executor = new DaskExecutor(address, { noWorkerTimeout: Infinity });
  }

  /** One graph. */
  async round(): Promise<void> {
    const random = this.#random;
    const graph = randomGraph(random);
    const nodes = this.#nodesOf(graph);
    const outputs = graph.outputs.map((i) => nodes[i]!);
    this.#counts.tasks += nodes.length;
    const abort = new AbortController();
    const running = this.executor.run(outputs, { throwError: false, signal: abort.signal });
    if (random.chance(0.15)) {
      await sleep(random.below(300));
      abort.abort();
      // It may be over already.
      await running.catch(() => {});
      this.#counts.cancelled += outputs.length;
      return;
    }
    const expected = evaluate(graph);
    const results = await running;
    const left = results.map((result, i) => ({ result, expected: expected[graph.outputs[i]!]! }));
    for (const one of left) await this.#check(one);
    if (random.chance(0.3)) this.#kept.push(...left);
    else {
      for (const one of this.#kept.splice(0)) await this.#check(one);
      for (const { result } of left) if (result.ok) result.chunk.release();
    }
  }

  async #check({ result, expected }: Kept): Promise<void> {
    const found = await result.fetch().catch((error: Error) => error.cause ?? error);
    this.#counts.compare(result.node.label, found, expected);
  }

  close(): Promise<void> {
    return this.executor.close();
  }

  #nodesOf({ tasks }: ChaosGraph): readonly DispatchNode[] {
    const random = this.#random;
    const nodes: DispatchNode[] = [];
    const watched = random.chance(0.2);
    for (const [i, { kind, seed, wait, inputs }] of tasks.entries()) {
      const call = delayed(perform, {
        label: `${kind} ${i}`,
        ...(random.chance(0.1) && { priority: random.below(20) - 10 }),
        ...(kind === "failing" && random.chance(0.5) && { retries: 2 }),
        ...(watched && { timeout: 600_000 }),
        ...(random.chance(0.1) && { persist: true }),
      });
      nodes.push(call(kind, seed, wait, ...inputs.map((input) => nodes[input]!)));
    }
    return nodes;
  }
}
