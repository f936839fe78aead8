/**
 * The closed form of a node: what an executor runs. Nodes are an open set, tasks are not: nothing
 * below `graph/` knows a node class, it only meets `Ref`s in the arguments of a call.
 */

import { ExecutorError } from "./errors.ts";

// biome-ignore lint/suspicious/noExplicitAny: the one type that every function is assignable to
export type AnyFunction = (...args: any[]) => unknown;

/** Stands in the arguments of a call for the value of another task. Every node is one. */
export abstract class Ref {
  /** Every ref can say in one line what it stands for. */
  abstract toString(): string;
}

/** A value that is known beforehand. */
export interface Data {
  readonly kind: "data";
  readonly value: unknown;
}

/**
 * The call `fn(...args)`, where each `Ref` in `args`, directly or inside plain arrays and plain
 * objects, is replaced by a value first.
 */
export interface Call {
  readonly kind: "call";
  readonly fn: AnyFunction;
  readonly args: readonly unknown[];
}

/** What an executor runs. */
export type Task = Data | Call;

type Container = readonly unknown[] | Readonly<Record<string, unknown>>;

/** True of plain arrays and plain objects, the only values searched for refs. */
function isContainer(value: unknown): value is Container {
  if (typeof value !== "object" || value === null || value instanceof Ref) return false;
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  // The second test recognises plain objects of another realm.
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

function elementsOf(container: Container): readonly unknown[] {
  return Array.isArray(container) ? container : Object.values(container);
}

/** All containers reachable from `root`, each once, `root` first. Cycles are harmless. */
function containersIn(root: Container): Set<Container> {
  const found = new Set([root]);
  for (const container of found) {
    for (const element of elementsOf(container)) {
      if (isContainer(element)) found.add(element);
    }
  }
  return found;
}

const NO_REFS: readonly Ref[] = [];

/** The refs inside an argument that is no ref itself, each as often as it occurs. */
export function nestedRefs(arg: unknown): readonly Ref[] {
  if (!isContainer(arg)) return NO_REFS;
  const refs: Ref[] = [];
  for (const container of containersIn(arg)) {
    for (const element of elementsOf(container)) if (element instanceof Ref) refs.push(element);
  }
  return refs;
}

/**
 * The refs of a call's arguments, in the order in which `evaluate` expects their values; a ref
 * that occurs twice is there twice.
 */
export function refsOf(args: readonly unknown[]): Ref[] {
  return args.flatMap((arg) => (arg instanceof Ref ? [arg] : nestedRefs(arg)));
}

/**
 * Calls `fn` with `args`, in which the refs are replaced by values: that of the `k`-th ref, in
 * the order of `refsOf`, is `values[positions[start + k]]`, and there are `end - start` of them.
 * @throws ExecutorError when the arguments no longer hold as many refs
 */
export function evaluate(
  fn: AnyFunction,
  args: readonly unknown[],
  values: readonly unknown[],
  positions: Int32Array,
  start: number,
  end: number,
): unknown {
  if (start === end) return fn(...args);
  let next = start;
  // Most calls have few arguments; for those no array is made.
  if (args.length <= 3) {
    const count = args.length;
    let first = args[0];
    let second = count > 1 ? args[1] : undefined;
    let third = count > 2 ? args[2] : undefined;
    if (first instanceof Ref) first = values[positions[next++]!];
    if (second instanceof Ref) second = values[positions[next++]!];
    if (third instanceof Ref) third = values[positions[next++]!];
    if (next === end) {
      return count === 1 ? fn(first) : count === 2 ? fn(first, second) : fn(first, second, third);
    }
  } else {
    const filled = new Array<unknown>(args.length);
    for (let i = 0; i < args.length; i++) {
      const arg = args[i];
      filled[i] = arg instanceof Ref ? values[positions[next++]!] : arg;
    }
    if (next === end) return fn(...filled);
  }
  const inputs = Array.from(positions.subarray(start, end), (position) => values[position]);
  return fn(...substitute(args, inputs));
}

/** The general case: some refs are inside containers. Containers without refs keep their identity. */
function substitute(args: readonly unknown[], values: readonly unknown[]): unknown[] {
  const refs = refsOf(args);
  if (refs.length !== values.length) {
    throw new ExecutorError("the arguments were changed after the run had started");
  }
  const valueOf = new Map<unknown, unknown>();
  for (let i = 0; i < refs.length; i++) valueOf.set(refs[i], values[i]);
  return args.map((arg) => {
    if (arg instanceof Ref) return valueOf.get(arg);
    return isContainer(arg) ? fill(arg, valueOf) : arg;
  });
}

function fill(root: Container, valueOf: ReadonlyMap<unknown, unknown>): Container {
  const copies = copiesOf(root);
  for (const copy of copies.values()) {
    for (const [key, element] of Object.entries(copy)) {
      if (element instanceof Ref) copy[key] = valueOf.get(element);
      else if (copies.has(element)) copy[key] = copies.get(element);
    }
  }
  return (copies.get(root) as Container | undefined) ?? root;
}

/** A shallow copy of each container from which a ref can be reached. */
function copiesOf(root: Container): Map<unknown, Record<string, unknown>> {
  const holders = new Map<Container, Container[]>();
  const changing: Container[] = [];
  const containers = containersIn(root);
  for (const container of containers) {
    const elements = elementsOf(container);
    if (elements.some((element) => element instanceof Ref)) changing.push(container);
    for (const element of elements) {
      if (!isContainer(element)) continue;
      const known = holders.get(element);
      if (known === undefined) holders.set(element, [container]);
      else known.push(container);
    }
  }
  const copies = new Map<unknown, Record<string, unknown>>();
  for (let container = changing.pop(); container !== undefined; container = changing.pop()) {
    if (copies.has(container)) continue;
    const copy: unknown = Array.isArray(container)
      ? container.slice()
      : Object.assign(Object.create(Object.getPrototypeOf(container)), container);
    copies.set(container, copy as Record<string, unknown>);
    changing.push(...(holders.get(container) ?? []));
  }
  return copies;
}
