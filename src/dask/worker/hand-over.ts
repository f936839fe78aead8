import { asError, DispatcherError } from "../../errors.ts";
import { messageOf } from "../../shown.ts";
import type { RpcPool } from "../comm/rpc-pool.ts";
import { within } from "../comm/within.ts";
import type { Log } from "./log.ts";

export interface HandOverOptions {
  /** For requests to the scheduler. */
  readonly pool: RpcPool;
  readonly scheduler: string;
  /** This worker's. */
  readonly address: string;
  /** Resolves when no task runs. */
  readonly idle: Promise<void>;
  /** Milliseconds, for what runs and for what is handed over. */
  readonly timeout: number;
  /** The worker ends in another way. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/**
 * What a worker does before it ends of its own will, when no task begins any more: what runs may finish, and the scheduler has others
 * take over the results that are here only. Never rejects.
 */
export async function handOver(options: HandOverOptions): Promise<void> {
  const { pool, scheduler, address, idle, timeout, signal, log } = options;
  try {
    const late = (): Error => new DispatcherError(`tasks that still ran after ${timeout} ms were given up`);
    await within(idle, { timeout, signal }, late).catch((error) => {
      if (signal.aborted) throw error;
      log.warn(messageOf(error));
    });
    await pool.call(
      scheduler,
      "retire_workers",
      {
        ...{ workers: [address], close_workers: false, remove: true },
        stimulus_id: `worker-close-gracefully-${Date.now() / 1000}`,
      },
      { timeout, signal },
    );
  } catch (error) {
    if (!signal.aborted) log.warn(`results were not handed over: ${messageOf(asError(error))}`);
  }
}
