import type { NoWorkerError } from "../../errors.ts";
import type { ErredKey, KeyListener } from "../client/key-listener.ts";
import type { KeyId } from "../protocol/key.ts";
import type { ClusterResults } from "./cluster-results.ts";

/**
 * In whose name a run's keys are wanted: this object stays as long as the run's results, but when the run
 * is over it lets go of it, with all its nodes.
 */
export class RunListener implements KeyListener {
  /** Who is told of keys while the run goes on. */
  run: Omit<KeyListener, "lost" | "retried"> | undefined;
  /** What the run leaves behind. */
  results: ClusterResults | undefined;

  inMemory(key: KeyId): void {
    this.run?.inMemory(key);
  }

  /** It is computed again, and comes back. */
  lost(): void {}

  retried(): void {}

  erred(key: KeyId, failure: ErredKey): void {
    this.run?.erred(key, failure);
  }

  cancelled(key: KeyId, reason: string): void {
    this.run?.cancelled(key, reason);
  }

  noWorkers(error: NoWorkerError): void {
    this.run?.noWorkers(error);
  }

  closed(reason: Error): void {
    this.run?.closed(reason);
    this.results?.close(reason);
  }
}
