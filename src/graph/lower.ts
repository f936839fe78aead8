import { ExecutorError } from "../errors.ts";
import { type DispatchNode, isNode } from "../nodes/node.ts";
import type { NodeOptions } from "../nodes/options.ts";
import { type AnyFunction, type Call, type Lease, ONE_LIST, Ref, substitute, type Task } from "../task.ts";
import { ANYTHING, type DispatchGraph, ELEMENT, LIST_OF_NODES } from "./graph.ts";
import { type Edges, orderDepthFirst, withElementsFirst } from "./order.ts";

/** What is known of a task besides what it does. */
export interface TaskInfo {
  readonly label: string;
  readonly options: NodeOptions | undefined;
}

/**
 * A graph as executors see it: tasks, numbered in the static order (dependencies always have
 * smaller numbers), as rows of dense arrays.
 */
export interface TaskGraph {
  readonly size: number;
  /** The function of a call; `undefined` for data, whose value is in `args[task][0]`. */
  readonly fns: readonly (AnyFunction | undefined)[];
  /** The arguments of a call, refs included; `undefined` if they are refs and nothing else, `ONE_LIST` if one array of refs. */
  readonly args: readonly (readonly unknown[] | undefined)[];
  /** The dependencies of task `t` are `dependencies[dependencyStart[t] .. dependencyStart[t + 1]]`. */
  readonly dependencyStart: Int32Array;
  /** In the order of the refs in the arguments, repeated where they repeat; those that only order come last. */
  readonly dependencies: Int32Array;
  /** The results that are held already, by task, to be given back when the run is over; `fns` has what gives their values. */
  readonly leases: ReadonlyMap<number, Lease>;
  /** The tasks whose functions get chunks in the place of values. */
  readonly metaTasks: ReadonlySet<number>;
  /** How many of a task's dependencies only order, for tasks that have any. */
  readonly orderOnly: ReadonlyMap<number, number>;
  /** Which options occur at all. */
  readonly usedOptions: ReadonlySet<keyof NodeOptions>;
  info(task: number): TaskInfo;
  /** The id of the task's node in the graph. */
  idOf(task: number): number;
}

/** A task graph and the way from nodes to tasks. */
export interface Lowered extends TaskGraph {
  taskOf(node: DispatchNode): number;
  nodeOf(task: number): DispatchNode;
  /**
   * From now on the graph holds no nodes, so that they and their results can be garbage; what tasks do
   * is still known. Not to be asked for nodes any more.
   * @param isEncoded true of tasks whose arguments were taken elsewhere
   */
  letNodesGo(isEncoded: (task: number) => boolean): void;
}

/** Stands for a dependency where its node is not known any more. */
class Dependency extends Ref {
  override toString(): string {
    return "a dependency";
  }
}

/** In the place of an input's value: a call without dependencies that gives it. */
export class Instead {
  readonly call: Call;

  constructor(fn: AnyFunction, args: readonly unknown[]) {
    this.call = { kind: "call", fn, args };
  }
}

/**
 * Turns nodes into tasks: the last place that sees nodes. Arguments are read here and not later.
 * @param values the values of input nodes, which become data, or held results if they are chunks
 * @throws ExecutorError when the graph has a cycle
 */
