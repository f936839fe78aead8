import type { Comm } from "../comm/comm.ts";

/** What a worker gets to know at its start. */
export interface WorkerSeed {
  /** Name of the worker; unique among those of one spawner. */
  readonly id: string;
  /** Whatever structured clone takes. */
  readonly data: unknown;
}

/**
 * Starts a worker. When that cannot start, `ready` rejects; it throws only where there can be no worker
 * at all, as the machine has no place for its socket.
 */
export type Spawn = (seed: WorkerSeed) => SpawnedWorker;

/** A worker as its controller sees it. */
export interface SpawnedWorker {
  readonly id: string;
  /** Of the process that the worker is (in); -1 if there is none. */
  readonly pid: number;
  /** Of the thread that the worker is; processes have none. */
  readonly threadId: number | undefined;
  /** Can be used at once: messages wait until the worker takes them. */
  readonly comm: Comm;
  /** Where other workers connect to; threads need no address. */
  readonly address: string | undefined;
  /** Rejects with a `WorkerStartError` when the worker ends, or takes too long, before it has joined. */
  readonly ready: Promise<void>;
  /** Resolves once, however the worker ends, after its last message has been delivered. */
  readonly exited: Promise<ExitReason>;
  readonly claims: Claims;
  /** Ends the worker at once, whatever it is doing. Resolves when it has ended. */
  terminate(): Promise<void>;
  /** Lets the worker, and all that belongs to it, keep the process alive, as at first. */
  ref(): void;
  unref(): void;
}

/** How a worker has ended. */
export interface ExitReason {
  /** What it exited with; `null` if a signal ended it or it never ran. */
  readonly code: number | null;
  readonly signal: string | null;
  /** What it died of, if it is known: an uncaught error, no more memory. */
  readonly error: Error | undefined;
}

/**
 * Tasks are sent to a worker ahead of time, and can be taken back although the worker does nothing
 * but compute. Each has a ticket: the worker takes it when it really starts the task, the controller
 * revokes it, and who comes first wins.
 */
export interface Claims {
  /** Most tickets at a time. */
  readonly capacity: number;
  /** A new ticket, to be sent with a task. Throws a `RangeError` when all are in use. */
  offer(): number;
  /** Resolves with those tickets that the worker will not take any more; they are released by that. */
  revoke(tickets: readonly number[]): readonly number[] | Promise<readonly number[]>;
  /** The worker has finished with this ticket; only then may another task get its place. */
  release(ticket: number): void;
  /** Whether the worker has started the task; `undefined` where only the worker knows. */
  isTaken(ticket: number): boolean | undefined;
}

/** The worker's side of `Claims`. */
export interface WorkerClaims {
  /** To be called once, when the task starts; false if it has been revoked. */
  take(ticket: number): boolean;
  /** True if it has been revoked by now. */
  isRevoked(ticket: number): boolean;
}

/** Other workers of the same controller, as a worker reaches them. */
export interface Peers {
  /**
   * A channel to another worker. It can be used at once; its `onClose` is called if there is no such
   * worker (any more). Two workers that connect to each other at the same time get two channels.
   */
  connect(peerId: string, address: string | undefined): Comm;
  /** Takes the channels that other workers open. Those opened before it is set wait for it. */
  onConnection: (peerId: string, comm: Comm) => void;
}
