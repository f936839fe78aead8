import type { DispatchNode } from "../nodes/node.ts";
import type { Chunk } from "./chunk.ts";
import type { Clock } from "./clock.ts";
import type { EventHub } from "./events.ts";
import type { Executor } from "./executor.ts";
import type { HeldResults } from "./held-results.ts";
import type { RetrySettings } from "./retries.ts";
import type { Run } from "./run.ts";

/** What a run needs besides its graph. */
export interface RunSettings {
  readonly executor: Executor;
  readonly outputs: readonly DispatchNode[];
  /** Nodes whose values were given: their own results stay as they are. */
  readonly inputs: ReadonlyMap<DispatchNode, unknown>;
  readonly throwError: boolean;
  readonly keepAll: boolean;
  readonly signal: AbortSignal | undefined;
  readonly timeout: number | undefined;
  readonly retry: RetrySettings;
  readonly clock: Clock;
  readonly hub: EventHub;
  /** Id of the worker that tasks run on which run in this thread. */
  readonly worker: string;
  /** Called once when the run is over, before its promise settles: nothing of it is to go on. */
  readonly onEnd: (run: Run) => void;
  /** True of tasks that the run does not depend on: if one fails, that is its result. */
  readonly isExtra: (node: DispatchNode) => boolean;
  /** Takes note of results that outlive the run. */
  readonly onHeld: (held: HeldResults) => void;
  /** Takes note of a result that is to be kept for later runs while memory allows. */
  readonly onCached: (node: DispatchNode, chunk: Chunk) => void;
}
