/**
 * What a worker's state machine is told, and what it tells its host to do. Events from the scheduler
 * and messages for it bear the names of dask's protocol; the fields of messages are those of the wire.
 *
 * Keys are strings, one per key of the scheduler: the host translates them. Values never come
 * here, only their sizes and types: a host **stores a value before it reports it**, and takes it
 * out of its store when it is told to `drop` it.
 */

/** What the scheduler wants to know of a value. */
export interface ValueInfo {
  /** Size in memory, in bytes. */
  readonly nbytes: number;
  /** A pickled class, which Python clients show. */
  readonly type: Uint8Array;
  readonly typename: string;
}

/** A piece of a task's time, in seconds of a clock that never goes back. */
export interface StartStop {
  readonly action: "compute" | "disk-read" | "disk-write" | "deserialize";
  readonly start: number;
  readonly stop: number;
}

/** An error as the scheduler takes it; the machine hands it through. */
export interface Failure {
  readonly exception: unknown;
  readonly traceback: unknown;
  readonly exception_text: string;
  readonly traceback_text: string;
}

/** Where keys are: addresses of workers by key. */
export type WhoHas = ReadonlyMap<string, readonly string[]>;

/** The scheduler wants a task to be computed here. `whoHas` and `nbytes` name each of its dependencies. */
export interface ComputeTask<Spec> {
  readonly op: "compute-task";
  readonly key: string;
  readonly runId: number;
  /** Compared number by number; the least is the first to run. */
  readonly priority: readonly number[];
  readonly whoHas: WhoHas;
  readonly nbytes: ReadonlyMap<string, number>;
  /** What is to be done, whatever that is: given back by `execute`. */
  readonly spec: Spec;
  /** Amounts by resource. */
  readonly resources: ReadonlyMap<string, number>;
}

/** What the scheduler says on its stream. */
export type SchedulerEvent<Spec> =
  | ComputeTask<Spec>
  /** Nobody needs these keys any more, neither their values nor their tasks. */
  | { readonly op: "free-keys"; readonly keys: readonly string[] }
  /** These copies are superfluous; the machine may refuse. */
  | { readonly op: "remove-replicas"; readonly keys: readonly string[] }
  /** Get copies of these. */
  | {
      readonly op: "acquire-replicas";
      readonly whoHas: WhoHas;
      readonly nbytes: ReadonlyMap<string, number>;
    }
  /** Give a task up if it does not run yet; answered in any case. */
  | { readonly op: "steal-request"; readonly key: string }
  /** Give a task up if it does not run yet. */
  | { readonly op: "cancel-compute"; readonly key: string }
  /** Where keys are now. */
  | { readonly op: "refresh-who-has"; readonly whoHas: WhoHas }
  /** A peer is gone. */
  | { readonly op: "remove-worker"; readonly worker: string };

/** What happens at the host. Each `execute` ends in exactly one `execution-…`, each `gather` in one `gather-…`. */
export type HostEvent =
  /** Begin nothing and gather nothing until `unpause`. */
  | { readonly op: "pause" }
  | { readonly op: "unpause" }
  /** How many executions may be under way at once; those above it are not stopped. */
  | { readonly op: "set-slots"; readonly slots: number }
  /** The peer has answered; keys that are not in its answer it does not have. */
  | { readonly op: "gather-received"; readonly peer: string; readonly values: ReadonlyMap<string, ValueInfo> }
  /** The peer has no time. */
  | { readonly op: "gather-busy"; readonly peer: string }
  /** The peer cannot be reached, and counts as dead. */
  | { readonly op: "gather-failed"; readonly peer: string }
  /** The time is over that `retry-busy-later` asked for. */
  | { readonly op: "retry-busy-peer"; readonly peer: string }
  /** To be told about once per second for as long as `wantsFindMissing`. */
  | { readonly op: "find-missing" }
  /** The task has a value, which is stored. */
  | {
      readonly op: "execution-finished";
      readonly key: string;
      readonly value: ValueInfo;
      readonly startstops: readonly StartStop[];
      readonly thread: number | null;
    }
  /** The task failed. After a `stop` this counts as `execution-lost`: it may be the doing of the stop. */
  | {
      readonly op: "execution-failed";
      readonly key: string;
      readonly failure: Failure;
      readonly startstops: readonly StartStop[];
      readonly thread: number | null;
    }
  /** The task asks to be run elsewhere, or later. */
  | { readonly op: "execution-rescheduled"; readonly key: string }
  /** The task ended for reasons that are not its own (its thread died, it was stopped, an input could not be had). */
  | { readonly op: "execution-lost"; readonly key: string }
  /** The task goes on without counting as one of the slots (dask: it secedes). */
  | {
      readonly op: "execution-long-running";
      readonly key: string;
      /** Seconds until now. */
      readonly computeDuration: number;
    }
  /** Values were brought here, and are stored; `report`: the scheduler may not expect them any more. */
  | {
      readonly op: "update-data";
      readonly values: ReadonlyMap<string, ValueInfo>;
      readonly report?: boolean;
    }
  /** A value that was stored here cannot be had any more (its file cannot be read). */
  | { readonly op: "value-lost"; readonly key: string }
  /** The end: what runs is to be stopped, and nothing else will be done. */
  | { readonly op: "shutdown" };

