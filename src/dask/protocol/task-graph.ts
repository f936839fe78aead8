/**
 * Graphs as pickles, which the scheduler reads. A task is a call
 *
 * ```text
 * Task(key, methodcaller(TASK_MARKER), payload, …, TaskRef(dependency), …)
 * ```
 *
 * of which the scheduler sees the key and the dependencies. A Python worker that gets hold of one fails
 * with the marker's text.
 */

import { GraphPickle, type Layers, pythonAnnotations } from "./graph-pickle.ts";
import { type KeyId, keyOf } from "./key.ts";
import { Serialized } from "./message.ts";
import type { Profile } from "./profile.ts";

/** What the scheduler is told of a task. */
export interface TaskAnnotations {
  /** Addresses or hosts of the workers that may run it. */
  readonly workers?: readonly string[];
  /** Others may as well, if none of them can. */
  readonly allowOtherWorkers?: boolean;
  readonly resources?: Readonly<Record<string, number>>;
  readonly retries?: number;
  /** Higher runs first. */
  readonly priority?: number;
}

/** A task to be run by a worker of ours. */
export interface GraphTask {
  readonly key: KeyId;
  /** The task as its worker reads it; the same Uint8Array in several tasks is written once. */
  readonly payloads: readonly Uint8Array[];
  /** In the order of the arguments; the same key may be there more than once. */
  readonly dependencies: readonly KeyId[];
  /** Tasks with the same object are written together. */
  readonly annotations?: TaskAnnotations | undefined;
}

/** Tasks to be submitted together. */
export interface TaskGraph {
  readonly tasks: Iterable<GraphTask>;
  /** What the client wants to hold. */
  readonly outputs: readonly KeyId[];
  /** A text that no other graph has. */
  readonly token: string;
  /** Lower runs first; without it the scheduler orders the tasks itself. */
  readonly internalPriority?: ReadonlyMap<KeyId, number> | undefined;
  /** The task that submits this graph, if one does: its subtasks go before other tasks. */
  readonly submittingTask?: KeyId | undefined;
  /** Graphs that come later have the same priority for so long: "60s", or seconds. */
  readonly fifoTimeout?: string | number | undefined;
}

/** The message `update-graph`, for `encodeMessage`. */
export function updateGraph(profile: Profile, graph: TaskGraph): Readonly<Record<string, unknown>> {
  const layers = layersOf(graph.tasks);
  // Annotations that all tasks have can be those of the message.
  const [only] = layers.size <= 1 ? layers.keys() : [];
  const pickle = new GraphPickle(profile, graph, layers).finish();
  const { internalPriority, submittingTask, fifoTimeout = "60s" } = graph;
  return {
    op: "update-graph",
    ...(profile.graph === "expression"
      ? { expr_ser: Serialized.of("pickle", [pickle], [["writeable", []]]) }
      : { graph_header: { serializer: "pickle", writeable: [] }, graph_frames: [pickle] }),
    // A set: 2024.12.1 takes keys out of it when data that the graph needs have been lost.
    keys: new Set(graph.outputs.map(keyOf)),
    internal_priority:
      internalPriority === undefined
        ? null
        : new Map(Array.from(internalPriority, ([id, priority]) => [keyOf(id), priority])),
    submitting_task: submittingTask === undefined ? null : keyOf(submittingTask),
    fifo_timeout: fifoTimeout,
    actors: null,
    code: [],
    annotations: only === undefined ? {} : pythonAnnotations(only),
    span_metadata: {},
  };
}

function layersOf(tasks: Iterable<GraphTask>): Layers {
  const layers = new Map<TaskAnnotations | undefined, GraphTask[]>();
  for (const task of tasks) {
    const layer = layers.get(task.annotations);
    if (layer === undefined) layers.set(task.annotations, [task]);
    else layer.push(task);
  }
  return layers;
}
