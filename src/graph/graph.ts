import { inspect } from "node:util";
import { asError, ExecutorError } from "../errors.ts";
import { IntList } from "../int-list.ts";
import { type DispatchNode, isNode } from "../nodes/node.ts";
import { messageOf, shown } from "../shown.ts";
import { takesElement } from "../structure.ts";
import { nestedRefs, Ref } from "../task.ts";
import { toDot } from "./dot.ts";
import { toMermaid } from "./mermaid.ts";
import { checkedNodes, type Nodes } from "./nodes.ts";
import { type Dependents, dependentsOf } from "./order.ts";
import { selectSubgraph } from "./subgraph.ts";

// Forms of a node's arguments: whatever; nodes and nothing else; one array of nodes and nothing else; a node
// and what to take of it.
export const ANYTHING = 0;
const NODES = 1;
export const LIST_OF_NODES = 2;
export const ELEMENT = 3;

/**
 * Nodes and the edges between them, from dependency to dependent. A new graph is empty, to be filled with
 * `add` and `addEdge`; see also `DispatchGraph.from`.
 *
 * Nodes are numbered from 1 in the order in which they came in. `from` puts the outputs first, in
 * their order, and then walks from the node found last to its dependencies, so that two graphs
 * built by the same expressions have the same numbers.
 */
export class DispatchGraph {
  // Inside, nodes are numbered from 0. The dependencies of node `n` are
  // `#edges[#start[n] .. #start[n] + #count[n]]`, in the order of its arguments, repeated where
  // the arguments repeat them; a node that is not expanded (yet) has none.
  readonly #nodes: DispatchNode[] = [];
  /** What the nodes carry that this graph has numbered last: not the graph itself, which they would keep alive. */
  readonly #mark = ++marks;
  readonly #start = new IntList();
  readonly #count = new IntList();
  readonly #edges = new IntList();
  /** What the arguments look like: one of the constants above. */
  readonly #form = new IntList();
  /** Dependencies added by hand: they order, but pass no value. */
  readonly #added = new Map<number, Set<number>>();
  readonly #inputs = new Set<DispatchNode>();
  #usesCache = false;
  /** Numbers of the nodes, once other graphs may have taken the nodes' own mark. */
  #numbers: Map<DispatchNode, number> | undefined;
  #successors: Dependents | undefined;

  /**
   * The graph of everything that `outputs` need. Inputs are nodes whose values will be given:
   * they belong to the graph, what lies only behind them does not.
   * @throws TypeError when an output or input is not a node
   */
  static from(outputs: Nodes, inputs: Iterable<DispatchNode> = []): DispatchGraph {
    const graph = new DispatchGraph();
    for (const node of checkedNodes(inputs, "input")) graph.#inputs.add(node);
    const list = checkedNodes(outputs, "output");
    for (const node of list) graph.#number(node);
    graph.#expand(list);
    return graph;
  }

  /** How many nodes there are. */
  get size(): number {
    return this.#nodes.length;
  }

  /** The nodes in the order of their ids. */
  nodes(): readonly DispatchNode[] {
    return this.#nodes.slice();
  }

  /** The nodes that were declared to be inputs, in the graph or not. */
  inputs(): ReadonlySet<DispatchNode> {
    return this.#inputs;
  }

  has(node: DispatchNode): boolean {
    return this.numberOf(node) >= 0;
  }

  /**
   * The node's id: 1 for the first.
   * @throws ExecutorError when the node is not in the graph
   */
  idOf(node: DispatchNode): number {
    return this.#known(node) + 1;
  }

  /** Adds a node, without its dependencies; does nothing if it is there. */
  add(node: DispatchNode): this {
    refuseWhileDiscovering();
    for (const one of checkedNodes(node, "node")) {
      if (this.numberOf(one) < 0) this.#number(one);
    }
    return this;
  }

