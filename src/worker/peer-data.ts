import type { Definition, Library } from "../closure/library.ts";
import type { Comm } from "../comm/comm.ts";
import { decode, encode } from "../serialize/encode.ts";
import { toShared } from "../serialize/shared.ts";
import type { Peers } from "../spawn/spawn.ts";
import { Inbox } from "./inbox.ts";
import { ABSENT, type DataFrom, ENCODED, FULL_MESSAGE, type GetData, type Peer, PLAIN } from "./protocol.ts";
import type { Store } from "./store.ts";

/** What happens to values that go from worker to worker. */
export interface PeerDataParts {
  readonly peers: Peers;
  readonly library: Library;
  readonly store: Store;
  readonly sharesMemory: boolean;
  /** A value that was asked for is here. */
  readonly onValue: (attempt: number, value: unknown, bytes: number) => void;
  /** The worker that was asked does not have it. */
  readonly onMissing: (attempt: number) => void;
  /** A worker will not answer any more. */
  readonly onLost: (index: number) => void;
  /** True of a value that a task uses at this moment, which is waiting for something else. */
  readonly isInUse: (attempt: number) => boolean;
  /** A value has gone to another worker, and is not here any more. */
  readonly onGiven: (attempt: number) => void;
}

/** A channel on which this worker asks another one. */
interface Asked {
  readonly comm: Comm;
  attempts: number[];
  take: boolean[];
}

/**
 * Values from worker to worker, both ends. The values that one turn asks of a worker are asked in
 * one message.
 */
export class PeerData {
  readonly #parts: PeerDataParts;
  readonly #known = new Map<number, Peer>();
  readonly #asked = new Map<number, Asked>();

  constructor(parts: PeerDataParts) {
    this.#parts = parts;
    parts.peers.onConnection = (_, comm) => this.#serve(comm);
  }

  /** Now this worker can be reached. */
  add(peer: Peer): void {
    this.#known.set(peer.index, peer);
  }

  /** A worker has ended. */
  lost(index: number): void {
    const asked = this.#asked.get(index);
    this.#known.delete(index);
    this.#asked.delete(index);
    asked?.comm.close();
    this.#parts.onLost(index);
  }

  /** Asks for a value; `send` is to follow. */
  gather(holder: number, attempt: number, take: boolean): void {
    const asked = this.#asked.get(holder) ?? this.#connect(holder);
    if (asked === undefined) {
      queueMicrotask(() => this.#parts.onMissing(attempt));
      return;
    }
    asked.attempts.push(attempt);
    asked.take.push(take);
  }

  /** Sends what is to be asked. */
  send(): void {
    for (const asked of this.#asked.values()) {
      const { comm, attempts, take } = asked;
      if (attempts.length === 0) continue;
      asked.attempts = [];
      asked.take = [];
      const message: GetData = { attempts, take };
      comm.send(message);
      comm.flush();
    }
  }

  #connect(holder: number): Asked | undefined {
    const peer = this.#known.get(holder);
    if (peer === undefined) return undefined;
    const comm = this.#parts.peers.connect(peer.id, peer.address);
    const asked: Asked = { comm, attempts: [], take: [] };
    this.#asked.set(holder, asked);
    const { library } = this.#parts;
    const inbox = new Inbox<DataFrom>(library, (answer) => this.#receive(answer));
    comm.onMessage = (message) => inbox.take(message as DataFrom);
    comm.onClose = () => {
      if (this.#asked.get(holder) !== asked) return;
      this.#asked.delete(holder);
      this.#parts.onLost(holder);
    };
    return asked;
  }

  #receive({ attempts, forms, values, bytes }: DataFrom): void {
    const { library } = this.#parts;
    for (const [i, attempt] of attempts.entries()) {
      const form = forms[i];
      if (form === ABSENT) this.#parts.onMissing(attempt);
      else {
        const value = decode(values[i], form === PLAIN, library);
        this.#parts.onValue(attempt, value, bytes[i]!);
      }
    }
  }

  // ---------------------------------------------------------------- the other end

  #serve(comm: Comm): void {
    /** Ids of definitions that the asker has. */
    const known = new Set<string>();
    comm.onMessage = (message) => {
      const asked = message as GetData;
      for (let next = 0; next < asked.attempts.length; ) next = this.#answer(comm, asked, next, known);
    };
  }

  /**
   * Answers from this place on, until the message is full.
   * @returns where to go on
   */
  #answer(comm: Comm, asked: GetData, first: number, known: Set<string>): number {
    const { store, library } = this.#parts;
    const definitions: Definition[] = [];
    const forms: number[] = [];
    const values: unknown[] = [];
    const sizes: number[] = [];
    const buffers: ArrayBuffer[] = [];
    const given: number[] = [];
    let total = 0;
    let next = first;
    while (next < asked.attempts.length && total < FULL_MESSAGE) {
      const attempt = asked.attempts[next]!;
      const isTaken = asked.take[next]!;
      next++;
      if (!store.has(attempt)) {
        forms.push(ABSENT);
        values.push(undefined);
        sizes.push(0);
        continue;
      }
      // It could travel when it was made: that was seen to then.
      // When the asker was told that nobody else needs the value, nobody did; but if a result was lost
      // since then, a task may be making it again here.
      const isGiven = isTaken && store.isAlone(attempt) && !this.#parts.isInUse(attempt);
      if (!isGiven) this.#share(attempt);
      const { plain, data, uses, bytes, buffers: own } = encode(store.get(attempt), library);
      forms.push(plain ? PLAIN : ENCODED);
      values.push(data);
      sizes.push(bytes);
      total += bytes;
      for (const definition of library.needed(uses, known)) definitions.push(definition);
      if (isGiven) buffers.push(...own);
      if (isTaken) given.push(attempt);
    }
    const answer: DataFrom = {
      attempts: asked.attempts.slice(first, next),
      forms,
      values,
      bytes: sizes,
      definitions,
    };
    comm.send(answer, buffers);
    for (const attempt of given) {
      store.delete(attempt);
      this.#parts.onGiven(attempt);
    }
    return next;
  }

  /** Several threads read the value: its memory becomes memory that all of them see. */
  #share(attempt: number): void {
    const { store, sharesMemory } = this.#parts;
    if (!sharesMemory) return;
    const value = store.get(attempt);
    const shared = toShared(value);
    if (shared !== value) store.set(attempt, shared);
  }
}
