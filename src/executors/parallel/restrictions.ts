import type { SchedulerState } from "../../core/scheduler/state.ts";
import { WITH_DATA } from "../../core/scheduler/task-table.ts";
import { ExecutorError } from "../../errors.ts";
import type { TaskGraph } from "../../graph/lower.ts";
import { elementOf } from "../../structure.ts";
import type { Crew } from "./crew.ts";

/**
 * Which workers may run which tasks of a graph; `undefined` if any may run all.
 * @throws ExecutorError for a worker that there is not
 */
export function restrictionsOf(graph: TaskGraph, core: SchedulerState, crew: Crew): Uint8Array | undefined {
  if (!graph.usedOptions.has("workers") && !graph.fns.includes(elementOf)) return undefined;
  return Uint8Array.from({ length: graph.size }, (_, task) => {
    const { label, options } = graph.info(task);
    if (options?.workers !== undefined) return core.restriction(placesOf(options.workers, label, crew));
    // So that only the element travels.
    return graph.fns[task] === elementOf ? WITH_DATA : 0;
  });
}

function placesOf(names: readonly string[], label: string, crew: Crew): number[] {
  return names.map((name) => {
    const place = crew.placeOf(name);
    if (place !== undefined) return place;
    throw new ExecutorError(
      `the option "workers" of "${label}" names "${name}", which is no worker; there are ${crew.names.join(", ")}`,
    );
  });
}

/** Why a graph cannot be finished, now that workers have been removed. */
export function strandedBy(graph: TaskGraph, crew: Crew): ExecutorError | undefined {
  const left = new Set(crew.names);
  if (left.size === 0) return new ExecutorError("the last worker was removed during the run");
  if (!graph.usedOptions.has("workers")) return undefined;
  for (let task = 0; task < graph.size; task++) {
    const { label, options } = graph.info(task);
    if (options?.workers === undefined || options.workers.some((name) => left.has(name))) continue;
    return new ExecutorError(`all workers were removed that "${label}" may run on`);
  }
  return undefined;
}
