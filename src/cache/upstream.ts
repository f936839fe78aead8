import type { DispatchGraph } from "../graph/graph.ts";
import { orderDepthFirst } from "../graph/order.ts";
import type { DispatchNode } from "../nodes/node.ts";

/** A graph's nodes by number, in an order in which dependencies come first, and what some of them need. */
export class Upstream {
  readonly graph: DispatchGraph;
  /** Empty if the graph has a cycle: whoever runs it says so. */
  readonly order: Int32Array;
  readonly #edges: ReturnType<DispatchGraph["argumentEdges"]>;

  constructor(graph: DispatchGraph) {
    this.graph = graph;
    this.#edges = graph.argumentEdges();
    const ordering = orderDepthFirst(graph.size, this.#edges);
    this.order = "order" in ordering ? ordering.order : new Int32Array();
  }

  /** Numbers of the nodes whose values a node gets, in the order of its arguments. */
  dependenciesOf(number: number): Int32Array {
    const { start, count, edges } = this.#edges;
    return edges.subarray(start[number]!, start[number]! + count[number]!);
  }

  /** By number, 1 for the nodes that are chosen and for all that they need. */
  of(isChosen: (node: DispatchNode) => boolean): Uint8Array {
    const needed = new Uint8Array(this.graph.size);
    for (let at = this.order.length - 1; at >= 0; at--) {
      const number = this.order[at]!;
      if (needed[number] === 0 && !isChosen(this.graph.nodeAt(number))) continue;
      needed[number] = 1;
      for (const dependency of this.dependenciesOf(number)) needed[dependency] = 1;
    }
    return needed;
  }
}