/** Everything that can happen, with the scheduler's name for what caused it, or the host's own. */
export type WorkerEvent<Spec> = (SchedulerEvent<Spec> | HostEvent) & { readonly stimulusId: string };

/** What goes to the scheduler on the stream: exactly these fields, with the scheduler's own keys for ours. */
export type SchedulerMessage = { readonly stimulus_id: string } & (
  | {
      readonly op: "task-finished";
      readonly status: "OK";
      readonly key: string;
      readonly run_id: number;
      readonly nbytes: number;
      readonly type: Uint8Array;
      readonly typename: string;
      readonly metadata: Readonly<Record<string, never>>;
      readonly thread: number | null;
      readonly startstops: readonly StartStop[];
    }
  | ({
      readonly op: "task-erred";
      readonly status: "error";
      readonly key: string;
      readonly run_id: number;
      readonly thread: number | null;
      readonly startstops: readonly StartStop[];
    } & Failure)
  /** Copies are here. */
  | { readonly op: "add-keys"; readonly keys: readonly string[] }
  /** A value is here no more. */
  | { readonly op: "release-worker-data"; readonly key: string }
  | {
      readonly op: "long-running";
      readonly key: string;
      readonly run_id: number;
      readonly compute_duration: number | null;
    }
  | { readonly op: "reschedule"; readonly key: string }
  | { readonly op: "steal-response"; readonly key: string; readonly state: string | null }
  | { readonly op: "request-refresh-who-has"; readonly keys: readonly string[] }
);

/** What the host is to do, in this order. */
export type Instruction<Spec> =
  /** Run the task on the values of these keys, which are here. */
  | {
      readonly op: "execute";
      readonly key: string;
      readonly runId: number;
      readonly spec: Spec;
      readonly inputs: readonly string[];
    }
  /** Nobody wants this execution any more. It still has to be reported, and does count until then. */
  | { readonly op: "stop"; readonly key: string }
  /** Ask a peer for values. */
  | {
      readonly op: "gather";
      readonly peer: string;
      readonly keys: readonly string[];
      /** What they take in memory, as far as known. */
      readonly nbytes: number;
    }
  /** Report `retry-busy-peer` in a while (dask: after 150 ms). */
  | { readonly op: "retry-busy-later"; readonly peer: string }
  /** Take the value of this key out of the store. */
  | { readonly op: "drop"; readonly key: string }
  | { readonly op: "send"; readonly message: SchedulerMessage };

/** Bounds on what is gathered at once. */
export interface TransferLimits {
  /** Bytes asked of a peer at once; a single larger value is asked for alone. */
  readonly messageBytes: number;
  /** Peers asked at once. */
  readonly peers: number;
  /** Bytes on their way here; a single larger value comes alone. */
  readonly bytes: number;
}

export interface WorkerStateOptions {
  /** This worker's own address, as the scheduler knows it. */
  readonly address: string;
  /** How many executions may be under way at once: as many as threads, or more if tasks are sent ahead to them. */
  readonly slots: number;
  /** Amounts by resource. */
  readonly resources?: ReadonlyMap<string, number>;
  /** By default 50 MB per message, 10 peers, and any number of bytes. */
  readonly limits?: Partial<TransferLimits>;
  /** Check all invariants after each event, which is slow. */
  readonly validate?: boolean;
}
