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

/** The events of an executor by name. */
export interface ExecutorEvents {
  task: TaskEvent;
  run: RunEvent;
}

/** For tools: the same events, of all executors of the process, on `node:diagnostics_channel`. */
const channels = {
  task: channel("dispatch-graph:task"),
  run: channel("dispatch-graph:run"),
};

type Listeners = { readonly [K in keyof ExecutorEvents]: Set<(event: ExecutorEvents[K]) => void> };

/** Tells listeners of an executor, and of the diagnostics channels, what happens. */
export class EventHub {
  readonly #listeners: Listeners = { task: new Set(), run: new Set() };

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
