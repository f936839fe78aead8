/**
 * Which nodes a subgraph keeps, in ascending order of their numbers. The rules are those of
 * Dispatcher.jl's `subgraph`, linear in nodes and edges.
 */
export function selectSubgraph(
  size: number,
  dependencies: (n: number) => readonly number[],
  dependents: (n: number) => readonly number[],
  endpoints: readonly number[],
  roots: readonly number[],
): number[] {
  const kept =
    endpoints.length > 0
      ? ancestors(size, dependencies, endpoints, roots)
      : withoutOnlyRoots(size, dependencies, dependents, roots);
  const numbers: number[] = [];
  for (let n = 0; n < size; n++) if (kept[n] === 1) numbers.push(n);
  return numbers;
}

/** The endpoints and what they depend on; roots are kept, and not followed. */
function ancestors(
  size: number,
  dependencies: (n: number) => readonly number[],
  endpoints: readonly number[],
  roots: readonly number[],
): Uint8Array {
  const kept = new Uint8Array(size);
  for (const n of roots) kept[n] = 1;
  const open = endpoints.filter((n) => kept[n] === 0);
  for (const n of open) kept[n] = 1;
  for (let n = open.pop(); n !== undefined; n = open.pop()) {
    for (const d of dependencies(n)) {
      if (kept[d] === 1) continue;
      kept[d] = 1;
      open.push(d);
    }
  }
  return kept;
}

/** All nodes but those ancestors of the roots whose dependents are all roots or dropped themselves. */
function withoutOnlyRoots(
  size: number,
  dependencies: (n: number) => readonly number[],
  dependents: (n: number) => readonly number[],
  roots: readonly number[],
): Uint8Array {
  const kept = new Uint8Array(size).fill(1);
  const isRoot = new Uint8Array(size);
  for (const n of roots) isRoot[n] = 1;
  // How many dependents of a node are still in its way: neither a root nor dropped.
  const inTheWay = new Int32Array(size).fill(-1);
  const open: number[] = roots.slice();
  const passed = new Uint8Array(size);
  for (let n = open.pop(); n !== undefined; n = open.pop()) {
    if (passed[n] === 1) continue;
    passed[n] = 1;
    for (const d of dependencies(n)) {
      if (inTheWay[d] === -1) inTheWay[d] = dependents(d).filter((one) => isRoot[one] === 0).length;
      if (isRoot[n] === 0) inTheWay[d]!--;
      if (inTheWay[d] === 0 && kept[d] === 1) {
        kept[d] = 0;
        open.push(d);
      }
    }
  }
  return kept;
}
