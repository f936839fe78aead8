import { channel } from "node:diagnostics_channel";
import type { StateName } from "../core/scheduler/task-state.ts";

/** A task went from one state to another. */
export interface TaskEvent {
  /** Number of the run, unique in the process. */
  readonly run: number;
  /** Id of the task's node in the graph of the run. */
  readonly id: number;
  readonly label: string;
  readonly from: StateName;
  readonly to: StateName;
  /** Which attempt of the task it belongs to: 1 for the first. */
  readonly attempt: number;
  /** Id of the worker concerned, if one is. */
  readonly worker: string | undefined;
  /** `performance.now()` at the transition, in milliseconds. */
  readonly at: number;
  /** Why the task failed, when `to` is `erred`; why it is tried again, when it goes from `processing` to `waiting`. */
  readonly error: Error | undefined;
}

/** A run began or ended. */
export interface RunEvent {
  /** Number of the run, unique in the process. */
  readonly run: number;
  readonly state: "started" | "finished" | "failed";
  /** How many tasks the run has. */
  readonly tasks: number;
  /** `performance.now()`, in milliseconds. */
  readonly at: number;
  /** Why the run was rejected, when it `failed`. */
  readonly error: unknown;
}

/** The option `cache` of a node had an effect. */
export interface CacheEvent {
  /** Number of the run, unique in the process; of a dropped result, that which it was computed by. */
  readonly run: number;
  /** Id of the node in the graph of the run. */
  readonly id: number;
  readonly label: string;
  /** The result was found, or not; it is kept from now on, or not any more. */
  readonly state: "hit" | "miss" | "stored" | "dropped";
  /** Why. */
  readonly reason: string;
  /** `performance.now()`, in milliseconds. */
  readonly at: number;
}

/** A worker uses more memory than its limit although values were put on disk; or does so no more. */
export interface MemoryEvent {
  /** Id of the worker. */
  readonly worker: string;
  /** While it is paused it gets one task at a time, and those only that nobody else has room for. */
  readonly state: "paused" | "resumed";
  /** Bytes of values in memory, as estimated, and of files on disk. */
  readonly bytesHeld: number;
  readonly bytesSpilled: number;
  /** The worker's limit in bytes. */
  readonly limit: number;
  /** `performance.now()` when it was heard of, in milliseconds. */
  readonly at: number;
}

/** A worker has put values on disk, or has read them from there. */
export interface SpillEvent {
  /** Id of the worker. */
  readonly worker: string;
  readonly kind: "write" | "read";
  /** How many values, and the bytes of their files. */
  readonly values: number;
  readonly bytes: number;
  /** How long it took in all. */
  readonly milliseconds: number;
  /** When it began, in milliseconds on the scale of `performance.now()` of this thread. */
  readonly at: number;
}

/** The events of an executor by name. */
export interface ExecutorEvents {
  task: TaskEvent;
  run: RunEvent;
  memory: MemoryEvent;
  spill: SpillEvent;
  cache: CacheEvent;
}

/** For tools: the same events, of all executors of the process, on `node:diagnostics_channel`. */
const channels = {
  task: channel("dispatch-graph:task"),
  run: channel("dispatch-graph:run"),
  memory: channel("dispatch-graph:memory"),
  spill: channel("dispatch-graph:spill"),
  cache: channel("dispatch-graph:cache"),
};

type Listeners = { readonly [K in keyof ExecutorEvents]: Set<(event: ExecutorEvents[K]) => void> };

/** Tells listeners of an executor, and of the diagnostics channels, what happens. */
export class EventHub {
  readonly #listeners: Listeners = {
    task: new Set(),
    run: new Set(),
    memory: new Set(),
    spill: new Set(),
    cache: new Set(),
  };

  /** False when nobody listens to this kind of event, so that it need not be made. */
  observed(name: keyof ExecutorEvents): boolean {
    return this.#listeners[name].size > 0 || channels[name].hasSubscribers;
  }

  publish<K extends keyof ExecutorEvents>(name: K, event: ExecutorEvents[K]): void {
    channels[name].publish(event);
    for (const listener of this.#listeners[name]) {
      try {
        listener(event);
      } catch (error) {
        // A listener's mistake is its own: an uncaught exception, but not in the middle of the run.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  on<K extends keyof ExecutorEvents>(name: K, listener: (event: ExecutorEvents[K]) => void): void {
    this.#listeners[name].add(listener);
  }

  off<K extends keyof ExecutorEvents>(name: K, listener: (event: ExecutorEvents[K]) => void): void {
    this.#listeners[name].delete(listener);
  }
}
