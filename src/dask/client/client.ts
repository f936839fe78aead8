import { randomUUID } from "node:crypto";
import { Library } from "../../closure/library.ts";
import { delayedMap, type ListsOf } from "../../combine.ts";
import { DependencyError, failureOf as failureLink } from "../../errors.ts";
import { DispatchGraph } from "../../graph/graph.ts";
import { checkedNodes, type Nodes } from "../../graph/nodes.ts";
import { type DispatchNode, isNode, type ResultOf } from "../../nodes/node.ts";
import type { OpOf } from "../../op.ts";
import type { AnyFunction } from "../../task.ts";
import type { ReadFailure } from "../protocol/exceptions.ts";
import { type KeyId, keyText } from "../protocol/key.ts";
import { writeAny } from "../tasks/any-value.ts";
import { TaskWriter } from "../tasks/task-writer.ts";
import { failureOf } from "./failures.ts";
import { Fetching } from "./fetching.ts";
import type { KeyListener } from "./key-listener.ts";
import { type TaskName, tasksOf } from "./node-tasks.ts";
import { ScatteredNode } from "./scattered-node.ts";
import { addressOf, type SchedulerAddress } from "./scheduler-address.ts";
import { type ClientStatus, SchedulerClient } from "./scheduler-client.ts";
import type { SchedulerInfo } from "./worker-info.ts";

/** Settings of a `Client`. */
export interface ClientOptions {
  /** Bound on connecting, and on the answer to each request, in milliseconds. Default: 30,000. */
  readonly timeout?: number;
  /** How long the scheduler may be silent until it is given up, in milliseconds. Default: 60,000. */
  readonly silence?: number;
  /**
   * How long results are waited for while there is no worker at all, or none that may run the node, in milliseconds.
   * Default: 60,000; `Infinity`: for ever.
   */
  readonly noWorkerTimeout?: number;
}

/** What nodes result in: an array for several, in their order. */
export type Gathered<N> = N extends DispatchNode
  ? ResultOf<N>
  : N extends readonly DispatchNode[]
    ? { -readonly [K in keyof N]: ResultOf<N[K]> }
    : N extends Iterable<infer E>
      ? ResultOf<E>[]
      : never;

/** `Fetching` and the waits hear of everything by themselves. */
const LISTENER: KeyListener = {
  inMemory: () => {},
  lost: () => {},
  erred: () => {},
  cancelled: () => {},
  retried: () => {},
  noWorkers: () => {},
  closed: () => {},
};

/**
 * Gives single nodes to a dask.distributed cluster with TypeScript workers, and brings results from it when they are asked
 * for. Results stay at the workers, copies of them move between workers, and each node is computed once, until it
 * is released here. For whole runs with retries, timeouts, caches and events use a `DaskExecutor`.
 *
 * It connects in the background. No call waits for ever: a scheduler that cannot be reached, or is lost, and a cluster
 * without workers, end in an error in bounded time. After that the client is closed; it does not connect again.
 */
export class Client implements AsyncDisposable {
  readonly #client: SchedulerClient;
  readonly #library = new Library(`dask-client-${randomUUID()}`);
  readonly #writer = new TaskWriter(this.#library);
  readonly #fetching: Fetching;
  /** The keys of nodes that the cluster has been given, and what is known of the tasks that they were submitted with. */
  readonly #held = new Map<DispatchNode, KeyId>();
  readonly #names = new Map<KeyId, ReadonlyMap<KeyId, TaskName>>();

  /**
   * @param address Of the scheduler, or a cluster that has one. Default: that in the environment variable
   *   `DASK_SCHEDULER_ADDRESS`, or `tcp://127.0.0.1:8786`.
   * @throws {TypeError} if it is no address
   */
  constructor(address?: SchedulerAddress, options: ClientOptions = {}) {
    const errorOf = (failure: ReadFailure, key: KeyId): Promise<Error> => this.#errorOf(failure, key);
    this.#client = new SchedulerClient(addressOf(address), { ...options, errorOf });
    this.#fetching = new Fetching(this.#client, this.#library);
  }

  /** `tcp://host:port` of the scheduler. */
  get address(): string {
    return this.#client.address;
  }

  /** As the scheduler knows this client. */
  get id(): string {
    return this.#client.id;
  }

  get status(): ClientStatus {
    return this.#client.status;
  }

  /**
   * Resolves when the scheduler has accepted this client; need not be awaited.
   * Rejects with a `SchedulerUnreachableError`, or a `DaskVersionError`.
   */
  get ready(): Promise<void> {
    return this.#client.ready;
  }

