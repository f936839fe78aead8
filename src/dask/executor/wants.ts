import type { KeyListener } from "../client/key-listener.ts";
import type { SchedulerClient } from "../client/scheduler-client.ts";
import type { TaskKeys } from "../graph/task-keys.ts";
import type { ClusterResults } from "./cluster-results.ts";

/** What wants need of their run. */
export interface WantParts {
  readonly size: number;
  readonly keys: TaskKeys;
  readonly client: Pick<SchedulerClient, "desire" | "release">;
  /** In whose name keys are wanted. */
  readonly listener: KeyListener;
  readonly results: ClusterResults;
}

/** For which tasks of a run the scheduler is to keep the result. */
export class Wants {
  readonly #parts: WantParts;
  readonly #isWanted: Uint8Array;

  constructor(parts: WantParts) {
    this.#parts = parts;
    this.#isWanted = new Uint8Array(parts.size);
  }

  has(task: number): boolean {
    return this.#isWanted[task] !== 0;
  }

  /** The scheduler has been told, or the want is gone without its being told. */
  set(task: number, isWanted: boolean): void {
    this.#isWanted[task] = isWanted ? 1 : 0;
  }

  /** Wants a result that the scheduler knows of already. */
  add(task: number): void {
    this.#isWanted[task] = 1;
    this.#parts.client.desire([this.#parts.keys.of(task)!], this.#parts.listener);
  }

  /** The run does without the result from now on; who is fetching it still gets it. */
  giveBack(task: number): void {
    if (this.#isWanted[task] === 0) return;
    this.#isWanted[task] = 0;
    const { results, client, keys, listener } = this.#parts;
    if (results.keyOf(task) !== undefined) results.release(task);
    else client.release([keys.of(task)!], listener);
  }

  /** The run is over: only results that others hold from now on stay. */
  giveBackAllBut(staysBehind: (task: number) => boolean): void {
    for (let task = 0; task < this.#isWanted.length; task++) {
      if (this.#isWanted[task] === 0) continue;
      if (this.#parts.results.keyOf(task) === undefined || !staysBehind(task)) this.giveBack(task);
    }
    this.#isWanted.fill(0);
  }

  /** Wants that are not justified any more. */
  review(isNeeded: (task: number) => boolean): void {
    for (let task = 0; task < this.#isWanted.length; task++) {
      if (this.#isWanted[task] !== 0 && !isNeeded(task)) this.giveBack(task);
    }
  }

  /** The scheduler has forgotten this client. */
  clear(): void {
    this.#isWanted.fill(0);
  }
}
