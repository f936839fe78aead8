import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Child } from "../../src/dask/local-cluster/child.ts";
import type { WorkerOptions } from "../../src/dask/worker/settings.ts";
import { describeExit } from "../../src/spawn/exit-reason.ts";
import { ROOT } from "../../test/support/source-files.ts";

/** Workers run what is built. */
const ENTRY = join(ROOT, "dist/dask/worker/main.js");

/** What a worker writes only if it, or somebody else, has made a mistake. */
const COMPLAINT =
  /^.*(?:\(story:|counted as|invalid|assert|uncaught|unhandled|(?:Type|Range|Reference|Key|Protocol)Error).*$/gim;

/** How long a worker may take to start, or to end when it is asked to, in milliseconds. */
const LIMIT = 30_000;

export interface ChaosWorker {
  readonly name: string;
  readonly address: string;
  readonly process: Child<{ readonly address: string }>;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Everything that it has written. */
  readonly output: string[];
}

/** Settings of worker processes. */
export interface WorkersOptions {
  readonly scheduler: string;
  readonly worker?: WorkerOptions;
  /** A command that runs the command after it, somewhere: `ip netns exec x`. */
  readonly within?: readonly string[];
  /** What is done about a worker that has ended by itself, if that is no mistake. */
  readonly onEnd?: (worker: ChaosWorker) => void;
}

/** Worker processes that may be lost at any time. */
export class ChaosWorkers {
  /** Those that have registered and, as far as is known, are there. */
  readonly alive: ChaosWorker[] = [];
  /** What workers wrote that none should. */
  readonly complaints: string[] = [];
  readonly #options: WorkersOptions;
  readonly #starting = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(options: WorkersOptions) {
    this.#options = options;
  }

  /** Starts one, and resolves when the scheduler knows it. */
  async start(name: string, options: Partial<WorkersOptions> = {}): Promise<ChaosWorker> {
    const starting = this.#start(name, { ...this.#options, ...options });
    this.#starting.add(starting);
    try {
      return await starting;
    } finally {
      this.#starting.delete(starting);
    }
  }

  /** Ends one at once. */
  async kill(worker: ChaosWorker): Promise<void> {
    this.#gone(worker);
    await worker.process.kill();
  }

  /** One finishes what it runs, and others take over what it holds. */
  async leave(worker: ChaosWorker): Promise<void> {
    this.#gone(worker);
    await worker.process.stop((process) => process.kill("SIGTERM"), LIMIT);
    await this.#mustEndWell(worker, "was asked to leave and");
  }

  /** The scheduler tells one to end; it stays if nobody can take over what it holds. */
  async retire(worker: ChaosWorker, tell: (address: string) => Promise<readonly string[]>): Promise<void> {
    this.#gone(worker);
    if (!(await tell(worker.address)).includes(worker.address)) {
      this.#add(worker, undefined);
      return;
    }
    await Promise.race([worker.process.exited, sleep(LIMIT, undefined, { ref: false })]);
    await this.#mustEndWell(worker, "was retired and");
  }

  /** One gets no processor for a while, as on a machine that has too much to do. */
  async freeze(worker: ChaosWorker, milliseconds: number): Promise<void> {
    worker.signal("SIGSTOP");
    await sleep(milliseconds);
    worker.signal("SIGCONT");
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#starting);
    await Promise.all(this.alive.splice(0).map((worker) => worker.process.kill()));
  }

  /** Its process must have ended in order, or is ended. */
  async #mustEndWell(worker: ChaosWorker, why: string): Promise<void> {
    await worker.process.kill();
    const reason = await worker.process.exited;
    if (reason.code === 0) return;
    this.complaints.push(
      `${worker.name} ${why} ${describeExit(reason)}: ${worker.output.join("").slice(-3000)}`,
    );
  }

  async #start(
    name: string,
    { scheduler, worker = {}, within = [], onEnd }: WorkersOptions,
  ): Promise<ChaosWorker> {
    const settings = JSON.stringify({ scheduler, name, validate: true, ...worker });
    const [command, ...args] = [...within, process.execPath, ENTRY, settings];
    const child = spawn(command!, args, { stdio: ["ignore", "inherit", "pipe", "ipc"] });
    const output: string[] = [];
    const process_ = new Child<{ readonly address: string }>(child, {
      what: `worker "${name}"`,
      onOutput: (text) => output.push(text),
    });
    child.once("message", (message) => process_.announced(message as { address: string }));
    void process_.exited.then(() => this.#search(name, output.join("")));
    const { address } = await process_.ready();
    const signal = (name: NodeJS.Signals): void => void child.kill(name);
    const started = { name, address, process: process_, signal, output };
    if (this.#isClosed) await process_.kill();
    else this.#add(started, onEnd);
    return started;
  }

  /** From now on it must not end by itself. */
  #add(worker: ChaosWorker, onEnd: WorkersOptions["onEnd"]): void {
    const { name, process, output } = worker;
    this.alive.push(worker);
    void process.exited.then((reason) => {
      if (!this.alive.includes(worker)) return;
      this.#gone(worker);
      if (onEnd !== undefined) onEnd(worker);
      else this.complaints.push(`${name} ${describeExit(reason)} by itself: ${output.join("").slice(-3000)}`);
    });
  }

  #gone(worker: ChaosWorker): void {
    const place = this.alive.indexOf(worker);
    if (place >= 0) this.alive.splice(place, 1);
  }

  #search(name: string, output: string): void {
    for (const line of output.match(COMPLAINT) ?? []) this.complaints.push(`${name}: ${line}`);
  }
}
