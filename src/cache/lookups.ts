import type { DispatchGraph } from "../graph/graph.ts";
import type { DispatchNode } from "../nodes/node.ts";
import type { ContentCache } from "../nodes/options.ts";
import type { CacheDirectory } from "./cache-directory.ts";
import type { Entry, MemoryCache } from "./memory-cache.ts";
import type { NodeKey, NodeKeys, NoKey } from "./node-keys.ts";
import { Upstream } from "./upstream.ts";
import { GIVEN, type Versions } from "./versions.ts";

/** What caches know of a node of a graph. */
export interface Lookup {
  readonly node: DispatchNode;
  /** The result, if it is kept: here, or in a file, which somebody holds under another name. */
  readonly hit: { readonly entry: Entry } | { readonly path: string; readonly held: string } | undefined;
  /** Why it is a hit, or none. */
  readonly reason: () => string;
  /** How to keep the result once it is computed; undefined if it cannot be. */
  readonly keep: Keep | undefined;
}

export type Keep =
  | { readonly version: number }
  | { readonly directory: CacheDirectory; readonly cache: ContentCache; readonly key: NodeKey };

/** Where caches look. */
export interface Caches {
  readonly memory: MemoryCache;
  readonly versions: Versions;
  readonly keys: NodeKeys;
  directoryOf(cache: ContentCache): CacheDirectory;
  /** Something is wrong with a file. */
  warn(problem: string): void;
}

const GIVEN_UPSTREAM = "an input was given upstream";
const IN_MEMORY = "kept in memory since an earlier run";
const IN_FILE = "kept in a file";

/** Looks for the results of a graph's nodes, as the nodes are now. */
export class Lookups {
  readonly #caches: Caches;
  readonly #upstream: Upstream;
  readonly #inputs: ReadonlyMap<DispatchNode, unknown>;
  readonly #versions: Float64Array;
  readonly #keys: readonly (NodeKey | NoKey | undefined)[];

  readonly #isHolding: boolean;

  /**
   * @param inputs nodes whose values are given
   * @param isHolding true if what is found is to be used, and its files are to stay until somebody lets go of them
   */
  constructor(
    graph: DispatchGraph,
    inputs: ReadonlyMap<DispatchNode, unknown>,
    caches: Caches,
    isHolding: boolean,
  ) {
    this.#isHolding = isHolding;
    this.#caches = caches;
    this.#inputs = inputs;
    this.#upstream = new Upstream(graph);
    const softly = this.#upstream.of((node) => node.options?.cache === true);
    this.#versions = caches.versions.of(this.#upstream, softly, inputs);
    this.#keys = caches.keys.of(this.#upstream, contentNodes(this.#upstream), inputs);
  }

  /** What is needed for these nodes if everything is used that is kept, and what is known of it. */
  needed(outputs: Iterable<DispatchNode>): Map<DispatchNode, Lookup | undefined> {
    const { graph } = this.#upstream;
    const needed = new Map<DispatchNode, Lookup | undefined>();
    const open = [...outputs];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (needed.has(node)) continue;
      const lookup = this.of(node);
      needed.set(node, lookup);
      if (lookup?.hit === undefined && !this.#inputs.has(node)) open.push(...graph.predecessors(node));
    }
    return needed;
  }

  /** Undefined for nodes without the option `cache`, and for those whose values are given. */
  of(node: DispatchNode): Lookup | undefined {
    const cache = node.options?.cache;
    // Without an order the graph has a cycle, which is for others to refuse.
    if (!cache || this.#inputs.has(node) || this.#upstream.order.length === 0) return undefined;
    const number = this.#upstream.graph.numberOf(node);
    return cache === true ? this.#inMemory(node, this.#versions[number]!) : this.#inFile(node, cache, number);
  }

  #inMemory(node: DispatchNode, version: number): Lookup {
    if (version === GIVEN) return { node, hit: undefined, reason: () => GIVEN_UPSTREAM, keep: undefined };
    const { memory, versions } = this.#caches;
    const found = memory.find(node, version, () => versions.changeOf(node));
    const keep = { version };
    if (typeof found === "string") return { node, hit: undefined, reason: () => found, keep };
    return { node, hit: { entry: found }, reason: () => IN_MEMORY, keep };
  }

  #inFile(node: DispatchNode, cache: ContentCache, number: number): Lookup {
    const key = this.#keys[number]!;
    if ("problem" in key) {
      return { node, hit: undefined, reason: () => `cannot be cached: ${key.problem}`, keep: undefined };
    }
    const { label } = node;
    const directory = this.#caches.directoryOf(cache);
    const keep = { directory, cache, key };
    const found = directory.find(label, key.key);
    if (found === undefined) {
      return {
        node,
        hit: undefined,
        reason: () => directory.changeOf(label, key) ?? "never computed before",
        keep,
      };
    }
    if ("path" in found) {
      const { path } = found;
      const held = this.#isHolding ? directory.hold(path) : path;
      if (held === undefined) return { node, hit: undefined, reason: () => "its file was removed", keep };
      return { node, hit: { path, held }, reason: () => IN_FILE, keep };
    }
    this.#caches.warn(found.problem);
    return { node, hit: undefined, reason: () => `its file is damaged: ${found.problem}`, keep };
  }
}

/** By number, 1 for the nodes whose keys are needed. */
export function contentNodes(upstream: Upstream): Uint8Array {
  return upstream.of(({ options }) => typeof options?.cache === "object");
}
