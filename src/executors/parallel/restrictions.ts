import { keepValue } from "../../cache/kept-value.ts";
import type { SchedulerState } from "../../core/scheduler/state.ts";
import { WITH_DATA } from "../../core/scheduler/task-table.ts";
import { ExecutorError } from "../../errors.ts";
import type { TaskGraph } from "../../graph/lower.ts";
import { writeData } from "../../store/data-file.ts";
import { elementOf } from "../../structure.ts";
import type { AnyFunction } from "../../task.ts";
import { runsHere } from "../travel.ts";
import { CONTROLLER } from "./controller-tasks.ts";
import type { Crew } from "./crew.ts";

/**
 * Which workers may run which tasks of a graph; `undefined` if any may run all.
 * @throws ExecutorError for a worker that there is not
 */
export function restrictionsOf(graph: TaskGraph, core: SchedulerState, crew: Crew): Uint8Array | undefined {
  const { usedOptions, fns, metaTasks, leases } = graph;
  if (!usedOptions.has("workers") && !fns.some(staysWithData) && metaTasks.size + leases.size === 0)
    return undefined;
  return Uint8Array.from({ length: graph.size }, (_, task) => {
    const { label, options } = graph.info(task);
    if (runsHere(graph, task)) {
      if (options?.workers === undefined || leases.has(task)) return core.restriction([CONTROLLER]);
      throw new ExecutorError(
        `"${label}" has the options "meta" and "workers", but a meta function runs at the controller`,
      );
    }
    if (options?.workers !== undefined) return core.restriction(placesOf(options.workers, label, crew));
    return staysWithData(graph.fns[task]) ? WITH_DATA : 0;
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

/** True of functions that make little of much: so that only the element travels, and what is kept does not. */
function staysWithData(fn: AnyFunction | undefined): boolean {
  return fn === elementOf || fn === keepValue || fn === writeData;
}
