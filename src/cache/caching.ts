import type { Chunk } from "../executors/chunk.ts";
import type { EventHub } from "../executors/events.ts";
import type { DispatchGraph } from "../graph/graph.ts";
import { type DispatchNode, isNode } from "../nodes/node.ts";
import type { ContentCache } from "../nodes/options.ts";
import { messageOf } from "../shown.ts";
import { CacheDirectory } from "./cache-directory.ts";
import { CachedRun, type RunOfCaches } from "./cached-run.ts";
import { type Explanation, explained } from "./explanation.ts";
import { type Caches, contentNodes, Lookups } from "./lookups.ts";
import { MemoryCache } from "./memory-cache.ts";
import { NodeKeys } from "./node-keys.ts";
import { Upstream } from "./upstream.ts";
import { Versions } from "./versions.ts";

/**
 * What the node option `cache` means for one executor. A result that is kept becomes an input of the
 * run, so that nothing is run that only it would need; executors see no difference.
 */
export class Caching {
  readonly #caches: Caches;
  readonly #hub: EventHub;
  readonly #limit: () => number;
  readonly #directories = new Map<string, CacheDirectory>();
  readonly #warned = new Set<string>();

  /** @param limit how many bytes of results may be kept in memory that nobody holds */
  constructor(hub: EventHub, limit: () => number) {
    this.#hub = hub;
    this.#limit = limit;
    this.#caches = {
      memory: new MemoryCache(({ from }) => {
        if (!hub.observed("cache")) return;
        const reason = "dropped under memory pressure";
        hub.publish("cache", { ...from, state: "dropped", reason, at: performance.now() });
      }),
      versions: new Versions(),
      keys: new NodeKeys(),
      directoryOf: ({ directory }) => this.#directoryOf(directory),
      warn: (problem) => this.#warn(problem),
    };
  }

  /**
   * Fetches the chunks that a graph needs, if their content must be known and is not.
   * @returns undefined if there are none
   */
  readChunks(graph: DispatchGraph, inputs: ReadonlyMap<DispatchNode, unknown>): Promise<void> | undefined {
    const upstream = new Upstream(graph);
    const needed = contentNodes(upstream);
    const { keys } = this.#caches;
    const chunks = upstream.graph.nodes().flatMap((node, number) => {
      if (needed[number] === 0) return [];
      const given = inputs.has(node) ? inputs.get(node) : node;
      return isNode(given) && given.toTask().kind === "held" && !keys.knows(given) ? [given] : [];
    });
    return chunks.length === 0 ? undefined : this.#readAll(new Set(chunks));
  }

  async #readAll(chunks: ReadonlySet<DispatchNode>): Promise<void> {
    for (const chunk of chunks) {
      try {
        this.#caches.keys.rememberValue(chunk, await chunk.fetch());
      } catch {
        // The run that needs it says why it cannot be had.
      }
    }
  }

  /** Looks for what is kept of the results that a graph needs. */
  look(
    graph: DispatchGraph,
    outputs: readonly DispatchNode[],
    inputs: ReadonlyMap<DispatchNode, unknown>,
    run: RunOfCaches,
  ): CachedRun {
    const lookups = new Lookups(graph, inputs, this.#caches, true).needed(outputs);
    return new CachedRun(lookups, inputs, outputs, run, this.#caches, this.#hub);
  }

  /** The same without any effect. */
  explain(
    graph: DispatchGraph,
    outputs: readonly DispatchNode[],
    inputs: ReadonlyMap<DispatchNode, unknown>,
  ): Explanation {
    return explained(graph, outputs, inputs, new Lookups(graph, inputs, this.#caches, false));
  }

  /** A run is over: drops what is too much. */
  async trim(caches: Iterable<ContentCache>): Promise<void> {
    this.#caches.memory.trim(this.#limit());
    for (const { directory, maxBytes } of caches) {
      try {
        await this.#directoryOf(directory).trim(maxBytes);
      } catch (error) {
        this.#warn(`files of ${directory} cannot be removed: ${messageOf(error as Error)}`);
      }
    }
  }

  /** Drops results that meet the condition, the least recently used first, until so many bytes are free. */
  relieve(bytes: number, condition: (chunk: Chunk) => boolean): void {
    this.#caches.memory.relieve(bytes, condition);
  }

  /** Nobody but the cache needs this result. False if it is not kept. */
  soften(node: DispatchNode, chunk: Chunk): boolean {
    return this.#caches.memory.soften(node, chunk);
  }

  #directoryOf(path: string): CacheDirectory {
    let directory = this.#directories.get(path);
    if (directory === undefined) {
      directory = new CacheDirectory(path);
      this.#directories.set(path, directory);
    }
    return directory;
  }

  #warn(problem: string): void {
    if (this.#warned.has(problem)) return;
    this.#warned.add(problem);
    process.emitWarning(problem, { type: "DispatchGraphWarning", code: "DISPATCH_GRAPH_CACHE" });
  }
}
