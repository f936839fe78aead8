import type { WorkerEvent } from "../../src/dask/worker-state/messages.ts";
import { stateShown } from "../../src/dask/worker-state/task-state.ts";
import type { Tasks } from "../../src/dask/worker-state/tasks.ts";

const RUNNING = ["executing", "long-running"];
const STALE = ["cancelled(executing)", "cancelled(long-running)"];
const TURNED = ["resumed(executing)", "resumed(long-running)"];
const NOT_BEGUN = ["waiting", "ready", "constrained"];
const UNDER_WAY = [...RUNNING, ...STALE, ...TURNED];
const FLYING = ["flight", "cancelled(flight)", "resumed(flight)"];
const ALL = [
  ...["unknown", "released", ...NOT_BEGUN, ...UNDER_WAY],
  ...["fetch", ...FLYING, "missing", "memory", "error"],
];

/** What can happen to a key at a worker, and the states that it may be in then. */
const EVENTS: Readonly<Record<string, readonly string[]>> = {
  "compute-task": ALL,
  "input elsewhere": ALL,
  "input nowhere": ALL,
  "free-keys": ALL,
  "remove-replicas": ALL,
  "acquire-replicas": ALL,
  "steal-request": ALL,
  "cancel-compute": ALL,
  "refresh-who-has": ALL,
  "refresh-who-has, nobody": ALL,
  "gather-received": FLYING,
  "gather-received without it": FLYING,
  "gather-busy": FLYING,
  "gather-failed": FLYING,
  "execution-finished": UNDER_WAY,
  "execution-failed": UNDER_WAY,
  "execution-rescheduled": UNDER_WAY,
  "execution-lost": UNDER_WAY,
  "execution-long-running": UNDER_WAY,
  "update-data": ALL,
  "value-lost": ALL,
};

/** Counts how often each event met each state. */
export class DaskCoverage {
  readonly #counts = new Map<string, number>();

  /** To be told of each event before the worker is. */
  count<Spec>({ byKey, gathers }: Tasks<Spec>, address: string, event: WorkerEvent<Spec>): void {
    const add = (key: string, what: string = event.op): void => {
      const task = byKey.get(key);
      const pair = `${task === undefined ? "unknown" : stateShown(task)} × ${what}`;
      this.#counts.set(pair, (this.#counts.get(pair) ?? 0) + 1);
    };
    switch (event.op) {
      case "compute-task":
        add(event.key);
        for (const [key, peers] of event.whoHas) {
          add(key, peers.some((peer) => peer !== address) ? "input elsewhere" : "input nowhere");
        }
        break;
      case "free-keys":
      case "remove-replicas":
        for (const key of event.keys) add(key);
        break;
      case "acquire-replicas":
        for (const key of event.whoHas.keys()) add(key);
        break;
      case "refresh-who-has":
        for (const [key, peers] of event.whoHas) {
          add(key, peers.length > 0 ? event.op : "refresh-who-has, nobody");
        }
        break;
      case "gather-received":
      case "gather-busy":
      case "gather-failed":
        for (const { key, comingFrom } of gathers.askedOf(event.peer)?.tasks ?? []) {
          const isThere = event.op !== "gather-received" || event.values.has(key);
          if (comingFrom === event.peer) add(key, isThere ? event.op : "gather-received without it");
        }
        break;
      case "update-data":
        for (const key of event.values.keys()) add(key);
        break;
      default:
        if ("key" in event) add(event.key);
    }
  }

  /** Pairs that were reached although they should be impossible, and possible ones that never were. */
  judge(): { readonly impossible: string[]; readonly missed: string[]; readonly reached: number } {
    const possible = new Set(
      Object.entries(EVENTS).flatMap(([event, states]) => states.map((state) => `${state} × ${event}`)),
    );
    const reached = [...this.#counts.keys()];
    return {
      impossible: reached.filter((pair) => !possible.has(pair)),
      missed: [...possible].filter((pair) => !this.#counts.has(pair)),
      reached: reached.length,
    };
  }
}
