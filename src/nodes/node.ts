import { inspect } from "node:util";
import { Itself, runAsyncNode, runNode } from "../structure.ts";
import { isAsyncFunction, Ref, type Task } from "../task.ts";
import type { IndexNode } from "./index-node.ts";
import { checkedOptions, type NodeOptions } from "./options.ts";
import { AwaitedResult, type ResultSource } from "./result.ts";

/** How many elements destructuring a node may take; spreading one needs a bound somewhere. */
export const DESTRUCTURING_LIMIT = 64;

/**
 * The element nodes of a node whose result is a tuple, so that destructuring it gives each
 * variable the type of its own element. TypeScript looks at elements one by one only in what it
 * takes for an array; the members of arrays that a node does not have are `never`.
 */
export type TupleElements<T> = [T] extends [never]
  ? unknown
  : [T] extends [readonly unknown[]]
    ? number extends T["length"]
      ? unknown
      : { readonly [K in Exclude<keyof (readonly unknown[]), number | keyof DispatchNode>]: never } & {
          readonly [K in keyof T & `${number}`]: ElementNode<T[K]>;
        } & { readonly [index: number]: ElementNode<T[number]>; with(index: number, value: unknown): never }
    : unknown;

/** An element node, which can be destructured itself if its result is a tuple. */
export type ElementNode<T> = IndexNode<T> & TupleElements<T>;

/**
 * Names of the fields that every node has: they say nothing of what it results in.
 * @internal
 */
export const NODE_FIELDS: ReadonlySet<string> = new Set(["graph", "number", "latest", "options"]);

/** What a node of type `N` results in. */
export type ResultOf<N> = N extends { fetch(): Promise<infer T> } ? T : never;

/** The type of the element of `T` at `I`. */
export type ElementOf<T, I extends number> = T extends readonly unknown[]
  ? T[I]
  : T extends { readonly [index: number]: infer E }
    ? E
    : unknown;

/** The type of what `T` holds under `K`. */
export type EntryOf<T, K> = T extends ReadonlyMap<unknown, infer V> ? V : K extends keyof T ? T[K] : unknown;

/** Keys that `node.get` accepts for a node of a `T`. */
export type KeyOf<T> =
  T extends ReadonlyMap<infer K, unknown> ? K : unknown extends T ? PropertyKey : keyof T;

/** Makes an `IndexNode`; set by its module, which depends on this one. */
let indexNode: <E>(parent: DispatchNode, key: unknown) => IndexNode<E>;

/** @internal */
export function provideIndexNode(make: typeof indexNode): void {
  indexNode = make;
}

/**
 * One unit of work that a graph is made of. Building a node runs nothing.
 *
 * Subclass it for a node type of your own: say what the dependencies are and what to do with
 * their values. A subclass that overrides nothing depends on nothing and results in `undefined`.
 *
 * ```ts
 * class Sum extends DispatchNode<number> {
 *   constructor(readonly terms: readonly DispatchNode<number>[]) { super() }
 *   override dependencies() { return this.terms }
 *   override run(values: readonly number[]) { return values.reduce((a, b) => a + b, 0) }
 * }
 * ```
 *
 * @typeParam T what the node results in
 */
export abstract class DispatchNode<out T = unknown> extends Ref {
  /**
   * The mark of the graph that numbered this node last, and the number it got: how a graph finds a node's
   * number without a map. Belongs to `DispatchGraph`.
   * @internal
   */
  graph: number;
  /** @internal */
  number: number;
  /**
   * Where the latest result is; a run that takes the node up puts itself here.
   * @internal
   */
  latest: ResultSource | undefined;
  /** What was said of this node on building it. */
  readonly options: NodeOptions | undefined;

  /** @throws TypeError for an unknown option or an option of the wrong kind */
  constructor(options?: NodeOptions) {
    super();
    this.graph = 0;
    this.number = 0;
    this.latest = undefined;
    this.options = options === undefined ? undefined : checkedOptions(options);
  }

  /** Name of the node in messages, events and drawings. */
  get label(): string {
    return this.options?.label ?? this.typeName;
  }

  /** Name of the node's type in summaries and drawings. */
  get typeName(): string {
    return this.constructor.name || "DispatchNode";
  }

  /** The nodes whose values this node needs, in the order in which it gets them. */
  dependencies(): readonly DispatchNode[] {
    return [];
  }

