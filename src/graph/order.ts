import { IntList } from "../int-list.ts";

/** Dependencies by node: those of `n` are `edges[start[n] .. start[n] + count[n]]`. */
export interface Edges {
  readonly start: Int32Array;
  readonly count: Int32Array;
  readonly edges: Int32Array;
}

const NEW = 0;
const OPEN = 1;
const DONE = 2;

/** Either an order or the nodes of a cycle, each a dependency of the next and the last one of the first. */
export type Ordering = { readonly order: Int32Array } | { readonly cycle: readonly number[] };

/**
 * The static order of execution: depth-first, each node directly after the last of its
 * dependencies. One worker that follows it never starts a second branch before the first is
 * reduced, so a binary reduction of n leaves holds at most log2(n) + 2 results.
 * Linear in nodes and edges, without recursion.
 */
export function orderDepthFirst(size: number, { start, count, edges }: Edges): Ordering {
  const order = new Int32Array(size);
  const state = new Uint8Array(size);
  const next = new Int32Array(size);
  const path = new IntList();
  let ordered = 0;
  // From nodes that no other needs; the rest is reached from them, unless it lies on a cycle.
  const isNeeded = new Uint8Array(size);
  for (let e = 0; e < edges.length; e++) isNeeded[edges[e]!] = 1;
  for (let turn = 0; turn < 2 * size; turn++) {
    const first = turn % size;
    if (state[first] !== NEW || (turn < size && isNeeded[first] === 1)) continue;
    path.push(first);
    state[first] = OPEN;
    while (path.length > 0) {
      const n = path.at(path.length - 1);
      if (next[n]! === count[n]!) {
        state[n] = DONE;
        order[ordered++] = n;
        path.pop();
        continue;
      }
      const d = edges[start[n]! + next[n]!++]!;
      if (state[d] === NEW) {
        state[d] = OPEN;
        path.push(d);
      } else if (state[d] === OPEN) {
        const open = path.view();
        return { cycle: [...open.subarray(open.lastIndexOf(d))].reverse() };
      }
    }
  }
  return { order };
}

/**
 * The same order, but elements directly behind what they are elements of. Whoever comes back for one
 * later keeps all of it until then, and a worker may have to bring all of it back from disk.
 * @param isElement true of nodes that need nothing but what they are elements of
 */
export function withElementsFirst(
  order: Int32Array,
  isElement: (n: number) => boolean,
  { start, edges }: Edges,
): Int32Array {
  // Lists of the elements of each node, in their order: the first one, and of each the one after it.
  const first = new Int32Array(order.length).fill(-1);
  const after = new Int32Array(order.length).fill(-1);
  for (let i = order.length - 1; i >= 0; i--) {
    const n = order[i]!;
    if (!isElement(n)) continue;
    const whole = edges[start[n]!]!;
    after[n] = first[whole]!;
    first[whole] = n;
  }
  const result = new Int32Array(order.length);
  let ordered = 0;
  for (const n of order) {
    if (isElement(n)) continue;
    const open = new IntList();
    open.push(n);
    while (open.length > 0) {
      const next = open.pop();
      result[ordered++] = next;
      if (after[next]! >= 0) open.push(after[next]!);
      // Elements of elements come before the next one.
      if (first[next]! >= 0) open.push(first[next]!);
    }
  }
  return result;
}

/** Dependents by node: those of `n` are `items[start[n] .. start[n + 1]]`. */
export interface Dependents {
  readonly start: Int32Array;
  readonly items: Int32Array;
}

/** The edges the other way round. Linear in nodes and edges. */
export function dependentsOf(size: number, dependenciesOf: (n: number) => readonly number[]): Dependents {
  const start = new Int32Array(size + 1);
  for (let n = 0; n < size; n++) for (const d of dependenciesOf(n)) start[d + 1]!++;
  for (let n = 0; n < size; n++) start[n + 1]! += start[n]!;
  const next = start.slice();
  const items = new Int32Array(start[size]!);
  for (let n = 0; n < size; n++) for (const d of dependenciesOf(n)) items[next[d]!++] = n;
  return { start, items };
}
