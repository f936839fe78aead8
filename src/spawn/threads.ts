import { MessageChannel, type MessagePort, type ResourceLimits, Worker } from "node:worker_threads";
import { PortComm } from "../comm/message-port.ts";
import { asError } from "../errors.ts";
import { type Introduction, type ServiceRequest, THREAD_BOOT, type ThreadBoot } from "./boot.ts";
import { ClaimTable, SharedClaims } from "./claims.ts";
import { inheritedByThreads } from "./exec-argv.ts";
import { Lifecycle } from "./lifecycle.ts";
import type { ExitReason, SpawnedWorker, WorkerSeed } from "./spawn.ts";

export interface ThreadOptions {
  /** File that calls `joinController`. */
  readonly entry: URL;
  /** Flags of Node for the threads; those of this process if not given. */
  readonly execArgv?: readonly string[];
  readonly resourceLimits?: ResourceLimits;
}

/** A worker that is a thread: what it has not begun can be taken back at once. */
export interface SpawnedThread extends SpawnedWorker {
  readonly claims: SharedClaims;
}

/** Starts workers that are threads of this process. They reach each other by ports that this thread hands on. */
export function threadSpawner(options: ThreadOptions): (seed: WorkerSeed) => SpawnedThread {
  const threads = new Map<string, ThreadWorker>();
  return (seed) => {
    const thread = new ThreadWorker(seed, options, (peerId, port) => {
      const peer = threads.get(peerId);
      // Then the one who has connected is told that the port has closed.
      if (peer === undefined) port.close();
      else peer.introduce(seed.id, port);
    });
    threads.set(seed.id, thread);
    void thread.exited.then(() => {
      if (threads.get(seed.id) === thread) threads.delete(seed.id);
    });
    return thread;
  };
}

class ThreadWorker implements SpawnedThread {
  readonly id: string;
  readonly pid: number = process.pid;
  readonly threadId: number;
  readonly comm: PortComm;
  readonly address = undefined;
  readonly claims: SharedClaims;
  readonly #lifecycle: Lifecycle;
  /** Missing if Node refused to make it. */
  readonly #worker: Worker | undefined;
  readonly #service: MessagePort;

  constructor(
    seed: WorkerSeed,
    options: ThreadOptions,
    connect: (peerId: string, port: MessagePort) => void,
  ) {
    this.id = seed.id;
    const memory = ClaimTable.newMemory();
    this.claims = new SharedClaims(memory);
    this.#lifecycle = new Lifecycle(`worker "${seed.id}"`, () => void this.#worker?.terminate());
    const control = new MessageChannel();
    const service = new MessageChannel();
    this.comm = new PortComm(control.port1);
    this.#service = service.port1;
    service.port1.on("message", (request: ServiceRequest) => {
      if (request.op === "joined") this.#lifecycle.joined();
      else connect(request.peerId, request.port);
    });
    service.port1.unref();
    const closed = new Promise<void>((resolve) => control.port1.once("close", resolve));
    const boot: ThreadBoot = { seed, control: control.port2, service: service.port2, memory };
    try {
      this.#worker = start(boot, options);
    } catch (error) {
      this.comm.close();
      service.port1.close();
      this.#lifecycle.ended({ code: null, signal: null, error: asError(error) });
    }
    this.threadId = this.#worker?.threadId ?? -1;
    let failure: Error | undefined;
    this.#worker?.on("error", (error) => {
      failure ??= asError(error);
    });
    this.#worker?.on("exit", async (code) => {
      await this.#lifecycle.drained(closed);
      this.comm.close();
      this.#lifecycle.ended({ code, signal: null, error: failure });
    });
  }

  get ready(): Promise<void> {
    return this.#lifecycle.ready;
  }

  get exited(): Promise<ExitReason> {
    return this.#lifecycle.exited;
  }

  introduce(peerId: string, port: MessagePort): void {
    const introduction: Introduction = { peerId, port };
    this.#service.postMessage(introduction, [port]);
  }

  async terminate(): Promise<void> {
    void this.#worker?.terminate();
    await this.#lifecycle.terminated();
  }

  ref(): void {
    this.#worker?.ref();
    this.comm.ref();
  }

  unref(): void {
    this.#worker?.unref();
    this.comm.unref();
  }
}

function start(boot: ThreadBoot, { entry, execArgv, resourceLimits }: ThreadOptions): Worker {
  const flags = execArgv ?? inheritedByThreads(process.execArgv);
  return new Worker(entry, {
    workerData: { [THREAD_BOOT]: boot },
    transferList: [boot.control, boot.service],
    name: boot.seed.id,
    ...(flags && { execArgv: [...flags] }),
    ...(resourceLimits && { resourceLimits }),
  });
}
