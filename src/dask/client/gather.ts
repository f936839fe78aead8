import { setTimeout as sleep } from "node:timers/promises";
import { asError } from "../../errors.ts";
import { messageOf } from "../../shown.ts";
import { getData } from "../comm/get-data.ts";
import type { RpcPool } from "../comm/rpc-pool.ts";
import type { KeyId } from "../protocol/key.ts";
import type { Serialized } from "../protocol/message.ts";

/** A worker that is busy is asked again after so many milliseconds. */
const BUSY = 150;

/** What is needed to get values from workers. */
export interface GatherFrom {
  readonly pool: RpcPool;
  /** The one who asks, for the workers' statistics. */
  readonly who: string;
  /** Longest time in which nothing comes from a worker, in milliseconds. */
  readonly stall: number;
  readonly signal?: AbortSignal | undefined;
  readonly log: (line: string) => void;
  /** Told of each worker that cannot be talked to. */
  readonly onUnreachable: (address: string) => void;
}

/**
 * Gets values from the workers that hold them, from all of these at once. Those that no worker could give are
 * missing from the answer: that is not an error, as a worker may have been lost a moment ago.
 * @param whoHas For each key the addresses of its holders.
 */
export async function gatherFromWorkers(
  whoHas: ReadonlyMap<KeyId, Iterable<string>>,
  { pool, who, stall, signal, log, onUnreachable }: GatherFrom,
): Promise<Map<KeyId, Serialized>> {
  const found = new Map<KeyId, Serialized>();
  const missing = new Map([...whoHas].map(([key, holders]) => [key, new Set(holders)]));
  const gone = new Set<string>();
  const busy = new Set<string>();

  const ask = async (address: string, keys: readonly KeyId[]): Promise<void> => {
    try {
      const data = await getData(pool, address, keys, who, { stall, signal });
      if (data === "busy") {
        busy.add(address);
        return;
      }
      for (const key of keys) {
        const value = data.get(key);
        if (value === undefined) missing.get(key)?.delete(address);
        else {
          found.set(key, value);
          missing.delete(key);
        }
      }
    } catch (error) {
      signal?.throwIfAborted();
      gone.add(address);
      onUnreachable(address);
      log(`${keys.length} results could not be fetched from ${address}: ${messageOf(asError(error))}`);
    }
  };

  for (;;) {
    const requests = shareOut(missing, gone, busy);
    if (requests.size > 0) {
      await Promise.all([...requests].map(([address, keys]) => ask(address, keys)));
    } else if (busy.size > 0) {
      await sleep(BUSY, undefined, signal === undefined ? {} : { signal });
      busy.clear();
    } else return found;
  }
}

/** Which worker is asked for which keys: where there is a choice, the one that is asked for fewest. Keys of which all holders are gone are left out. */
function shareOut(
  missing: ReadonlyMap<KeyId, ReadonlySet<string>>,
  gone: ReadonlySet<string>,
  busy: ReadonlySet<string>,
): Map<string, KeyId[]> {
  const requests = new Map<string, KeyId[]>();
  for (const [key, holders] of missing) {
    let chosen: KeyId[] | undefined;
    for (const address of holders) {
      if (gone.has(address) || busy.has(address)) continue;
      const keys = requests.get(address) ?? [];
      requests.set(address, keys);
      if (chosen === undefined || keys.length < chosen.length) chosen = keys;
    }
    chosen?.push(key);
  }
  for (const [address, keys] of requests) if (keys.length === 0) requests.delete(address);
  return requests;
}
