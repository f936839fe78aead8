import type { Library } from "../closure/library.ts";
import type { Comm } from "../comm/comm.ts";
import { decode, encode } from "../serialize/encode.ts";
import { survey } from "../serialize/survey.ts";
import type { Peers } from "../spawn/spawn.ts";
import { Inbox } from "./inbox.ts";
import {
  ABSENT,
  type DataFrom,
  ENCODED,
  FULL_MESSAGE,
  type GetData,
  GIVEN_ON_DISK,
  ON_DISK,
  type Peer,
  PLAIN,
  type SpilledValue,
} from "./protocol.ts";
import type { Store } from "./store.ts";

/** What happens to values that go from worker to worker. */
export interface PeerDataParts {
  readonly peers: Peers;
  readonly library: Library;
  readonly store: Store;
  readonly sharesMemory: boolean;
  /** A value that was asked for is in the store, and takes so many bytes. */
  readonly onValue: (attempt: number, bytes: number) => void;
  /** The worker that was asked does not have it. */
  readonly onMissing: (attempt: number) => void;
  /** A worker will not answer any more. */
  readonly onLost: (index: number) => void;
  /** A value has gone to another worker, and is not here any more. */
  readonly onGiven: (attempt: number) => void;
  /** A value is on disk, and cannot be read. */
  readonly onUnreadable: (attempt: number) => void;
}

/** A channel on which this worker asks another one. */
interface Asked {
  readonly comm: Comm;
  attempts: number[];
  take: boolean[];
  /** How many values have been asked for and not been answered. */
  open: number;
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
      asked.open += attempts.length;
      const message: GetData = { attempts, take };
      comm.send(message);
      comm.flush();
    }
  }

  #connect(holder: number): Asked | undefined {
    const peer = this.#known.get(holder);
    if (peer === undefined) return undefined;
    const comm = this.#parts.peers.connect(peer.id, peer.address);
    const asked: Asked = { comm, attempts: [], take: [], open: 0 };
    this.#asked.set(holder, asked);
    const { library } = this.#parts;
    const inbox = new Inbox<DataFrom>(library, (answer) => this.#receive(asked, answer));
    comm.onMessage = (message) => inbox.take(message as DataFrom);
    comm.onClose = () => {
      if (this.#asked.get(holder) !== asked) return;
      this.#asked.delete(holder);
      this.#parts.onLost(holder);
    };
    return asked;
  }

  #receive(asked: Asked, { attempts, forms, values, bytes, shared }: DataFrom): void {
    asked.open -= attempts.length;
    if (asked.open > 0) {
      asked.comm.send(NOTHING);
      asked.comm.flush();
    }
    this.#parts.store.addShared(shared);
    for (const [i, attempt] of attempts.entries()) {
      if (this.#keep(attempt, forms[i]!, values[i])) this.#parts.onValue(attempt, bytes[i]!);
      else this.#parts.onMissing(attempt);
    }
  }

  /** @returns false if there is no such value */
  #keep(attempt: number, form: number, data: unknown): boolean {
    const { store, library } = this.#parts;
    if (form === ABSENT) return false;
    if (form === ON_DISK || form === GIVEN_ON_DISK) {
      return store.takeFile(attempt, data as SpilledValue, form === GIVEN_ON_DISK);
    }
    store.set(attempt, decode(data, form === PLAIN, library), true);
    return true;
  }

  // ---------------------------------------------------------------- the other end

  #serve(comm: Comm): void {
    const asker: Asker = { comm, known: new Set(), attempts: [], take: [] };
    comm.onMessage = (message) => {
      const { attempts, take } = message as GetData;
      const isAnswering = asker.attempts.length > 0;
      for (const attempt of attempts) asker.attempts.push(attempt);
      for (const one of take) asker.take.push(one);
      // Who has not seen all answers to what was asked before says when to go on.
      if (attempts.length === 0 || !isAnswering) this.#answer(asker);
    };
  }

  /** Answers as much as one message should hold. */
  #answer(asker: Asker): void {
    const { store, library, onGiven } = this.#parts;
    const parts: Part[] = [];
    let total = 0;
    while (parts.length < asker.attempts.length && total < FULL_MESSAGE) {
      const part = this.#part(asker.attempts[parts.length]!, asker.take[parts.length]!);
      parts.push(part);
      if (part.form !== ON_DISK && part.form !== GIVEN_ON_DISK) total += part.bytes;
    }
    if (parts.length === 0) return;
    const take = asker.take.splice(0, parts.length);
    const answer: DataFrom = {
      attempts: asker.attempts.splice(0, parts.length),
      forms: parts.map(({ form }) => form),
      values: parts.map(({ data }) => data),
      bytes: parts.map(({ bytes }) => bytes),
      shared: parts.flatMap(({ shared }) => store.ownAmong(shared)),
      definitions: library.needed(
        parts.flatMap(({ uses }) => uses),
        asker.known,
      ),
    };
    asker.comm.send(
      answer,
      parts.flatMap(({ buffers }) => buffers),
    );
    for (const [i, { form }] of parts.entries()) {
      if (!take[i] || form === ABSENT) continue;
      const attempt = answer.attempts[i]!;
      if (form === GIVEN_ON_DISK) store.handOver(attempt);
      else store.delete(attempt);
      onGiven(attempt);
    }
  }

  /** A value as it goes to another worker. */
  #part(attempt: number, isTaken: boolean): Part {
    const { store, library, sharesMemory, onUnreadable } = this.#parts;
    if (!store.has(attempt)) return NO_PART;
    // When the asker was told that nobody else needs the value, nobody did; but if a result was lost
    // since then, a task may be making it again here.
    const isGiven = isTaken && store.isAlone(attempt);
    const file = store.fileOf(attempt);
    if (file !== undefined) {
      const { bytes, uses } = file;
      return { ...NO_PART, form: isGiven ? GIVEN_ON_DISK : ON_DISK, data: file, bytes, uses };
    }
    // Several threads read it.
    if (!isGiven && sharesMemory) store.shareMemory(attempt);
    let value: unknown;
    try {
      value = store.look(attempt);
    } catch {
      onUnreadable(attempt);
      return NO_PART;
    }
    const found = survey(value);
    // It could travel when it was made: that was seen to then.
    const { plain, data, uses, bytes, buffers } = encode(value, library, undefined, found);
    const form = plain ? PLAIN : ENCODED;
    return { form, data, bytes, uses, shared: found.shared, buffers: isGiven ? buffers : [] };
  }
}

/** An asker, with what it has asked for and not got. */
interface Asker {
  readonly comm: Comm;
  /** Ids of definitions that it has. */
  readonly known: Set<string>;
  readonly attempts: number[];
  readonly take: boolean[];
}

interface Part {
  readonly form: number;
  readonly data: unknown;
  readonly bytes: number;
  readonly uses: readonly string[];
  readonly shared: readonly SharedArrayBuffer[];
  /** Memory that is handed over. */
  readonly buffers: readonly ArrayBuffer[];
}

const NO_PART: Part = { form: ABSENT, data: undefined, bytes: 0, uses: [], shared: [], buffers: [] };

const NOTHING: GetData = { attempts: [], take: [] };
