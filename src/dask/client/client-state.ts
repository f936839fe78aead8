/**
 * What becomes of the keys that this client wants, as the scheduler reports it.
 *
 * ```text
 *            inMemory              erred
 *  pending ───────────▶ finished     ┌──▶ erred ──▶ pending (retried)
 *     ▲                    │         │
 *     └──── lost, ◀────────┘   pending, finished
 *           unreachable
 *                       any of them ──▶ cancelled ──▶ pending (wanted anew)
 * ```
 *
 * `finished` is not final: a worker may be lost with the result. Several may want the same key, and one may want it
 * several times; the scheduler hears of the first and of the last. No I/O, no clock, no promise: notices
 * come in as calls, and go on to listeners in the same call.
 */

import type { NoWorkerError } from "../../errors.ts";
import type { KeyId } from "../protocol/key.ts";
import type { ErredKey, KeyListener, KeyState } from "./key-listener.ts";

interface WantedKey {
  state: KeyState;
  /** Who wants it, as often as they want it. */
  holders: KeyListener[];
}

const PENDING: KeyState = { name: "pending" };
const FINISHED: KeyState = { name: "finished" };

/** The keys that are wanted, and what is known of them. */
export class ClientState {
  readonly #keys = new Map<KeyId, WantedKey>();
  #pending = 0;
  /** Told of every change, before the listeners; `undefined`: nobody wants the key any more. */
  readonly #onChange: (key: KeyId, state: KeyState | undefined) => void;

  constructor(onChange: (key: KeyId, state: KeyState | undefined) => void = () => {}) {
    this.#onChange = onChange;
  }

  /** How many of the keys have no outcome yet. */
  get pending(): number {
    return this.#pending;
  }

  /** The keys that are wanted. */
  get keys(): Iterable<KeyId> {
    return this.#keys.keys();
  }

  state(key: KeyId): KeyState | undefined {
    return this.#keys.get(key)?.state;
  }

  /** Returns the keys that nobody has wanted before, or that were cancelled: the scheduler has to be told of them. */
  desire(keys: Iterable<KeyId>, listener: KeyListener): KeyId[] {
    const fresh: KeyId[] = [];
    const known: [KeyId, WantedKey][] = [];
    for (const key of keys) {
      const wanted = this.#keys.get(key);
      if (wanted === undefined) {
        this.#keys.set(key, { state: PENDING, holders: [listener] });
        this.#pending += 1;
        fresh.push(key);
      } else if (wanted.state.name === "cancelled") {
        // Those that it was cancelled for have been told so, and hear no more of it.
        wanted.holders = wanted.holders.filter((holder) => holder === listener);
        wanted.holders.push(listener);
        this.#change(key, wanted, PENDING);
        fresh.push(key);
      } else {
        wanted.holders.push(listener);
        known.push([key, wanted]);
      }
    }
    for (const [key, { state }] of known) tell(listener, key, state);
    return fresh;
  }

  /** Returns the keys that nobody wants any more, and that the scheduler has to be told of. */
  release(keys: Iterable<KeyId>, listener: KeyListener): KeyId[] {
    const unwanted: KeyId[] = [];
    for (const key of keys) {
      const wanted = this.#keys.get(key);
      const place = wanted?.holders.indexOf(listener) ?? -1;
      if (wanted === undefined || place < 0) continue;
      wanted.holders.splice(place, 1);
      if (wanted.holders.length > 0) continue;
      this.#keys.delete(key);
      if (wanted.state === PENDING) this.#pending -= 1;
      // The scheduler has dropped it itself.
      if (wanted.state.name !== "cancelled") unwanted.push(key);
      this.#onChange(key, undefined);
    }
    return unwanted;
  }

  inMemory(key: KeyId): void {
    const wanted = this.#keys.get(key);
    if (wanted?.state === PENDING || wanted?.state.name === "erred") this.#report(key, wanted, FINISHED);
  }

  /** The scheduler says that the result is gone, or nobody can be reached who has it. */
  lost(key: KeyId): void {
    const wanted = this.#keys.get(key);
    if (wanted?.state !== FINISHED) return;
    this.#change(key, wanted, PENDING);
    for (const holder of heard(wanted)) holder.lost(key);
  }

  erred(key: KeyId, failure: ErredKey): void {
    const wanted = this.#keys.get(key);
    if (wanted?.state === PENDING || wanted?.state === FINISHED) {
      this.#report(key, wanted, { name: "erred", failure });
    }
  }

  cancelled(keys: Iterable<KeyId>, reason: string): void {
    for (const key of keys) {
      const wanted = this.#keys.get(key);
      if (wanted !== undefined && wanted.state.name !== "cancelled") {
        this.#report(key, wanted, { name: "cancelled", reason });
      }
    }
  }

  retried(key: KeyId): void {
    const wanted = this.#keys.get(key);
    if (wanted?.state.name !== "erred") return;
    this.#change(key, wanted, PENDING);
    for (const holder of heard(wanted)) holder.retried(key);
  }

  /** The scheduler has forgotten everything. */
  restarted(): void {
    this.cancelled([...this.#keys.keys()], "the scheduler was restarted");
  }

  /** Everybody who waits for a result hears that there is no worker. */
  noWorkers(error: NoWorkerError): void {
    const waiting = new Set<KeyListener>();
    for (const { state, holders } of this.#keys.values()) {
      if (state === PENDING) for (const holder of holders) waiting.add(holder);
    }
    for (const listener of waiting) listener.noWorkers(error);
  }

  /** The end: everybody hears it, and nothing is wanted any more. */
  closed(reason: Error): void {
    const listeners = new Set<KeyListener>();
    for (const { holders } of this.#keys.values()) for (const holder of holders) listeners.add(holder);
    this.#keys.clear();
    this.#pending = 0;
    for (const listener of listeners) listener.closed(reason);
  }

  #report(key: KeyId, wanted: WantedKey, state: KeyState): void {
    this.#change(key, wanted, state);
    for (const holder of heard(wanted)) tell(holder, key, state);
  }

  #change(key: KeyId, wanted: WantedKey, state: KeyState): void {
    this.#pending += Number(state === PENDING) - Number(wanted.state === PENDING);
    wanted.state = state;
    this.#onChange(key, state);
  }
}

/** Each holder once. They may release the key while they are told of it. */
function heard({ holders }: WantedKey): Iterable<KeyListener> {
  return holders.length === 1 ? [holders[0]!] : new Set(holders);
}

function tell(listener: KeyListener, key: KeyId, state: KeyState): void {
  if (state.name === "finished") listener.inMemory(key);
  else if (state.name === "erred") listener.erred(key, state.failure);
  else if (state.name === "cancelled") listener.cancelled(key, state.reason);
}