  /** Computes the result from the values of `dependencies()`, in their order. May return a promise. */
  // biome-ignore lint/suspicious/noExplicitAny: a subclass names the types of its own dependencies
  run(_values: readonly any[]): T | PromiseLike<T> {
    return undefined as T;
  }

  /**
   * What an executor runs for this node.
   * @internal
   */
  toTask(): Task {
    const dependencies = this.dependencies();
    const stranger = dependencies.findIndex((one) => !(one instanceof DispatchNode));
    if (stranger >= 0) throw new TypeError(`element ${stranger} of dependencies() is not a node`);
    const run = isAsyncFunction(this.run) ? runAsyncNode : runNode;
    return { kind: "call", fn: run, args: [new Itself(this), dependencies] };
  }

  /** The node of the element at `index` of this node's result, counted from 0, or from the end if negative. */
  at<N extends DispatchNode, const I extends number>(
    this: N,
    index: I,
  ): ElementNode<ElementOf<ResultOf<N>, I>> {
    if (!Number.isInteger(index)) throw new TypeError(`at(index) takes a whole number, got ${String(index)}`);
    return indexNode(this, index) as ElementNode<ElementOf<ResultOf<N>, I>>;
  }

  /** The node of what this node's result, a `Map` or an object, holds under `key`. */
  get<N extends DispatchNode, const K extends KeyOf<ResultOf<N>>>(
    this: N,
    key: K,
  ): ElementNode<EntryOf<ResultOf<N>, K>> {
    return indexNode(this, key) as ElementNode<EntryOf<ResultOf<N>, K>>;
  }

  /**
   * Destructuring: `const [first, second] = node`.
   * @throws RangeError after 64 elements, so that `[...node]` ends: how many elements the result
   *   has is only known when it is computed. Use `at(i)` for more.
   */
  *[Symbol.iterator](): Generator<
    IndexNode<T extends readonly (infer E)[] ? E : unknown>,
    undefined,
    unknown
  > {
    for (let index = 0; index < DESTRUCTURING_LIMIT; index++) yield indexNode(this, index);
    throw new RangeError(
      `"${this.label}" was spread or looped over, and the length of a result is unknown before it is computed; ` +
        `destructure at most ${DESTRUCTURING_LIMIT} elements or use node.at(i)`,
    );
  }

  /** The same node with other options; those not named stay as they are. */
  with(options: NodeOptions): this {
    const copy: this = Object.assign(Object.create(Object.getPrototypeOf(this)), this);
    const fresh = {
      options: checkedOptions({ ...this.options, ...options }),
      latest: undefined,
      graph: 0,
    };
    return Object.assign(copy, fresh);
  }

  /** True when the latest run has settled this node, so that `fetch` need not wait. */
  isReady(): boolean {
    return this.latest?.isReady(this) ?? false;
  }

  /** Waits until a run has settled this node; does not throw when it failed. */
  async wait(): Promise<void> {
    await this.fetch().catch(() => {});
  }

  /**
   * The result of the latest run that took this node up; waits for one if there was none yet.
   * @throws DependencyError when the node or something it depends on failed
   * @throws ReleasedError when the result was released, as results of intermediate nodes are
   */
  fetch(): Promise<T> {
    this.latest ??= new AwaitedResult();
    return this.latest.fetch(this) as Promise<T>;
  }

  /** Gives the kept result of the latest run back. Harmless when there is none. */
  release(): void {
    this.latest?.release(this);
  }

  /**
   * The node as an argument in a summary.
   * @internal
   */
  brief(): string {
    return `${this.typeName}<${this.label}>`;
  }

  /** One readable line: the type, the label, the arguments. */
  summary(): string {
    return `${this.typeName}<${this.label}>`;
  }

  override toString(): string {
    return `${this.typeName}(${slot(this)},${JSON.stringify(this.label)})`;
  }

  /** @internal */
  [inspect.custom](): string {
    return this.toString();
  }
}

/** How `toString` shows the place of a node's result. */
export function slot(node: DispatchNode): string {
  return node.isReady() ? "ready" : "pending";
}

/** True of every node, whatever its type. */
export function isNode(value: unknown): value is DispatchNode {
  return value instanceof DispatchNode;
}

// The types promise `node[0]`, `node[1]` … for tuples (that is how TypeScript types
// destructuring), so they exist.
for (let index = 0; index < DESTRUCTURING_LIMIT; index++) {
  Object.defineProperty(DispatchNode.prototype, index, {
    get(this: DispatchNode) {
      return this.at(index);
    },
  });
}
