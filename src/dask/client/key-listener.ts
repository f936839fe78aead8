import type { NoWorkerError } from "../../errors.ts";
import type { KeyId } from "../protocol/key.ts";

/** How a task failed, as the scheduler passes it on: for `readFailure`. */
export interface ErredKey {
  readonly exception: unknown;
  readonly traceback: unknown;
}

/**
 * Hears what becomes of the keys that are wanted in its name. Calls come in the order of the
 * scheduler's notices; of a key whose fate is known already they come at once, when it is wanted. A key
 * may be `lost` after it was `inMemory`, and come back later. After `erred` and `cancelled` comes
 * nothing more of a key, unless it is `retried`, or wanted anew.
 */
export interface KeyListener {
  /** The result is at a worker. */
  inMemory(key: KeyId): void;
  /** No worker has the result any more; the scheduler computes it again, or cancels the key. */
  lost(key: KeyId): void;
  /** The task, or one that it needs, has failed. */
  erred(key: KeyId, failure: ErredKey): void;
  /** There will be no result: the reason is a clause, as in "x was cancelled: …". */
  cancelled(key: KeyId, reason: string): void;
  /** After `erred`: the task is tried once more. */
  retried(key: KeyId): void;
  /** Results are wanted, and for too long there has been no worker at all. The keys stay wanted. */
  noWorkers(error: NoWorkerError): void;
  /** The client has ended; nothing is heard of any key any more. */
  closed(reason: Error): void;
}

/** What is known of a key. */
export type KeyState =
  | { readonly name: "pending" }
  | { readonly name: "finished" }
  | { readonly name: "erred"; readonly failure: ErredKey }
  | { readonly name: "cancelled"; readonly reason: string };
