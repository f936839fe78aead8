import { type DispatchNode, isNode } from "../nodes/node.ts";
import { shown } from "../shown.ts";

/** One node, or several. */
export type Nodes = DispatchNode | Iterable<DispatchNode>;

/**
 * `nodes` as an array of its own.
 * @throws TypeError naming the first that is not a node
 */
export function checkedNodes(nodes: Nodes, what: string): readonly DispatchNode[] {
  if (isNode(nodes)) return [nodes];
  if (typeof nodes !== "object" || nodes === null || !(Symbol.iterator in nodes)) {
    throw new TypeError(`expected a node or several as ${what}, got ${shown(nodes)}`);
  }
  const list = [...nodes];
  for (let i = 0; i < list.length; i++) {
    if (!isNode(list[i])) throw new TypeError(`${what} ${i} is not a node: ${shown(list[i])}`);
  }
  return list;
}
