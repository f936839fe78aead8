import { SpillDirectory, sweep } from "../../store/spill-directory.ts";
import type { RpcPool } from "../comm/rpc-pool.ts";
import type { Handler } from "../comm/server.ts";
import { type KeyId, keyOf } from "../protocol/key.ts";
import type { Serialized } from "../protocol/message.ts";
import { fieldsOf } from "../protocol/messages.ts";
import type { WorkerReport } from "../protocol/worker-reports.ts";
import { TaskThreads } from "../tasks/task-threads.ts";
import type { ValueInfo } from "../worker-state/messages.ts";
import { WorkerState } from "../worker-state/state.ts";
import { Cells } from "./cells.ts";
import { Executions, type Spec } from "./executions.ts";
import { handlersOf } from "./handlers.ts";
import { Host } from "./host.ts";
import type { Log } from "./log.ts";
import { MemoryWatch, TARGET } from "./memory-watch.ts";
import { metricsOf } from "./metrics.ts";
import { Monitor } from "./monitor.ts";
import { News } from "./news.ts";
import { Peers } from "./peers.ts";
import { gatherReplicas, type WhoHas } from "./replicas.ts";
import type { WorkerSettings } from "./settings.ts";
import { Slots } from "./slots.ts";
import { Transfers } from "./transfers.ts";
import { infoOf } from "./value-info.ts";

/** All threads together may keep this share of the memory limit ready for use: values that the worker holds anyway. */
const KEPT = 0.15;
const MOST_KEPT = 256e6;
/** Values on their way here may take this share of it. */
const INCOMING = 0.1;

export interface EngineOptions {
  readonly settings: WorkerSettings;
  readonly name: string;
  readonly address: string;
  /** For requests to the scheduler. */
  readonly pool: RpcPool;
  readonly log: Log;
  readonly send: (report: WorkerReport) => void;
  readonly onPause: () => void;
  readonly onResume: () => void;
  /** The worker is to end. */
  readonly onTerminate: () => void;
  readonly onFailure: (error: Error) => void;
  readonly isPaused: () => boolean;
  /** What the worker says of itself when asked. */
  readonly identity: () => Readonly<Record<string, unknown>>;
  readonly versions: () => unknown;
}

/** All of a worker but its connection to the scheduler: it holds values, gathers them and runs tasks. */
export class Engine {
  readonly host: Host;
  readonly executions: Executions;
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly localDirectory: string;
  readonly #state: WorkerState<Spec>;
  readonly #cells: Cells;
  readonly #threads: TaskThreads;
  readonly #transfers = new Transfers();
  readonly #monitor = new Monitor();
  readonly #peers: Peers;
  readonly #news: News;
  #memory: MemoryWatch | undefined;
  readonly #options: EngineOptions;
  readonly #spill: SpillDirectory;