  /**
   * Lets `child` start only when `parent` has finished; no value is passed.
   * @returns false if the edge was there
   * @throws ExecutorError when one of them is not in the graph
   */
  addEdge(parent: DispatchNode, child: DispatchNode): boolean {
    const from = this.#known(parent);
    const to = this.#known(child);
    const added = this.#added.get(to) ?? new Set();
    if (added.has(from) || this.#argumentNumbers(to).includes(from)) return false;
    this.#added.set(to, added.add(from));
    this.#successors = undefined;
    return true;
  }

  /** The nodes that `node` depends on, each once. */
  predecessors(node: DispatchNode): readonly DispatchNode[] {
    return this.#pick(this.#dependencyNumbers(this.#known(node)));
  }

  /** The nodes that depend on `node`, each once. */
  successors(node: DispatchNode): readonly DispatchNode[] {
    return this.#pick(this.successorNumbers(this.#known(node)));
  }

  /** True when the edge was added by hand: it orders, and passes no value. */
  isOrderOnly(parent: DispatchNode, child: DispatchNode): boolean {
    const from = this.#known(parent);
    return this.#added.get(this.#known(child))?.has(from) ?? false;
  }

  /** The nodes that no other depends on, in the order of their ids. */
  leaves(): readonly DispatchNode[] {
    const needed = new Uint8Array(this.size);
    for (const d of this.#edges.view()) needed[d] = 1;
    for (const added of this.#added.values()) for (const d of added) needed[d] = 1;
    return this.#nodes.filter((_, n) => needed[n] === 0);
  }

  /** True when `other` has the same nodes and edges; ids do not matter. Linear in their number. */
  equals(other: DispatchGraph): boolean {
    if (this.size !== other.size) return false;
    return this.#nodes.every((node, n) => {
      const m = other.numberOf(node);
      if (m < 0) return false;
      const here = new Set(this.#pick(this.#dependencyNumbers(n)));
      const there = new Set(other.#pick(other.#dependencyNumbers(m)));
      return here.size === there.size && [...here].every((one) => there.has(one));
    });
  }

  /**
   * A part of the graph with the edges inside it, under new ids.
   *
   * With endpoints: they, the roots, and all that the endpoints depend on, without going on
   * behind a root. Without endpoints: everything but the nodes that only the roots need.
   * @throws ExecutorError when one of the nodes is not in the graph
   */
  subgraph(endpoints: Nodes, roots: Nodes = []): DispatchGraph {
    const numbers = (nodes: Nodes): number[] => checkedNodes(nodes, "node").map((node) => this.#known(node));
    const kept = selectSubgraph(
      this.size,
      (n) => this.#dependencyNumbers(n),
      (n) => this.successorNumbers(n),
      numbers(endpoints),
      numbers(roots),
    );
    const part = new DispatchGraph();
    for (const n of kept) part.#number(this.#nodes[n]!);
    const inPart = (d: number): number[] => {
      const number = part.numberOf(this.#nodes[d]!);
      return number < 0 ? [] : [number];
    };
    kept.forEach((n, m) => {
      part.#setArguments(m, [...this.#argumentNumbers(n)].flatMap(inPart));
      const added = [...(this.#added.get(n) ?? [])].flatMap(inPart);
      if (added.length > 0) part.#added.set(m, new Set(added));
    });
    return part;
  }

  /** The graph in the language of Graphviz. */
  toDot(): string {
    return toDot(this);
  }

  /** The graph in the language of Mermaid. */
  toMermaid(): string {
    return toMermaid(this);
  }

  toString(): string {
    return `DispatchGraph(${this.size} nodes)`;
  }

  /** @internal */
  [inspect.custom](): string {
    return this.toString();
  }

  /**
   * The graph to be run: nodes and edges added by hand, and what the nodes' current arguments say,
   * with the nodes that no other depends on as outputs. Ids stay, unless further inputs cut a part of it off.
   * @param inputs further nodes whose values will be given
   * @internal
   */
  forRun(inputs: Iterable<DispatchNode>): { graph: DispatchGraph; outputs: readonly DispatchNode[] } {
    const whole = this.#current();
    const outputs = whole.leaves();
    const cuts = [...inputs].filter((node) => whole.has(node) && !whole.#inputs.has(node));
    if (cuts.length === 0) return { graph: whole, outputs };
    const graph = whole.subgraph(outputs, [...cuts, ...[...whole.#inputs].filter((node) => whole.has(node))]);
    for (const node of cuts) graph.#setArguments(graph.#known(node), []);
    return { graph, outputs };
  }

  #current(): DispatchGraph {
    const graph = new DispatchGraph();
    for (const node of this.#inputs) graph.#inputs.add(node);
    for (const node of this.#nodes) graph.#number(node);
    graph.#expand(this.#nodes);
    for (const [n, added] of this.#added) {
      const passing = new Set(graph.#argumentNumbers(n));
      const ordering = [...added].filter((d) => !passing.has(d));
      if (ordering.length > 0) graph.#added.set(n, new Set(ordering));
    }
    return graph;
  }

  /** @internal the node's number from 0, or -1 */
  numberOf(node: DispatchNode): number {
    if (node.graph === this.#mark) return node.number;
    // Another graph has marked the node since, or it never was in this one.
    this.#numbers ??= new Map(this.#nodes.map((known, n) => [known, n]));
    return this.#numbers.get(node) ?? -1;
  }

  /** @internal */
  nodeAt(number: number): DispatchNode {
    return this.#nodes[number]!;
  }

  /**
   * The argument edges as they are: offsets and counts by node, and dependency numbers.
   * @internal
   */
  argumentEdges(): { start: Int32Array; count: Int32Array; edges: Int32Array } {
    return { start: this.#start.view(), count: this.#count.view(), edges: this.#edges.view() };
  }

  /** @internal true if a node has the option `cache` */
  get usesCache(): boolean {
    return this.#usesCache;
  }

  /** @internal adds a node that needs nothing but one of this graph, after all others */
  attach(node: DispatchNode, dependency: DispatchNode): void {
    this.#number(node);
    this.#setArguments(node.number, [this.#known(dependency)]);
  }

  /**
   * What a node's arguments look like: `ANYTHING`, `NODES` or `LIST_OF_NODES`.
   * @internal
   */
  formOf(number: number): number {
    return this.#form.at(number);
  }

  /** @internal dependencies added by hand, by number */
  addedEdges(): ReadonlyMap<number, ReadonlySet<number>> {
    return this.#added;
  }

  /**
   * Distinct dependents of the node with this number.
   * @internal
   */
  successorNumbers(n: number): number[] {
    this.#successors ??= dependentsOf(this.size, (one) => this.#dependencyNumbers(one));
    const { start, items } = this.#successors;
    return [...new Set(items.subarray(start[n]!, start[n + 1]!))];
  }

  #argumentNumbers(n: number): Int32Array {
    const start = this.#start.at(n);
    return this.#edges.view().subarray(start, start + this.#count.at(n));
  }

  #setArguments(n: number, dependencies: readonly number[]): void {
    this.#start.set(n, this.#edges.length);
    this.#count.set(n, dependencies.length);
    for (const d of dependencies) this.#edges.push(d);
  }

  #dependencyNumbers(n: number): number[] {
    return [...new Set([...this.#argumentNumbers(n), ...(this.#added.get(n) ?? [])])];
  }

  #pick(numbers: readonly number[]): DispatchNode[] {
    return numbers.map((n) => this.#nodes[n]!);
  }

  #known(node: DispatchNode): number {
    const number = isNode(node) ? this.numberOf(node) : -1;
    if (number < 0) throw new ExecutorError(`the graph does not contain ${shown(node)}`);
    return number;
  }

  /** Gives the node the next number unless it has one. */
  #number(node: DispatchNode): void {
    if (node.graph === this.#mark) return;
    node.graph = this.#mark;
    node.number = this.#nodes.length;
    this.#numbers?.set(node, node.number);
    this.#nodes.push(node);
    if (node.options?.cache) this.#usesCache = true;
    this.#start.push(0);
    this.#count.push(0);
    this.#form.push(ANYTHING);
    this.#successors = undefined;
  }

  /**
   * Follows the dependencies of all nodes: last found, first followed, which makes ids
   * deterministic. A node's own mark says whether it was seen, which is why no other graph may
   * be built meanwhile.
   */
  #expand(nodes: readonly DispatchNode[]): void {
    refuseWhileDiscovering();
    discovering = true;
    try {
      this.#follow(nodes);
    } finally {
      discovering = false;
    }
  }

  #follow(first: readonly DispatchNode[]): void {
    const nodes = this.#nodes;
    const edges = this.#edges;
    const open = new IntList();
    const followed = new IntList();
    for (const node of first) open.push(node.number);
    for (let n = 0; n < nodes.length; n++) followed.push(0);
    const link = (dependency: DispatchNode): void => {
      if (dependency.graph !== this.#mark) {
        this.#number(dependency);
        followed.push(0);
      }
      const d = dependency.number;
      if (followed.at(d) === 0) open.push(d);
      edges.push(d);
    };
    let node: DispatchNode | undefined;
    try {
      while (open.length > 0) {
        const n = open.pop();
        if (followed.at(n) === 1) continue;
        followed.set(n, 1);
        node = nodes[n]!;
        if (this.#inputs.size > 0 && this.#inputs.has(node)) continue;
        const task = node.toTask();
        const args = task.kind === "call" ? task.args : NO_ARGUMENTS;
        const start = edges.length;
        let direct = 0;
        for (let i = 0; i < args.length; i++) {
          const arg = args[i];
          if (typeof arg !== "object") continue;
          if (arg instanceof Ref) {
            link(arg as DispatchNode);
            direct++;
            continue;
          }
          const refs = nestedRefs(arg);
          for (let r = 0; r < refs.length; r++) link(refs[r] as DispatchNode);
          if (refs === arg && args.length === 1) this.#form.set(n, LIST_OF_NODES);
        }
        this.#start.set(n, start);
        this.#count.set(n, edges.length - start);
        if (direct > 0 && direct === args.length) this.#form.set(n, NODES);
        if (task.kind === "call" && takesElement(task.fn)) this.#form.set(n, ELEMENT);
      }
    } catch (error) {
      // The node's own code has failed, or a getter in its arguments.
      const cause = asError(error);
      throw new ExecutorError(`the dependencies of "${node?.label}" cannot be read: ${messageOf(cause)}`, {
        cause,
      });
    }
  }
}

const NO_ARGUMENTS: readonly unknown[] = [];

let marks = 0;
let discovering = false;

/** While one graph is being discovered, nodes must keep the marks that it gave them. */
function refuseWhileDiscovering(): void {
  if (discovering) throw new ExecutorError("dependencies() of a node must not build or run a graph");
}
