import { checkedNodes } from "./graph/nodes.ts";
import type { DispatchNode } from "./nodes/node.ts";
import type { NodeOptions } from "./nodes/options.ts";
import { delayed, type LendableArguments, type Liftable, type MetaResult, type OpOf } from "./op.ts";
import { shown } from "./shown.ts";
import type { AnyFunction } from "./task.ts";

/** For each argument of a function an array of what it is to be; each element may be a node. */
export type ListsOf<A extends readonly unknown[]> = {
  readonly [K in keyof A]: readonly Liftable<A[K]>[];
};

/** The same for the arguments of a meta function. */
export type LendableListsOf<A extends readonly unknown[]> = {
  readonly [K in keyof A]: readonly LendableArguments<A>[K][];
};

/**
 * A node for each element: `delayedMap(fn, xs, ys)` is `xs.map((x, i) => op(fn, x, ys[i]))`. Options go
 * behind the function, as those of `delayed`: `delayedMap(fn, { priority: 1 }, xs)`.
 * @throws TypeError for arrays of different lengths, what is no array, and whatever `delayed` refuses
 */
export function delayedMap<A extends unknown[], R>(fn: (...args: A) => R, ...lists: ListsOf<A>): OpOf<R>[];
export function delayedMap<A extends unknown[], R>(
  fn: new (...args: A) => R,
  ...lists: ListsOf<A>
): OpOf<R>[];
export function delayedMap<A extends unknown[], R>(
  fn: (...args: A) => R,
  options: NodeOptions & { readonly meta: true },
  ...lists: LendableListsOf<A>
): OpOf<MetaResult<R>>[];
export function delayedMap<A extends unknown[], R>(
  fn: (...args: A) => R,
  options: NodeOptions,
  ...lists: ListsOf<A>
): OpOf<R>[];
export function delayedMap<A extends unknown[], R>(
  fn: new (...args: A) => R,
  options: NodeOptions,
  ...lists: ListsOf<A>
): OpOf<R>[];
export function delayedMap(fn: unknown, ...rest: unknown[]): unknown[] {
  const [options, lists] = Array.isArray(rest[0]) ? [undefined, rest] : [rest[0], rest.slice(1)];
  const call = delayed(fn as AnyFunction, options as NodeOptions | undefined);
  const [first, ...others] = lists.map(checkedList);
  if (first === undefined) throw new TypeError("delayedMap(fn, ...lists): there must be at least one array");
  const odd = others.find(({ length }) => length !== first.length);
  if (odd !== undefined) {
    throw new TypeError(`delayedMap takes arrays of one length, got ${first.length} and ${odd.length}`);
  }
  return Array.from(first, (element, i) => call(element, ...others.map((list) => list[i])));
}

/**
 * One node for what a function of two makes of many: a balanced tree of its calls, `log2` of the number
 * of nodes deep. The order of the nodes is kept, so `fn` need not be commutative; how they are put in
 * brackets is not that of `reduce`, so it must be associative. The options are those of each call.
 * @returns the node itself if there is only one
 * @throws TypeError when there are none, for what is no node, and whatever `delayed` refuses
 */
export function treeReduce<T>(
  fn: (left: T, right: T) => T | PromiseLike<T>,
  nodes: readonly DispatchNode<T>[],
  options?: NodeOptions,
): DispatchNode<T> {
  const call = delayed(fn as AnyFunction, options);
  const list = checkedNodes(nodes, "element") as readonly DispatchNode<T>[];
  if (list.length === 0) throw new TypeError("treeReduce(fn, nodes): there must be at least one node");
  const reduced = (from: number, to: number): DispatchNode<T> => {
    if (to - from === 1) return list[from]!;
    const middle = from + Math.floor((to - from) / 2);
    return call(reduced(from, middle), reduced(middle, to)) as DispatchNode<T>;
  };
  return reduced(0, list.length);
}

function checkedList(list: unknown): readonly unknown[] {
  if (Array.isArray(list)) return list;
  throw new TypeError(`delayedMap takes arrays, got ${shown(list)}`);
}