  constructor(options: EngineOptions) {
    this.#options = options;
    const { settings, name, address, log } = options;
    const { threads, memoryLimit, resources, validate, localDirectory } = settings;
    const slots = new Slots(threads);
    this.#spill = new SpillDirectory(localDirectory);
    void sweep(localDirectory);
    this.localDirectory = this.#spill.path;
    this.#cells = new Cells({
      target: memoryLimit && memoryLimit * TARGET,
      directory: this.#spill.of("values"),
      onLeave: (key) => this.#threads.free([key]),
      onStuck: ({ message }) => log.warn(`results stay in memory, as they cannot be put on disk: ${message}`),
    });
    this.#peers = new Peers(this.#transfers, log);
    this.#news = new News(name, options.send);
    this.#state = new WorkerState<Spec>({
      ...{ address, slots: slots.count, resources, validate },
      limits: memoryLimit === undefined ? {} : { bytes: memoryLimit * INCOMING },
    });
    let taskThreads: TaskThreads | undefined;
    this.executions = new Executions({
      ...{ cells: this.#cells, slots, news: this.#news },
      threads: (reports) => {
        const keptBytes = Math.min(MOST_KEPT, ((memoryLimit ?? Number.POSITIVE_INFINITY) * KEPT) / threads);
        taskThreads = new TaskThreads({ threads, reports, name, keptBytes });
        return taskThreads;
      },
      tell: (event) => this.host.tell(event),
    });
    this.#threads = taskThreads!;
    this.host = new Host({
      ...{ address, state: this.#state, cells: this.#cells, peers: this.#peers, executions: this.executions },
      free: (keys) => this.#threads.free(keys),
      send: options.send,
      onFailure: options.onFailure,
    });
    this.handlers = handlersOf({
      ...{ address, cells: this.#cells, transfers: this.#transfers, log },
      isPaused: options.isPaused,
      tell: (event) => this.host.tell(event),
      free: (keys, stimulusId) => this.host.hear({ op: "free-keys", keys, stimulusId }),
      gather: (whoHas) => this.#gather(whoHas),
      identity: options.identity,
      versions: options.versions,
      monitor: () => ({ range_query: {}, count: 0, last_time: Date.now() / 1000 }),
      story: (key) => this.#state.story(key),
      dump: () => ({
        ...{ ...options.identity(), address },
        counts: this.#state.counts(),
        tasks: new Map([...this.#state.tasks.byKey.values()].map(({ key, state }) => [keyOf(key), state])),
      }),
      terminate: options.onTerminate,
    });
  }

  /** Resolves when tasks can run. @throws WorkerStartError */
  get ready(): Promise<void> {
    return this.#threads.ready;
  }

  /** From now on it looks at what the process takes. */
  watchMemory(): void {
    const { settings, log, onPause, onResume } = this.#options;
    const { memoryLimit: limit } = settings;
    if (limit === undefined) return;
    this.#memory = new MemoryWatch({
      ...{ limit, cells: this.#cells, log, onPause, onResume },
      isIdle: () => this.executions.isIdle,
      onPressure: () => this.#threads.relieve(),
    });
  }

  /** What heartbeats say. */
  metrics(): Record<string, unknown> {
    return metricsOf({
      ...{ monitor: this.#monitor, state: this.#state, cells: this.#cells, transfers: this.#transfers },
    });
  }

  /** Seconds since the tasks that run now have begun, by key. */
  executing(): ReadonlyMap<unknown, number> {
    const now = Date.now() / 1000;
    return new Map(this.#threads.running.map(({ key, since }) => [keyOf(key), Math.max(0, now - since)]));
  }

  /** The scheduler knows the latest metrics. */
  reported(): void {
    this.#transfers.forgetWorkers();
  }

  /** Nothing more will be said to the scheduler. */
  stop(): void {
    this.#memory?.close();
    this.executions.close();
    this.host.close();
    this.#news.flush();
  }

  /** Ends all that there is, and leaves nothing behind. */
  async close(): Promise<void> {
    this.stop();
    this.#monitor.close();
    await Promise.allSettled([this.#peers.close(), this.#threads.close()]);
    await this.#cells.close();
    await this.#spill.remove();
  }

  #gather(known: WhoHas): Promise<readonly KeyId[]> {
    const { address, pool, settings } = this.#options;
    return gatherReplicas(known, {
      address,
      peers: this.#peers,
      has: (key) => this.#cells.has(key),
      put: (values) => this.#put(values),
      whoHas: async (keys) => {
        const reply = await pool.call(settings.scheduler, "who_has", { keys: keys.map(keyOf) });
        return fieldsOf("the reply to who_has", new Map([["who_has", reply]])).whoHas("who_has");
      },
    });
  }

  #put(values: ReadonlyMap<KeyId, Serialized>): void {
    const infos = new Map<KeyId, ValueInfo>();
    for (const [key, value] of values) {
      this.#cells.put(key, value);
      infos.set(key, infoOf(value));
    }
    // Who has asked for the copies may be told of them too late, and nobody else would ever remove them.
    this.host.tell({ op: "update-data", values: infos, report: true });
  }
}
