import { ExecutorError } from "../errors.ts";
import { DispatchGraph } from "../graph/graph.ts";
import { checkedNodes, type Nodes } from "../graph/nodes.ts";
import { type DispatchNode, isNode } from "../nodes/node.ts";
import { isDuration } from "../nodes/options.ts";
import { shown } from "../shown.ts";
import { Chunk } from "./chunk.ts";
import type { DispatchResult } from "./result.ts";

/** Settings of one run. */
export interface RunOptions {
  /** Nodes to be replaced by values, or by the results that they have already. */
  readonly inputs?: ReadonlyMap<DispatchNode, unknown> | readonly DispatchNode[];
  /** Reject with the first failure (default), or run all that can run and report failures as results. */
  readonly throwError?: boolean;
  /** `"all"`: keep the results of all nodes and not only of the outputs. */
  readonly keep?: "all";
  /** Cancels the run: it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Limit for the whole run, in milliseconds. */
  readonly timeout?: number;
}

/** What `run` takes: a node, several, or a graph, of which everything is run. */
export type Runnable = Nodes | DispatchGraph;

/** One result for each of several nodes. */
export type ResultsOf<N extends readonly DispatchNode[]> = {
  -readonly [K in keyof N]: DispatchResult<N[K] extends DispatchNode<infer T> ? T : never>;
};

/** What is to be run, given that these nodes have values. */
export type Build = (given: Iterable<DispatchNode>) => {
  readonly graph: DispatchGraph;
  readonly outputs: readonly DispatchNode[];
};

const RUN_OPTIONS = ["inputs", "throwError", "keep", "signal", "timeout"];

/** @throws TypeError for unknown options and values of the wrong kind */
export function checkRunOptions(options: RunOptions): void {
  for (const name of Object.keys(options)) {
    if (!RUN_OPTIONS.includes(name)) {
      throw new TypeError(`unknown run option "${name}"; known are ${RUN_OPTIONS.join(", ")}`);
    }
  }
  const { throwError, keep, signal, timeout } = options;
  const refuse = (name: keyof RunOptions, wanted: string): never => {
    throw new TypeError(`run option "${name}" must be ${wanted}, got ${shown(options[name])}`);
  };
  if (throwError !== undefined && typeof throwError !== "boolean") refuse("throwError", "true or false");
  if (keep !== undefined && keep !== "all") refuse("keep", '"all"');
  if (signal !== undefined && !isSignal(signal)) refuse("signal", "an AbortSignal");
  const wanted = timeout === undefined ? undefined : isDuration(timeout);
  if (wanted !== undefined) refuse("timeout", wanted);
}

/** True of signals of other realms and libraries too. */
function isSignal(signal: unknown): boolean {
  return typeof signal === "object" && signal !== null && "aborted" in signal && "addEventListener" in signal;
}

/** What a run is asked for. */
export function requestOf(
  nodes: Runnable,
  options: RunOptions,
): { readonly build: Build } & ReturnType<typeof readInputs> {
  const requested = nodes instanceof DispatchGraph ? nodes : checkedNodes(nodes, "output");
  const build: Build = (given) =>
    requested instanceof DispatchGraph
      ? requested.forRun(given)
      : { graph: DispatchGraph.from(requested, given), outputs: requested };
  return { build, ...readInputs(options.inputs, requested) };
}

/** The values given for inputs, and the inputs whose own results are to be used: a graph has such too. */
function readInputs(
  given: RunOptions["inputs"],
  requested: DispatchGraph | readonly DispatchNode[],
): { inputs: Map<DispatchNode, unknown>; unknown: readonly DispatchNode[] } {
  const ofGraph = requested instanceof DispatchGraph ? [...requested.inputs()] : [];
  if (given === undefined) return { inputs: new Map(), unknown: ofGraph };
  if (given instanceof Map) {
    checkedNodes([...given.keys()], "input");
    return { inputs: new Map(given), unknown: ofGraph.filter((node) => !given.has(node)) };
  }
  if (isNode(given))
    throw new TypeError('run option "inputs" must be a Map or an array of nodes, got a node');
  return {
    inputs: new Map(),
    unknown: [...ofGraph, ...checkedNodes(given as Iterable<DispatchNode>, "input")],
  };
}

/** Adds the results that the nodes have, without waiting for nodes that have none. */
export async function addResults(
  nodes: Iterable<DispatchNode>,
  values: Map<DispatchNode, unknown>,
): Promise<void> {
  const missing: DispatchNode[] = [];
  for (const node of nodes) {
    if (values.has(node)) continue;
    const { latest } = node;
    // The value stays where it is.
    if (latest instanceof Chunk && latest.isHeld) values.set(node, latest);
    else missing.push(node);
  }
  for (const node of missing) {
    if (!node.isReady()) {
      throw new ExecutorError(
        `the input "${node.label}" has no result yet: run it before, or give its value in a Map`,
      );
    }
  }
  const results = await Promise.all(missing.map((node) => node.fetch()));
  for (const [i, node] of missing.entries()) values.set(node, results[i]);
}
