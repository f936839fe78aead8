import type { Lowered } from "../graph/lower.ts";
import type { DispatchNode } from "../nodes/node.ts";

/** Kept without having been requested. */
const KEPT = 1;
/** Requested. */
export const OUTPUT = 2;

/** By task: `OUTPUT` if its result was requested, 0 if it does not outlive the run. */
export function wantedOf(
  graph: Lowered,
  outputs: readonly DispatchNode[],
  inputs: ReadonlyMap<DispatchNode, unknown>,
  keepAll: boolean,
): Uint8Array {
  const wanted = new Uint8Array(graph.size);
  if (keepAll) wanted.fill(KEPT);
  if (graph.usedOptions.has("persist") || graph.usedOptions.has("cache")) {
    for (let task = 0; task < wanted.length; task++) {
      const { persist, cache } = graph.info(task).options ?? {};
      // What is given is not what a cache is to keep.
      if (persist || (cache === true && !inputs.has(graph.nodeOf(task)))) wanted[task] = KEPT;
    }
  }
  for (const node of outputs) wanted[graph.taskOf(node)] = OUTPUT;
  return wanted;
}

/** The tasks whose results outlive the run, ascending. */
export function wantedTasks(wanted: Uint8Array): number[] {
  const tasks: number[] = [];
  for (let task = 0; task < wanted.length; task++) if (wanted[task] !== 0) tasks.push(task);
  return tasks;
}
