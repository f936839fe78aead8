import type { TransferLimits } from "./messages.ts";
import { compare, type Prioritised, PriorityQueue } from "./priority-queue.ts";

/** A value that is to come here. */
export interface Wanted extends Prioritised {
  /** Peers that are believed to have it; changed here only. */
  readonly holders: Set<string>;
  /** Bytes it is believed to take. */
  readonly nbytes: number;
}

/** Values that a peer is asked for. */
export interface Gather<T> {
  readonly peer: string;
  readonly tasks: readonly T[];
  readonly nbytes: number;
}

const DEFAULTS: TransferLimits = { messageBytes: 50e6, peers: 10, bytes: Number.POSITIVE_INFINITY };

/**
 * Who has what, and who is asked for what next. A peer is asked for one bundle at a time; values
 * that are wanted are queued at each peer that has them.
 */
export class Gathers<T extends Wanted> {
  readonly #address: string;
  readonly #host: string;
  readonly #limits: TransferLimits;
  /** What each peer is believed to have of what is not here. */
  readonly #held = new Map<string, Set<T>>();
  /** What is to be fetched, by peer; a queue is never empty. */
  readonly #queues = new Map<string, PriorityQueue<T>>();
  readonly #asked = new Map<string, Gather<T>>();
  readonly #busy = new Set<string>();
  #bytes = 0;
  #total = 0;

  constructor(address: string, limits: Partial<TransferLimits> = {}) {
    this.#address = address;
    this.#host = hostOf(address);
    this.#limits = { ...DEFAULTS, ...limits };
  }

  // ---------------------------------------------------------------- questions

  /** Bytes on their way here. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many peers are asked at present. */
  get count(): number {
    return this.#asked.size;
  }

  /** How often peers were asked. */
  get countTotal(): number {
    return this.#total;
  }

  askedOf(peer: string): Gather<T> | undefined {
    return this.#asked.get(peer);
  }

  /** True if every peer that has it has said to be busy. */
  hasBusyHoldersOnly(task: T): boolean {
    for (const peer of task.holders) if (!this.#busy.has(peer)) return false;
    return true;
  }

  isQueuedAt(peer: string, task: T): boolean {
    return this.#queues.get(peer)?.has(task) ?? false;
  }

  isHeldBy(peer: string, task: T): boolean {
    return this.#held.get(peer)?.has(task) ?? false;
  }

  /** How many places in queues there are, and how many beliefs. */
  get sizes(): { readonly queued: number; readonly held: number } {
    const sum = (all: Iterable<{ readonly size: number }>): number =>
      [...all].reduce((total, { size }) => total + size, 0);
    return { queued: sum(this.#queues.values()), held: sum(this.#held.values()) };
  }

  // ---------------------------------------------------------------- who has what

  /** These peers have it, and no others. This worker itself is left out. */
  setHolders(task: T, peers: readonly string[], isQueued: boolean): void {
    const now = new Set(peers);
    now.delete(this.#address);
    for (const peer of task.holders) if (!now.has(peer)) this.removeHolder(task, peer);
    for (const peer of now) {
      if (task.holders.has(peer)) continue;
      task.holders.add(peer);
      const held = this.#held.get(peer);
      if (held === undefined) this.#held.set(peer, new Set([task]));
      else held.add(task);
      if (isQueued) this.#queueAt(peer, task);
    }
  }

  removeHolder(task: T, peer: string): void {
    if (!task.holders.delete(peer)) return;
    const held = this.#held.get(peer)!;
    held.delete(task);
    if (held.size === 0) this.#held.delete(peer);
    this.#dequeueAt(peer, task);
  }

  clearHolders(task: T): void {
    for (const peer of task.holders) this.removeHolder(task, peer);
  }

  /** The peer is gone. Gives what it was believed to have. */
  removePeer(peer: string): readonly T[] {
    this.#busy.delete(peer);
    const tasks = [...(this.#held.get(peer) ?? [])];
    for (const task of tasks) this.removeHolder(task, peer);
    return tasks;
  }

  // ---------------------------------------------------------------- asking

  /** The task is to be fetched from any of its holders. */
  queue(task: T): void {
    for (const peer of task.holders) this.#queueAt(peer, task);
  }

  dequeue(task: T): void {
    for (const peer of task.holders) this.#dequeueAt(peer, task);
  }

  /** The peer to ask next, and for what; that is not queued any more. */
  next(): Gather<T> | undefined {
    if (this.#queues.size === 0 || this.#asked.size >= this.#limits.peers) return undefined;
    const peer = this.#bestPeer();
    if (peer === undefined) return undefined;
    const queue = this.#queues.get(peer)!;
    const tasks: T[] = [];
    let nbytes = 0;
    for (let task = queue.first; task !== undefined; task = queue.first) {
      if (!this.#hasRoomFor(task, nbytes)) break;
      this.dequeue(task);
      tasks.push(task);
      nbytes += task.nbytes;
    }
    if (tasks.length === 0) return undefined;
    const gather = { peer, tasks, nbytes };
    this.#asked.set(peer, gather);
    this.#bytes += nbytes;
    this.#total++;
    return gather;
  }

  /** The peer has answered, or will not: gives what it was asked for. */
  done(peer: string): readonly T[] | undefined {
    const gather = this.#asked.get(peer);
    if (gather === undefined) return undefined;
    this.#asked.delete(peer);
    this.#bytes -= gather.nbytes;
    return gather.tasks;
  }

  setBusy(peer: string): void {
    this.#busy.add(peer);
  }

  unsetBusy(peer: string): void {
    this.#busy.delete(peer);
  }

  // ---------------------------------------------------------------- inside

  #queueAt(peer: string, task: T): void {
    let queue = this.#queues.get(peer);
    if (queue === undefined) {
      queue = new PriorityQueue();
      this.#queues.set(peer, queue);
    }
    queue.add(task);
  }

  #dequeueAt(peer: string, task: T): void {
    const queue = this.#queues.get(peer);
    if (queue === undefined) return;
    queue.delete(task);
    if (queue.size === 0) this.#queues.delete(peer);
  }

  /** Of the peers that can be asked the one that has what is needed first; then one on this host; then the one with most. */
  #bestPeer(): string | undefined {
    let best: string | undefined;
    for (const peer of this.#queues.keys()) {
      if (this.#asked.has(peer) || this.#busy.has(peer)) continue;
      if (best === undefined || this.#comparePeers(peer, best) < 0) best = peer;
    }
    return best;
  }

  #comparePeers(a: string, b: string): number {
    const ofA = this.#queues.get(a)!;
    const ofB = this.#queues.get(b)!;
    return (
      compare(ofA.first!, ofB.first!) ||
      Number(hostOf(a) !== this.#host) - Number(hostOf(b) !== this.#host) ||
      ofB.size - ofA.size
    );
  }

  /** Whatever comes first may come, however large it is: else it would never come. */
  #hasRoomFor(task: T, nbytes: number): boolean {
    const room = this.#limits.bytes - this.#bytes;
    if (nbytes > 0) return task.nbytes <= Math.min(room, this.#limits.messageBytes) - nbytes;
    return this.#bytes === 0 || task.nbytes <= room;
  }
}

/** `tcp://10.0.0.1` of `tcp://10.0.0.1:8786`. */
function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(":"));
}
