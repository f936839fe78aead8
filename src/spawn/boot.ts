import type { MessagePort } from "node:worker_threads";
import type { WorkerSeed } from "./spawn.ts";

/** What a worker is started with, besides its seed: known to this folder only. */

/** What a thread finds in its `workerData`. */
export interface ThreadBoot {
  readonly seed: WorkerSeed;
  /** The channel of the controller and its worker. */
  readonly control: MessagePort;
  /** For `ServiceRequest`s and `Introduction`s. */
  readonly service: MessagePort;
  readonly memory: SharedArrayBuffer;
}

/** What a thread asks its spawner. */
export type ServiceRequest =
  | { readonly op: "joined" }
  | { readonly op: "connect"; readonly peerId: string; readonly port: MessagePort };

/** Another thread has connected. */
export interface Introduction {
  readonly peerId: string;
  readonly port: MessagePort;
}

/** The first message to a process. Its own first message says that it has joined. */
export interface ProcessBoot {
  readonly seed: WorkerSeed;
  /** Where to listen for peers. */
  readonly address: string;
  readonly token: Uint8Array;
  /** Holds the sockets of all workers of the controller. */
  readonly directory: string;
}

/** Name of the `ThreadBoot` in `workerData`. */
export const THREAD_BOOT = "dispatch-graph-worker";
/** First argument of a worker process. */
export const PROCESS_MARK = "--dispatch-graph-worker";
/** File descriptors of a worker process. */
export const CONTROL_FD = 3;
export const GUARD_FD = 4;
