import { ExecutorError } from "../../errors.ts";
import { DispatchGraph } from "../../graph/graph.ts";
import { type Lowered, lower } from "../../graph/lower.ts";
import type { DispatchNode } from "../../nodes/node.ts";
import type { NodeOptions } from "../../nodes/options.ts";
import { Submission } from "../graph/submission.ts";
import { newToken, TaskKeys } from "../graph/task-keys.ts";
import type { KeyId } from "../protocol/key.ts";
import type { GraphTask, TaskAnnotations, TaskGraph } from "../protocol/task-graph.ts";
import type { TaskWriter } from "../tasks/task-writer.ts";

/** What the scheduler knows nothing of: executors see to it. */
const UNSUPPORTED: readonly (keyof NodeOptions)[] = [
  "timeout",
  "retryOn",
  "cache",
  "meta",
  "persist",
  "getResult",
];

/** What messages say of a task. */
export interface TaskName {
  readonly label: string;
  /** Id of its node in the graph that was submitted. */
  readonly id: number;
}

/** Nodes written as tasks. */
export interface NodeTasks {
  readonly graph: TaskGraph;
  /** Of the nodes, in their order. */
  readonly keys: readonly KeyId[];
  readonly names: ReadonlyMap<KeyId, TaskName>;
}

/**
 * Writes nodes, and all that they need and the cluster does not have, as tasks for the scheduler.
 * @param heldKey The key of a node that the cluster has been given before.
 * @param workers Addresses or names of the workers that may run the tasks of `nodes` themselves.
 * @throws {ExecutorError} for a cycle, and for options that only executors know
 * @throws {ClosureError} for a function, or an argument, that cannot travel
 */
export function tasksOf(
  nodes: readonly DispatchNode[],
  heldKey: (node: DispatchNode) => KeyId | undefined,
  writer: TaskWriter,
  workers: readonly string[] | undefined,
): NodeTasks {
  const held = heldAmong(nodes, heldKey);
  const graph = lower(
    DispatchGraph.from(nodes, held.keys()),
    new Map([...held.keys()].map((node) => [node, undefined])),
  );
  refuseUnsupported(graph);
  const token = newToken();
  const keys = new TaskKeys(token, graph.size);
  const isHeld = new Uint8Array(graph.size);
  for (const [node, key] of held) {
    const task = graph.taskOf(node);
    isHeld[task] = 1;
    keys.alias(task, key);
  }
  const cargo = writer.load(graph);
  try {
    const submission = new Submission({
      ...{ graph, keys, writer, cargo, isOurs: (task) => isHeld[task] !== 0 },
      // The scheduler knows its workers by their names, too.
      addressesOf: (names) => names,
      // Workers that have them may come later.
      checkResources: () => {},
    });
    const taken = submission.take();
    const targets = new Set(nodes.map((node) => graph.taskOf(node)));
    const annotate = annotator();
    const tasks = taken.map((task): GraphTask => {
      const written = submission.write(task);
      const { retries } = graph.info(task).options ?? {};
      const own = workers !== undefined && targets.has(task) ? workers : undefined;
      return { ...written, annotations: annotate(written.annotations, retries, own) };
    });
    const outputs = nodes.map((node) => keys.of(graph.taskOf(node))!);
    const names = new Map<KeyId, TaskName>();
    const internalPriority = new Map<KeyId, number>();
    for (const task of taken) {
      const key = keys.of(task)!;
      names.set(key, { label: graph.info(task).label, id: graph.idOf(task) });
      internalPriority.set(key, task);
    }
    return { graph: { tasks, outputs, token, internalPriority }, keys: outputs, names };
  } finally {
    writer.unload(cargo);
  }
}

/** The nodes on the way to `nodes` that the cluster has; what is behind them is not looked at. */
function heldAmong(
  nodes: readonly DispatchNode[],
  heldKey: (node: DispatchNode) => KeyId | undefined,
): Map<DispatchNode, KeyId> {
  const held = new Map<DispatchNode, KeyId>();
  const seen = new Set(nodes);
  for (const node of seen) {
    const key = heldKey(node);
    if (key !== undefined) held.set(node, key);
    else for (const dependency of node.dependencies()) seen.add(dependency);
  }
  return held;
}

function refuseUnsupported(graph: Lowered): void {
  for (const lease of graph.leases.values()) lease.end();
  const [chunk] = graph.leases.keys();
  if (chunk !== undefined) {
    throw new ExecutorError(
      `"${graph.info(chunk).label}" is a result of an executor, which a Client cannot hand on`,
    );
  }
  const used = UNSUPPORTED.find((option) => graph.usedOptions.has(option));
  if (used === undefined) return;
  for (let task = 0; task < graph.size; task++) {
    const { label, options } = graph.info(task);
    if (options?.[used] === undefined) continue;
    throw new ExecutorError(
      `"${label}" has the option ${used}, which the scheduler knows nothing of: use a DaskExecutor, which sees to it`,
    );
  }
}

/** Tasks with the same annotations share one object: the scheduler gets them together. */
function annotator(): (
  written: TaskAnnotations | undefined,
  retries: number | undefined,
  workers: readonly string[] | undefined,
) => TaskAnnotations | undefined {
  const known = new Map<string, TaskAnnotations>();
  return (written, retries, workers) => {
    if (retries === undefined && workers === undefined) return written;
    const annotations: TaskAnnotations = {
      ...written,
      ...(retries === undefined ? {} : { retries }),
      ...(workers === undefined ? {} : { workers }),
    };
    const text = JSON.stringify(annotations);
    const same = known.get(text) ?? annotations;
    known.set(text, same);
    return same;
  };
}
