import { isMainThread, workerData } from "node:worker_threads";
import type { Comm } from "../comm/comm.ts";
import { PROCESS_MARK, THREAD_BOOT, type ThreadBoot } from "./boot.ts";
import { joinFromProcess } from "./process-side.ts";
import type { Peers, WorkerClaims, WorkerSeed } from "./spawn.ts";
import { joinFromThread } from "./thread-side.ts";

/** A worker's own view of what its controller has given it. */
export interface Joined {
  readonly seed: WorkerSeed;
  /** The controller. */
  readonly comm: Comm;
  readonly claims: WorkerClaims;
  readonly peers: Peers;
}

/**
 * To be called once by the entry of a worker, when it is able to take work. Messages and
 * connections wait until `comm.onMessage` and `peers.onConnection` are set.
 */
export async function joinController(): Promise<Joined> {
  const boot = (workerData as Readonly<Record<string, ThreadBoot>> | null)?.[THREAD_BOOT];
  if (!isMainThread && boot !== undefined) return joinFromThread(boot);
  if (isMainThread && process.argv[2] === PROCESS_MARK) return joinFromProcess();
  throw new Error("this file is the entry of workers; it is started by an executor only");
}
