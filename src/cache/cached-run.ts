import type { Chunk } from "../executors/chunk.ts";
import type { CacheEvent, EventHub } from "../executors/events.ts";
import type { DispatchResult } from "../executors/result.ts";
import type { DispatchGraph } from "../graph/graph.ts";
import { Instead } from "../graph/lower.ts";
import type { DispatchNode } from "../nodes/node.ts";
import type { ContentCache, NodeOptions } from "../nodes/options.ts";
import { messageOf } from "../shown.ts";
import type { CacheDirectory } from "./cache-directory.ts";
import { KeepNode } from "./keep-node.ts";
import { readKept } from "./kept-value.ts";
import type { Caches, Keep, Lookup } from "./lookups.ts";
import { Entry } from "./memory-cache.ts";
import type { NodeKey } from "./node-keys.ts";

/** What caches need to know of a run. */
export interface RunOfCaches {
  readonly keepAll: boolean;
  /** Options for nodes that write results into files. */
  readonly keepOptions: NodeOptions;
}

/** Results of a run that are taken from caches, and those that are to be put there. */
export class CachedRun {
  /** The inputs of the run: those given by the user, and what is kept. */
  readonly given: ReadonlyMap<DispatchNode, unknown>;
  readonly #lookups: ReadonlyMap<DispatchNode, Lookup | undefined>;
  readonly #outputs: ReadonlySet<DispatchNode>;
  readonly #run: RunOfCaches;
  readonly #caches: Caches;
  readonly #hub: EventHub;
  readonly #used: Entry[] = [];
  readonly #held: { readonly directory: CacheDirectory; readonly path: string }[] = [];
  #id = 0;
  #graph: DispatchGraph | undefined;

  /**
   * @param lookups for all that is needed
   * @param inputs given by the user
   */
  constructor(
    lookups: ReadonlyMap<DispatchNode, Lookup | undefined>,
    inputs: ReadonlyMap<DispatchNode, unknown>,
    outputs: readonly DispatchNode[],
    run: RunOfCaches,
    caches: Caches,
    hub: EventHub,
  ) {
    this.#lookups = lookups;
    this.#outputs = new Set(outputs);
    this.#run = run;
    this.#caches = caches;
    this.#hub = hub;
    const given = new Map(inputs);
    for (const lookup of lookups.values()) {
      if (lookup?.hit !== undefined) given.set(lookup.node, this.#take(lookup));
    }
    this.given = given;
  }

  /** The results that are to be kept in files: adds to the graph what writes them. */
  addWriters(graph: DispatchGraph): readonly KeepNode[] {
    this.#graph = graph;
    const writers: KeepNode[] = [];
    for (const lookup of this.#lookups.values()) {
      if (lookup === undefined || lookup.hit !== undefined || !isForFile(lookup.keep)) continue;
      const { node, keep } = lookup;
      const path = keep.directory.pathOf(node.label, keep.key.key);
      const note = keep.directory.noteOf(node.label, keep.key);
      const writer = new KeepNode(node, path, note, this.#run.keepOptions);
      graph.attach(writer, node);
      writers.push(writer);
    }
    return writers;
  }

  /** The run begins. */
  begun(id: number): void {
    this.#id = id;
    for (const lookup of this.#lookups.values()) {
      if (lookup === undefined) continue;
      this.#tell(lookup.node, lookup.hit === undefined ? "miss" : "hit", lookup.reason);
    }
  }

  /** The run has a result that is to be kept in memory. */
  keep(node: DispatchNode, chunk: Chunk): void {
    const lookup = this.#lookups.get(node);
    const isSoft = !this.#outputs.has(node) && !this.#run.keepAll && node.options?.persist !== true;
    if (lookup?.keep === undefined || isForFile(lookup.keep)) {
      if (isSoft) chunk.release();
      return;
    }
    const from = { run: this.#id, id: this.#graph!.idOf(node), label: node.label };
    const { hit, keep } = lookup;
    const bytes = hit !== undefined && "entry" in hit ? hit.entry.bytes : chunk.bytes;
    this.#caches.memory.add(node, new Entry(chunk, keep.version, from, isSoft, bytes));
    if (hit === undefined) this.#tell(node, "stored", () => "in memory");
  }

  /** The run is over, with or without results. */
  end(): void {
    for (const entry of this.#used) entry.uses--;
    for (const { directory, path } of this.#held) directory.letGo([path]);
  }

  /**
   * The run has results.
   * @param written those of the nodes that wrote others into files
   * @returns the caches that have new files
   */
  async finish(
    results: readonly DispatchResult[],
    written: readonly DispatchResult[],
  ): Promise<Set<ContentCache>> {
    for (const result of results) {
      const keep = this.#lookups.get(result.node)?.keep;
      if (result.ok && isForFile(keep)) this.#caches.keys.remember(result.chunk, keep.key.key);
    }
    const filled = new Set<ContentCache>();
    for (const result of written) {
      if (!result.ok) continue;
      const node = (result.node as KeepNode).kept;
      const { cache } = this.#lookups.get(node)!.keep as ForFile;
      const problem = await result.fetch().then(
        (outcome) => outcome as string | undefined,
        (error) => messageOf(error),
      );
      result.chunk.release();
      if (problem === undefined) {
        filled.add(cache);
        this.#tell(node, "stored", () => "in a file");
      } else
        this.#caches.warn(`the result of "${node.label}" cannot be kept in ${cache.directory}: ${problem}`);
    }
    return filled;
  }

  /** A node failed: if it was to give a result that is kept, nobody will be given that again. */
  failed(id: number): void {
    const node = this.#graph?.nodes()[id - 1];
    const hit = node && this.#lookups.get(node)?.hit;
    if (hit !== undefined && "entry" in hit) this.#caches.memory.remove(node!);
  }

  /** What the node gets in the place of what it needs. */
  #take({ hit, keep }: Lookup): unknown {
    if ("entry" in hit!) {
      const { entry } = hit;
      entry.uses++;
      this.#used.push(entry);
      this.#caches.memory.touch(entry);
      return entry.chunk;
    }
    const { directory } = keep as ForFile;
    const { held, path } = hit!;
    this.#held.push({ directory, path: held });
    return new Instead(readKept, [held, path]);
  }

  #tell(node: DispatchNode, state: CacheEvent["state"], reason: () => string): void {
    if (!this.#hub.observed("cache")) return;
    const id = this.#graph!.idOf(node);
    const at = performance.now();
    this.#hub.publish("cache", { run: this.#id, id, label: node.label, state, reason: reason(), at });
  }
}

type ForFile = Extract<Keep, { readonly key: NodeKey }>;

function isForFile(keep: Keep | undefined): keep is ForFile {
  return keep !== undefined && "directory" in keep;
}
