/**
 * The closed form of a node: what an executor runs. Nodes are an open set, tasks are not: nothing
 * below `graph/` knows a node class, it only meets `Ref`s in the arguments of a call.
 */

import { ExecutorError } from "./errors.ts";

// biome-ignore lint/suspicious/noExplicitAny: the one type that every function is assignable to
export type AnyFunction = (...args: any[]) => unknown;

const AsyncFunction: unknown = (async () => {}).constructor;

/** True of functions that are declared `async`. */
export function isAsyncFunction(fn: unknown): boolean {
  return typeof fn === "function" && fn.constructor === AsyncFunction;
}

/** True of promises, and of what behaves like one. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  return typeof (value as { then?: unknown }).then === "function";
}

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

/** A result that is held already, here or by a worker. */
export interface Held {
  readonly kind: "held";
  lease(): Lease;
}

/** A held result on loan: it stays until the end of the lease, also if it is released meanwhile. */
export interface Lease {
  /**
   * The value, or a promise of it if it is not here.
   * @throws ReleasedError when it had been released before
   */
  value(): unknown;
  /** It is not needed any more. Can be called again without harm. */
  end(): void;
}

/** What an executor runs. */
export type Task = Data | Call | Held;

export type Container = readonly unknown[] | Readonly<Record<string, unknown>>;

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
export function containersIn(root: Container): Set<Container> {
  const found = new Set([root]);
  for (const container of found) {
    for (const element of elementsOf(container)) {
      if (isContainer(element)) found.add(element);
    }
  }
  return found;
}

const NO_REFS: readonly Ref[] = [];

/** True of an array that holds refs and nothing else, the commonest container. */
function isListOfRefs(container: Container): container is readonly Ref[] {
  if (!Array.isArray(container) || container.length === 0) return false;
  for (let i = 0; i < container.length; i++) if (!(container[i] instanceof Ref)) return false;
  return true;
}

/** The refs inside an argument that is no ref itself, each as often as it occurs. */
export function nestedRefs(arg: unknown): readonly Ref[] {
  if (!isContainer(arg)) return NO_REFS;
  if (isListOfRefs(arg)) return arg;
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

/** In the place of a call's arguments: its one argument is an array, and the values are its elements. */
export const ONE_LIST: readonly unknown[] = [];

/**
 * Calls `fn` with `args`, in which the refs are replaced by values: that of the `k`-th ref, in
 * the order of `refsOf`, is `values[positions[start + k]]`, and there are `end - start` of them.
 * Without `args` these values are the arguments.
 * @throws ExecutorError when the arguments no longer hold as many refs
 */
export function evaluate(
  fn: AnyFunction,
  args: readonly unknown[] | undefined,
  values: readonly unknown[],
  positions: Int32Array,
  start: number,
  end: number,
): unknown {
  if (args === undefined) {
    // Most calls have few arguments; for those no array is made.
    switch (end - start) {
      case 1:
        return fn(values[positions[start]!]);
      case 2:
        return fn(values[positions[start]!], values[positions[start + 1]!]);
      case 3:
        return fn(values[positions[start]!], values[positions[start + 1]!], values[positions[start + 2]!]);
      default:
        return fn(...valuesAt(values, positions, start, end));
    }
  }
  if (args === ONE_LIST) return fn(valuesAt(values, positions, start, end));
  // A spread is slower than it looks, and calls with one value are what graphs begin with.
  if (start === end) return args.length === 1 ? fn(args[0]) : fn(...args);
  if (args.length === 2 && end - start === 1) {
    const [first, second] = args;
    const value = values[positions[start]!];
    if (first instanceof Ref && !(second instanceof Ref)) return fn(value, second);
    if (second instanceof Ref && !(first instanceof Ref)) return fn(first, value);
  }
  return fn(...substitute(args, valuesAt(values, positions, start, end)));
}

function valuesAt(values: readonly unknown[], positions: Int32Array, start: number, end: number): unknown[] {
  const list = new Array<unknown>(end - start);
  for (let i = start; i < end; i++) list[i - start] = values[positions[i]!];
  return list;
}

/** The general case: some refs are inside containers. Containers without refs keep their identity. */
export function substitute(args: readonly unknown[], values: readonly unknown[]): unknown[] {
  let taken = 0;
  const next = (): unknown => values[taken++];
  const filled = args.map((arg) => {
    if (arg instanceof Ref) return next();
    return isContainer(arg) ? fill(arg, next) : arg;
  });
  if (taken !== values.length)
    throw new ExecutorError("the arguments were changed after the run had started");
  return filled;
}

/** The container with values for refs, taken in the order of `nestedRefs`. */
function fill(root: Container, next: () => unknown): Container {
  const containers = containersIn(root);
  const copies = copiesOf(containers);
  for (const container of containers) {
    const copy = copies.get(container);
    if (copy === undefined) continue;
    const replaced = (element: unknown): unknown =>
      element instanceof Ref ? next() : (copies.get(element) ?? element);
    if (Array.isArray(copy)) for (let i = 0; i < copy.length; i++) copy[i] = replaced(copy[i]);
    else for (const key of Object.keys(copy)) copy[key] = replaced(copy[key]);
  }
  return (copies.get(root) as Container | undefined) ?? root;
}

/** A shallow copy of each container from which a ref can be reached. */
function copiesOf(containers: ReadonlySet<Container>): Map<unknown, unknown[] | Record<string, unknown>> {
  const holders = new Map<Container, Container[]>();
  const changing: Container[] = [];
  for (const container of containers) {
    const elements = elementsOf(container);
    if (elements.some((element) => element instanceof Ref)) changing.push(container);
    if (containers.size === 1) break;
    for (const element of elements) {
      if (!isContainer(element)) continue;
      const known = holders.get(element);
      if (known === undefined) holders.set(element, [container]);
      else known.push(container);
    }
  }
  const copies = new Map<unknown, unknown[] | Record<string, unknown>>();
  for (let container = changing.pop(); container !== undefined; container = changing.pop()) {
    if (copies.has(container)) continue;
    copies.set(container, copyOf(container));
    for (const holder of holders.get(container) ?? []) changing.push(holder);
  }
  return copies;
}

function copyOf(container: Container): unknown[] | Record<string, unknown> {
  if (Array.isArray(container)) return container.slice();
  return Object.assign(Object.create(Object.getPrototypeOf(container)), container);
}