export function lower(graph: DispatchGraph, values: ReadonlyMap<DispatchNode, unknown>): Lowered {
  const size = graph.size;
  const { order, edges } = ordered(graph);
  const taskOf = new Int32Array(size);
  for (let t = 0; t < size; t++) taskOf[order[t]!] = t;

  const fns = new Array<AnyFunction | undefined>(size);
  const args = new Array<readonly unknown[] | undefined>(size);
  const dependencyStart = new Int32Array(size + 1);
  const dependencies = new Int32Array(edges.edges.length);
  const leases = new Map<number, Lease>();
  const metaTasks = new Set<number>();
  const usedOptions = new Set<keyof NodeOptions>();
  let lastOptions: NodeOptions | undefined;
  let length = 0;
  for (let t = 0; t < size; t++) {
    const n = order[t]!;
    const node = graph.nodeAt(n);
    const options = node.options;
    if (options !== undefined && options !== lastOptions) {
      for (const [name, value] of Object.entries(options)) {
        if (value !== false) usedOptions.add(name as keyof NodeOptions);
      }
      lastOptions = options;
    }
    const isGiven = values.size > 0 && values.has(node);
    const task = isGiven ? givenTask(values.get(node)) : node.toTask();
    if (task.kind === "call") {
      if (options?.meta === true && !isGiven) metaTasks.add(t);
      fns[t] = task.fn;
      const form = graph.formOf(n);
      if (form === ANYTHING || form === ELEMENT) args[t] = task.args;
      else if (form === LIST_OF_NODES) args[t] = ONE_LIST;
    } else if (task.kind === "held") {
      const lease = task.lease();
      leases.set(t, lease);
      fns[t] = () => lease.value();
    } else args[t] = [task.value];
    const end = edges.start[n]! + edges.count[n]!;
    for (let e = edges.start[n]!; e < end; e++) dependencies[length++] = taskOf[edges.edges[e]!]!;
    dependencyStart[t + 1] = length;
  }
  const orderOnly = new Map<number, number>();
  for (const [n, added] of graph.addedEdges()) orderOnly.set(taskOf[n]!, added.size);
  let nodes: DispatchGraph | undefined = graph;
  let infos: TaskInfo[] = [];

  return {
    size,
    fns,
    args,
    dependencyStart,
    dependencies,
    leases,
    metaTasks,
    orderOnly,
    usedOptions,
    info: (task) => nodes?.nodeAt(order[task]!) ?? infos[task]!,
    idOf: (task) => order[task]! + 1,
    taskOf: (node) => taskOf[nodes!.numberOf(node)]!,
    nodeOf: (task) => nodes!.nodeAt(order[task]!),
    letNodesGo: (isEncoded) => {
      infos = Array.from(order, (n) => {
        const { label, options } = nodes!.nodeAt(n);
        return { label, options };
      });
      nodes = undefined;
      for (let t = 0; t < size; t++) {
        const given = args[t];
        const count = dependencyStart[t + 1]! - dependencyStart[t]! - (orderOnly.get(t) ?? 0);
        if (given === undefined || given === ONE_LIST || count === 0) continue;
        args[t] = isEncoded(t)
          ? new Array(given.length)
          : substitute(given, new Array(count).fill(DEPENDENCY));
      }
    },
  };
}

/** What gives an input its value. */
function givenTask(value: unknown): Task {
  if (value instanceof Instead) return value.call;
  const task = isNode(value) ? value.toTask() : undefined;
  return task?.kind === "held" ? task : { kind: "data", value };
}

/** @throws ExecutorError when the graph has a cycle */
function ordered(graph: DispatchGraph): { order: Int32Array; edges: Edges } {
  const edges = allEdges(graph);
  const ordering = orderDepthFirst(graph.size, edges);
  if ("order" in ordering) {
    const { order } = ordering;
    const isElement = (n: number): boolean => graph.formOf(n) === ELEMENT && edges.count[n] === 1;
    return { order: order.some(isElement) ? withElementsFirst(order, isElement, edges) : order, edges };
  }
  throw new ExecutorError(`the graph has a cycle and cannot be run: ${describeCycle(graph, ordering.cycle)}`);
}

/** Argument edges, and after them, node by node, those added by hand. */
function allEdges(graph: DispatchGraph): Edges {
  const { start, count, edges } = graph.argumentEdges();
  if (graph.addedEdges().size === 0) return { start, count, edges };
  const all: number[] = [];
  const newStart = new Int32Array(start.length);
  const newCount = new Int32Array(count.length);
  for (let n = 0; n < graph.size; n++) {
    newStart[n] = all.length;
    for (const d of edges.subarray(start[n]!, start[n]! + count[n]!)) all.push(d);
    for (const d of graph.addedEdges().get(n) ?? []) all.push(d);
    newCount[n] = all.length - newStart[n]!;
  }
  return { start: newStart, count: newCount, edges: Int32Array.from(all) };
}

const DEPENDENCY = new Dependency();

const SHOWN_CYCLE = 10;

function describeCycle(graph: DispatchGraph, cycle: readonly number[]): string {
  const labels = cycle.slice(0, SHOWN_CYCLE).map((n) => `"${graph.nodeAt(n).label}"`);
  if (cycle.length > SHOWN_CYCLE) labels.push(`… ${cycle.length - SHOWN_CYCLE} more`);
  return [...labels, labels[0]].join(" → ");
}
