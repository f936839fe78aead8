import type { Chunk } from "./executors/chunk.ts";
import type { DispatchNode, TupleElements } from "./nodes/node.ts";
import { ConstructorOp, Op } from "./nodes/op-node.ts";
import { checkedOptions, type NodeOptions } from "./nodes/options.ts";
import type { AnyFunction } from "./task.ts";

/** Where a `T` is expected: a `T`, a node of a `T`, or a plain array or object with nodes inside. */
export type Liftable<T> =
  | T
  | DispatchNode<T>
  | (T extends string | number | bigint | boolean | symbol | null | undefined | AnyFunction
      ? never
      : T extends object
        ? { readonly [K in keyof T]: Liftable<T[K]> }
        : never);

/** The arguments of a function, each of which may be a node. */
export type LiftableArguments<A extends readonly unknown[]> = { readonly [K in keyof A]: Liftable<A[K]> };

/** Where a meta function takes a chunk: the node whose result that is to be. In other places, what is taken is given. */
export type Lendable<T> =
  T extends Chunk<infer V>
    ? DispatchNode<V>
    : T extends string | number | bigint | boolean | symbol | null | undefined | AnyFunction
      ? T
      : T extends object
        ? { readonly [K in keyof T]: Lendable<T[K]> }
        : T;

/** The arguments of a meta function, with a node in the place of each chunk. */
export type LendableArguments<A extends readonly unknown[]> = { readonly [K in keyof A]: Lendable<A[K]> };

/** What a meta function results in: the value, if it returns a chunk. */
export type MetaResult<R> = Awaited<R> extends Chunk<infer V> ? V : Awaited<R>;

/** The node of a call that results in an `R`; it can be destructured if the result is a tuple. */
export type OpOf<R> = Op<Awaited<R>> & TupleElements<Awaited<R>>;

/**
 * A node for the call `fn(...args)`. Nothing runs until an executor runs the node.
 *
 * Nodes among the arguments, directly or inside plain arrays and plain objects, are
 * dependencies: `fn` gets their values. A promise that `fn` returns is awaited. An ES class is
 * called with `new`, and so are built-in ones that must be, such as `Map`.
 *
 * @throws TypeError at once when `fn` cannot be called
 */
export function op<A extends unknown[], R>(fn: (...args: A) => R, ...args: LiftableArguments<A>): OpOf<R>;
export function op<A extends unknown[], R>(fn: new (...args: A) => R, ...args: LiftableArguments<A>): OpOf<R>;
export function op(fn: unknown, ...args: unknown[]): unknown {
  return isClass(fn) ? new ConstructorOp(fn as AnyFunction, args) : new Op(fn as AnyFunction, args);
}

/**
 * `delayed(fn, options)(...args)` is `op(fn, ...args)` with options, for a function that is used several times.
 *
 * With the option `meta` the function gets chunks in the place of values: it runs where the
 * executor is, sees of what kind and size the results are, and brings here what it fetches.
 * @throws TypeError at once when `fn` cannot be called or an option is unknown
 */
export function delayed<A extends unknown[], R>(
  fn: (...args: A) => R,
  options: NodeOptions & { readonly meta: true },
): (...args: LendableArguments<A>) => OpOf<MetaResult<R>>;
export function delayed<A extends unknown[], R>(
  fn: (...args: A) => R,
  options?: NodeOptions,
): (...args: LiftableArguments<A>) => OpOf<R>;
export function delayed<A extends unknown[], R>(
  fn: new (...args: A) => R,
  options?: NodeOptions,
): (...args: LiftableArguments<A>) => OpOf<R>;
export function delayed(fn: unknown, options?: NodeOptions): (...args: unknown[]) => unknown {
  const Node = isClass(fn) ? ConstructorOp : Op;
  const checked = options === undefined ? undefined : checkedOptions(options);
  return (...args) => new Node(fn as AnyFunction, args, checked);
}

// Graphs are built in loops over one function: its answer is at hand from the last time. Arrow
// functions have no `prototype` and are not remembered, so that what they capture is not held.
let lastFunction: unknown = op;
let lastIsClass = false;

/** Built-in constructors that can be called without `new`; that is how they are used as conversions. */
const CONVERSIONS: ReadonlySet<unknown> = new Set([
  Number,
  String,
  Boolean,
  Symbol,
  BigInt,
  Object,
  Array,
  Function,
  RegExp,
  Date,
]);

/** @throws TypeError when `fn` is not a function at all */
function isClass(fn: unknown): boolean {
  if (fn === lastFunction) return lastIsClass;
  if (typeof fn !== "function")
    throw new TypeError(`op(fn, ...args): fn must be a function, got ${describe(fn)}`);
  if (!Object.hasOwn(fn, "prototype")) return false;
  lastFunction = fn;
  // A class's `prototype` is read-only; only then is the slow look at the source needed.
  const prototype = Object.getOwnPropertyDescriptor(fn, "prototype");
  lastIsClass = prototype?.writable === false && mustBeConstructed(fn, Function.prototype.toString.call(fn));
  return lastIsClass;
}

function mustBeConstructed(fn: { readonly prototype?: unknown }, source: string): boolean {
  if (/^class\b/.test(source)) return true;
  const isBuiltIn = source.endsWith("{ [native code] }");
  return isBuiltIn && !CONVERSIONS.has(fn) && fn !== Error && !(fn.prototype instanceof Error);
}

function describe(value: unknown): string {
  return value === null || typeof value !== "object"
    ? String(value)
    : `an ${Array.isArray(value) ? "array" : "object"}`;
}
