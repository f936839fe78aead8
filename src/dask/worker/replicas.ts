import { setTimeout as delay } from "node:timers/promises";
import type { KeyId } from "../protocol/key.ts";
import type { Serialized } from "../protocol/message.ts";
import type { Peers } from "./peers.ts";

/** Who has which key. */
export type WhoHas = ReadonlyMap<KeyId, readonly string[]>;

export interface GatherReplicasOptions {
  /** This worker's address. */
  readonly address: string;
  readonly peers: Pick<Peers, "ask">;
  readonly has: (key: KeyId) => boolean;
  /** Takes what has come. */
  readonly put: (values: ReadonlyMap<KeyId, Serialized>) => void;
  /** Asks the scheduler. */
  readonly whoHas: (keys: readonly KeyId[]) => Promise<WhoHas>;
}

/** What dask waits before it asks a busy peer again, in milliseconds. */
const BUSY = 150;
/** So often. */
const MOST_BUSY = 200;

/**
 * Gets copies of values from whoever has them, for the scheduler's `replicate` and `rebalance`: other ways of the state
 * machine to get them are not used, as the caller waits for the end of this one.
 * @returns the keys that could not be had
 */
export async function gatherReplicas(
  known: WhoHas,
  { address, peers, has, put, whoHas }: GatherReplicasOptions,
): Promise<readonly KeyId[]> {
  const all = [...known.keys()];
  /** Peers that cannot be reached, and keys that a peer does not have (as `peer key`). */
  const gone = new Set<string>();
  const without = new Set<string>();
  let holders = known;
  let isRefreshed = false;
  for (let busy = 0; busy < MOST_BUSY; ) {
    const missing = all.filter((key) => !has(key));
    if (missing.length === 0) return [];
    const requests = new Map<string, KeyId[]>();
    for (const key of missing) {
      const usable = (peer: string): boolean =>
        peer !== address && !gone.has(peer) && !without.has(`${peer} ${key}`);
      const peer = holders.get(key)?.find(usable);
      if (peer === undefined) continue;
      const keys = requests.get(peer);
      if (keys === undefined) requests.set(peer, [key]);
      else keys.push(key);
    }
    if (requests.size === 0) {
      if (isRefreshed) return missing;
      isRefreshed = true;
      holders = await whoHas(missing);
      continue;
    }
    const ask = async ([peer, keys]: [string, KeyId[]]): Promise<boolean> => {
      const answer = await peers.ask(peer, keys, address);
      if (answer === "busy") return true;
      if (answer === "unreachable") gone.add(peer);
      else {
        put(answer);
        for (const key of keys) if (!answer.has(key)) without.add(`${peer} ${key}`);
      }
      return false;
    };
    const areBusy = await Promise.all([...requests].map(ask));
    if (areBusy.includes(true)) {
      busy++;
      await delay(BUSY);
    }
  }
  return all.filter((key) => !has(key));
}
