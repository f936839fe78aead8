import type { Run } from "../../src/executors/run.ts";
import { lower } from "../../src/graph/lower.ts";
import type { StateName, TaskGraph } from "../../src/index.ts";
import { DispatchGraph, type DispatchNode } from "../../src/index.ts";

/** What a run told of its tasks: label, state before, state after, worker, message of the error. */
export type Told = readonly [
  label: string,
  from: StateName,
  to: StateName,
  worker: string | null | undefined,
  error?: string,
];

/** The graph of nodes, and of a run the little that observers see. */
export function observedRun(nodes: readonly DispatchNode[]): {
  graph: TaskGraph;
  run: Run;
  told: Told[];
  taskOf: (label: string) => number;
} {
  const graph = lower(DispatchGraph.from(nodes), new Map());
  const told: Told[] = [];
  const run = {
    graph,
    ended: false,
    transition: (
      task: number,
      from: StateName,
      to: StateName,
      error: Error | undefined,
      worker: string | null,
    ) => {
      const told1 = [graph.info(task).label, from, to, worker] as const;
      told.push(error === undefined ? told1 : [...told1, error.message]);
    },
  };
  const taskOf = (label: string): number => {
    for (let task = 0; task < graph.size; task++) if (graph.info(task).label === label) return task;
    throw new Error(`no task is called ${label}`);
  };
  return { graph, run: run as unknown as Run, told, taskOf };
}