  /** Resolves when the client has ended: `undefined` after `close()`, else why. */
  get closed(): Promise<Error | undefined> {
    return this.#client.closed;
  }

  /**
   * Gives nodes, and all that they need and the cluster does not have, to the scheduler; they are run as soon as there are
   * workers for them. Nodes that were submitted before, and not cancelled or released, stay as they are.
   * @param options `workers`: addresses or names of the workers that may run these nodes (not what they need)
   * @returns what it was given
   * @throws {ExecutorError} for a cycle, for options that only executors know, and when the client is closed
   * @throws {ClosureError} for a function, or an argument, that cannot travel
   */
  submit<N extends Nodes>(nodes: N, { workers }: { readonly workers?: readonly string[] } = {}): N {
    const fresh = [...new Set(checkedNodes(nodes, "node"))].filter(
      (node) => this.#usableKey(node) === undefined,
    );
    if (fresh.length === 0) return nodes;
    const tasks = tasksOf(fresh, (node) => this.#usableKey(node), this.#writer, workers);
    this.#client.updateGraph(tasks.graph, LISTENER);
    for (const [i, node] of fresh.entries()) {
      this.#forget(node);
      this.#held.set(node, tasks.keys[i]!);
      this.#names.set(tasks.keys[i]!, tasks.names);
    }
    return nodes;
  }

  /** Submits a call for each element: `map(fn, xs, ys)` is `xs.map((x, i) => fn(x, ys[i]))`. Returns the nodes. */
  map<A extends unknown[], R>(fn: (...args: A) => R, ...lists: ListsOf<A>): OpOf<R>[] {
    return this.submit(delayedMap(fn as AnyFunction, ...lists) as OpOf<R>[]);
  }

  /**
   * The results of nodes, in their order; submits those that are not. Waits for them as long as it takes while the scheduler
   * is alive and has workers.
   * @throws {DependencyError} when one of them has failed; its `cause` is what the task's function threw
   * @throws {CancelledError} when one of them was cancelled, or its data are lost for good
   * @throws {NoWorkerError | SchedulerLostError | SchedulerUnreachableError}
   */
  async gather<const N extends Nodes>(nodes: N): Promise<Gathered<N>> {
    const list = checkedNodes(nodes, "node");
    this.submit(list.filter((node) => !this.#held.has(node)));
    const values = await Promise.all(list.map((node) => this.#fetching.fetch(this.#held.get(node)!)));
    return (isNode(nodes) ? values[0] : values) as Gathered<N>;
  }

  /**
   * Puts values at workers; the nodes that it resolves with stand for them, in submitted nodes as well. They cannot be
   * computed again: if the workers that hold one are lost, it is cancelled.
   * @param options `workers`: addresses of the workers that take them in turn; `broadcast`: all of these get all of them
   * @throws {ClosureError} for a value that cannot travel
   */
  async scatter<T>(
    values: readonly T[],
    options: { readonly workers?: readonly string[]; readonly broadcast?: boolean } = {},
  ): Promise<ScatteredNode<T>[]> {
    const token = randomUUID().replaceAll("-", "");
    const data = new Map(
      values.map((value, i) => [
        `scattered-0${token.slice(0, 15)}-${i}`,
        writeAny(value, this.#library, () => `value ${i}`),
      ]),
    );
    await this.#client.scatter(data, LISTENER, options);
    return [...data.keys()].map((key) => {
      const node = new ScatteredNode<T>();
      this.#held.set(node, key);
      return node;
    });
  }

  /**
   * Gives nodes up, and those that need them: what has not begun does not run, results are let go of, and who gathers them
   * gets a `CancelledError`. A function that runs is not interrupted. Can be submitted anew.
   */
  cancel(nodes: Nodes): void {
    const given = checkedNodes(nodes, "node");
    const others = this.#dependentsOf(given);
    this.#client.cancel(this.#keysOf(given));
    this.#client.cancel(this.#keysOf(others), "something that it needs was cancelled");
  }

  /** The results are not needed any more: the cluster forgets them, and what only they needed. Gather first. */
  release(nodes: Nodes): void {
    const list = checkedNodes(nodes, "node");
    this.#client.release(this.#keysOf(list), LISTENER);
    for (const node of list) this.#forget(node);
  }

  /** Runs failed nodes again, and what they failed through. */
  async retry(nodes: Nodes): Promise<void> {
    await this.#client.retry(this.#keysOf(checkedNodes(nodes, "node")));
  }

  /** Copies results, by default to all workers (of `workers`: addresses), or until there are `n`. Default: all nodes. */
  async replicate(
    nodes: Nodes = this.#held.keys(),
    options: { readonly n?: number; readonly workers?: readonly string[] } = {},
  ): Promise<void> {
    await this.#client.replicate(this.#keysOf(checkedNodes(nodes, "node")), options);
  }

  /** Spreads results evenly over the workers, by bytes. Default: everything that the cluster holds. */
  async rebalance(nodes?: Nodes): Promise<void> {
    await this.#client.rebalance(nodes === undefined ? undefined : this.#keysOf(checkedNodes(nodes, "node")));
  }

  /** Addresses of the workers that hold the result of each node. Default: all nodes. */
  async whoHas(nodes: Nodes = this.#held.keys()): Promise<Map<DispatchNode, string[]>> {
    const list = checkedNodes(nodes, "node");
    const holders = await this.#client.whoHas(this.#keysOf(list));
    return new Map(list.map((node) => [node, holders.get(this.#held.get(node) ?? "") ?? []]));
  }

  /** Keys of the results that each worker holds, by its address; those of other clients, too. */
  async hasWhat(workers?: readonly string[]): Promise<Map<string, string[]>> {
    const held = await this.#client.hasWhat(workers);
    return new Map([...held].map(([address, keys]) => [address, keys.map(keyText)]));
  }

  /** The key of a node on the cluster, as dashboards and logs have it. */
  keyOf(node: DispatchNode): string | undefined {
    const key = this.#held.get(node);
    return key === undefined ? undefined : keyText(key);
  }

  /** The scheduler and its workers. */
  schedulerInfo(): Promise<SchedulerInfo> {
    return this.#client.schedulerInfo();
  }

  /**
   * Resolves when there are `n` workers at least.
   * @throws {NoWorkerError} after `timeout` milliseconds (default: `noWorkerTimeout`)
   */
  waitForWorkers(
    n: number,
    options?: { readonly timeout?: number; readonly signal?: AbortSignal },
  ): Promise<void> {
    return this.#client.waitForWorkers(n, options);
  }

  /**
   * Cancels everything of all clients and restarts the workers: those that nobody starts again are gone for good. Waits for
   * them for `timeout` milliseconds, default 30,000.
   */
  restart(options?: { readonly timeout?: number; readonly waitForWorkers?: boolean }): Promise<void> {
    return this.#client.restart(options);
  }

  /** Moves what only these workers (addresses) hold to others and ends them. Resolves with the addresses of those that were. */
  retireWorkers(workers: readonly string[]): Promise<string[]> {
    return this.#client.retireWorkers(workers);
  }

  /** Releases everything and leaves the cluster. Whoever waits gets an error. Never rejects; bounded. */
  async close(): Promise<void> {
    await this.#client.close();
    this.#held.clear();
    this.#names.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The key of a node that need not be submitted (again). */
  #usableKey(node: DispatchNode): KeyId | undefined {
    const key = this.#held.get(node);
    return key === undefined || this.#client.state(key)?.name === "cancelled" ? undefined : key;
  }

  #keysOf(nodes: readonly DispatchNode[]): KeyId[] {
    return nodes.flatMap((node) => this.#held.get(node) ?? []);
  }

  /** The nodes here that need one of these, directly or not. */
  #dependentsOf(nodes: readonly DispatchNode[]): DispatchNode[] {
    const graph = DispatchGraph.from(this.#held.keys());
    const found = new Set(nodes.filter((node) => graph.has(node)));
    for (const node of found) for (const dependent of graph.successors(node)) found.add(dependent);
    return [...found];
  }

  #forget(node: DispatchNode): void {
    const key = this.#held.get(node);
    if (key !== undefined) this.#names.delete(key);
    this.#held.delete(node);
  }

  async #errorOf(read: ReadFailure, key: KeyId): Promise<Error> {
    // What has failed may have been submitted before, with something else.
    const known = [this.#names.get(key), ...this.#names.values()];
    const nameOf = (one: KeyId): TaskName | undefined => known.find((names) => names?.has(one))?.get(one);
    const labelOf = (one: KeyId): string | undefined => nameOf(one)?.label;
    const { key: failedKey = key, error } = await failureOf(read, key, this.#library, labelOf);
    const { label, id } = nameOf(failedKey) ?? { label: keyText(failedKey), id: 0 };
    const first = failureLink(label, id, error);
    const asked = failedKey === key ? undefined : nameOf(key);
    return new DependencyError(asked === undefined ? first : failureLink(asked.label, asked.id, first));
  }
}
