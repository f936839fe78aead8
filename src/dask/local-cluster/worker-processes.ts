import { asError } from "../../errors.ts";
import { messageOf } from "../../shown.ts";
import { describeExit } from "../../spawn/exit-reason.ts";
import { WorkerStartError } from "../../spawn/worker-start-error.ts";
import type { WorkerOptions } from "../worker/settings.ts";
import type { Child } from "./child.ts";
import { type ClusterWorker, startWorkerProcess } from "./worker-process.ts";

export interface WorkerProcessesOptions {
  readonly scheduler: string;
  /** True if a program that has nothing else to do may end, and its workers with it. */
  readonly background: boolean;
  /** Told what nobody has asked for, in a line. */
  readonly onTrouble: (line: string) => void;
}

/** How long workers may take to finish what they run and to hand over what they hold, in milliseconds. */
const LEAVE_LIMIT = 30_000;
/** How long the end of a worker that need not do that may take, in milliseconds. */
const END_LIMIT = 3000;

type Process = Child<{ readonly address: string }>;

/** What is told to a worker; a name is needed. */
export type NamedWorker = WorkerOptions & { readonly name: string };

/** A worker, or those that took its place. */
interface Place {
  readonly options: NamedWorker;
  process: Process;
  /** Once it has registered. */
  worker: ClusterWorker | undefined;
  /** Its end is wanted. */
  leaving: boolean;
}

/**
 * Worker processes on this machine for one scheduler. One that is lost is replaced by another of the
 * same name; one that the scheduler has told to leave is not.
 */
export class WorkerProcesses {
  /** Resolves when there is none any more: true if all of them were to leave. */
  readonly ended: Promise<boolean>;
  readonly #options: WorkerProcessesOptions;
  readonly #places = new Map<string, Place>();
  #resolveEnded!: (inOrder: boolean) => void;
  #isClosed = false;
  #inOrder = true;

  constructor(options: WorkerProcessesOptions) {
    this.#options = options;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
  }

  /** Those that the scheduler knows. */
  get workers(): readonly ClusterWorker[] {
    return [...this.#places.values()].flatMap(({ worker }) => worker ?? []);
  }

  /**
   * Starts workers, and resolves when the scheduler knows them. If one of them fails, none is left.
   * @throws WorkerStartError
   */
  async add(workers: readonly NamedWorker[]): Promise<readonly ClusterWorker[]> {
    const places = workers.map((options) => this.#open(options));
    try {
      return await Promise.all(places.map((place) => this.#register(place)));
    } catch (error) {
      await Promise.all(places.map((place) => this.#end(place)));
      throw error;
    }
  }

  /** A worker hands over what it holds, and ends. False if there is none of that name. */
  async remove(name: string): Promise<boolean> {
    const place = this.#places.get(name);
    if (place === undefined) return false;
    place.leaving = true;
    await place.process.stop((process) => process.kill("SIGTERM"), LEAVE_LIMIT);
    return true;
  }

  /** All hand over what they hold, as far as others can take it, and end. */
  async leave(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#places.keys()].map((name) => this.remove(name)));
  }

  /** All end, and what they hold is lost. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#places.values()].map((place) => this.#end(place)));
  }

  #open(options: NamedWorker): Place {
    const place = { options, process: this.#start(options), worker: undefined, leaving: false };
    this.#places.set(options.name, place);
    return place;
  }

  #start(options: NamedWorker): Process {
    return startWorkerProcess(this.#options.scheduler, options);
  }

  /** Resolves when the worker of this place is known to the scheduler; from then on it is replaced. */
  async #register(place: Place): Promise<ClusterWorker> {
    const { options, process } = place;
    try {
      const { address } = await process.ready();
      place.worker = { name: options.name, address, pid: process.pid };
    } catch (error) {
      await process.kill();
      throw (await reasonOf(process, options.name)) ?? error;
    }
    if (this.#options.background) process.unref();
    void this.#watch(place);
    return place.worker;
  }

  async #watch(place: Place): Promise<void> {
    const reason = await place.process.exited;
    place.worker = undefined;
    if (place.leaving || this.#isClosed || reason.code === 0) this.#close(place);
    else await this.#replace(place, `worker "${place.options.name}" ${describeExit(reason)}`);
  }

  /** The scheduler has forgotten the name: it saw the connection end before it could hear of another worker. */
  async #replace(place: Place, why: string): Promise<void> {
    this.#options.onTrouble(`${why}; another takes its place`);
    place.process = this.#start(place.options);
    try {
      await this.#register(place);
    } catch (error) {
      if (!place.leaving && !this.#isClosed) {
        this.#options.onTrouble(messageOf(asError(error)));
        this.#inOrder = false;
      }
      this.#close(place);
    }
  }

  async #end(place: Place): Promise<void> {
    place.leaving = true;
    // Without its parent a worker ends at once.
    await place.process.stop((process) => process.connected && process.disconnect(), END_LIMIT);
    this.#close(place);
  }

  #close(place: Place): void {
    const { name } = place.options;
    if (this.#places.get(name) === place) this.#places.delete(name);
    if (this.#places.size === 0) this.#resolveEnded(this.#inOrder);
  }
}

/** A worker that cannot start says why in a line, and exits with code 1. */
async function reasonOf(process: Process, name: string): Promise<WorkerStartError | undefined> {
  const { code } = await process.exited;
  const line = process.lastWords.trim();
  if (code !== 1 || line === "" || line.includes("\n")) return undefined;
  return new WorkerStartError(`worker "${name}" could not start: ${line}`);
}
