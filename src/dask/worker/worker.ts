import { asError, type CommError, DispatcherError } from "../../errors.ts";
import { messageOf } from "../../shown.ts";
import { BatchedStream } from "../comm/batched-stream.ts";
import { type Listener, listen } from "../comm/listener.ts";
import { RpcPool } from "../comm/rpc-pool.ts";
import { serve } from "../comm/server.ts";
import { readWorkerMessage, type WorkerMessage } from "../protocol/messages.ts";
import type { Profile } from "../protocol/profile.ts";
import { type WorkerReport, workerReport } from "../protocol/worker-reports.ts";
import { Engine } from "./engine.ts";
import { handOver } from "./hand-over.ts";
import { Heartbeat } from "./heartbeat.ts";
import { listeningHostFor } from "./listening-host.ts";
import { Log } from "./log.ts";
import { type KnownScheduler, knowScheduler, register, versionsOf } from "./registration.ts";
import { canWait } from "./report-of.ts";
import { settingsOf, type WorkerOptions, type WorkerSettings } from "./settings.ts";
import { sharedFrame } from "./shared-frame.ts";
import type { CloseReason, WorkerStatus } from "./status.ts";

export type { WorkerOptions } from "./settings.ts";
export type { CloseReason, WorkerStatus } from "./status.ts";

/** The scheduler is told that this worker is alive if there is nothing else to say, in milliseconds. */
const KEEP_ALIVE = 60_000;

/**
 * A worker of a dask cluster that runs the tasks of this library, on threads of its own.
 *
 * ```ts
 * await using worker = await Worker.start("tcp://127.0.0.1:8786", { threads: 2 });
 * ```
 *
 * It lives for as long as its connection to the scheduler, and does not come back: another one can take its place.
 */
export class Worker implements AsyncDisposable {
  /** Resolves when the worker has ended, and left nothing behind. Never rejects. */
  readonly closed: Promise<CloseReason>;
  readonly #settings: WorkerSettings;
  readonly #log: Log;
  readonly #pool: RpcPool;
  readonly #abort = new AbortController();
  #resolveClosed!: (reason: CloseReason) => void;
  #status: WorkerStatus = "starting";
  #name: string | undefined;
  #id = "";
  #starting: Promise<this> | undefined;
  #ending: Promise<void> | undefined;
  #leaving: Promise<void> | undefined;
  #listener: Listener | undefined;
  #engine: Engine | undefined;
  #stream: BatchedStream | undefined;
  #heartbeat: Heartbeat | undefined;
  #keepAlive: NodeJS.Timeout | undefined;
  #scheduler: KnownScheduler | undefined;

  /**
   * Does nothing yet; see `start`.
   * @param scheduler `tcp://host:port`
   * @throws TypeError, RangeError for an address or option that cannot be meant
   */
  constructor(scheduler: string, options: WorkerOptions = {}) {
    this.#settings = settingsOf(scheduler, options);
    this.#name = options.name;
    this.#log = new Log(
      `worker${options.name === undefined ? "" : ` ${options.name}`}`,
      this.#settings.quiet,
    );
    this.#pool = new RpcPool({ connectTimeout: Math.max(1, this.#settings.connectTimeout) });
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  /** A worker that has joined the scheduler; see `start` and the constructor. */
  static start(scheduler: string, options?: WorkerOptions): Promise<Worker> {
    return new Worker(scheduler, options).start();
  }

  /** Where other workers and the scheduler reach it. Empty before it listens. */
  get address(): string {
    return this.#listener?.address ?? "";
  }

  /** As the scheduler knows it; its address if it was given no name. */
  get name(): string {
    return this.#name ?? this.address;
  }

  get status(): WorkerStatus {
    return this.#status;
  }

  /**
   * Listens, and joins the scheduler. May be called again; resolves with the worker.
   * @throws SchedulerUnreachableError: it did not answer within `connectTimeout`
   * @throws DaskVersionError: it is too old
   * @throws WorkerStartError: it does not take the worker, as the name is taken for instance, or a thread cannot start
   * @throws CommError: the port is in use, or not to be had
   */
  start(): Promise<this> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /**
   * Ends the worker: what runs may finish, and the scheduler has others take over what only this one holds, both for at
   * most `closeTimeout`. Never rejects; may be called again.
   */
  async close(): Promise<void> {
    if (this.#status === "starting") {
      this.#abort.abort(new DispatcherError("the worker was closed while it started"));
      await this.#starting?.catch(() => {});
      await this.#end("closed", "closed before it had joined");
      return;
    }
    this.#leaving ??= this.#leave();
    await this.#leaving;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // ---------------------------------------------------------------- start

  async #start(): Promise<this> {
    const { scheduler, connectTimeout, port } = this.#settings;
    const { signal } = this.#abort;
    try {
      signal.throwIfAborted();
      this.#scheduler = await knowScheduler(this.#pool, scheduler, connectTimeout, signal);
      const host = this.#settings.host ?? (await listeningHostFor(scheduler));
      this.#listener = await listen(
        { host, port, allocate: sharedFrame, log: (line) => this.#log.warn(line) },
        (connection) => {
          const handlers = this.#engine?.handlers ?? new Map();
          void serve(connection, { handlers, log: (line) => this.#log.warn(line) });
        },
      );
      const engine = this.#newEngine(this.#scheduler.profile);
      this.#engine = engine;
      await engine.ready;
      const { threads, resources, memoryLimit } = this.#settings;
      const introduction = {
        ...{ address: this.address, name: this.name, threads, resources, memoryLimit },
        ...{ localDirectory: engine.localDirectory, metrics: engine.metrics() },
      };
      const bound = Math.max(connectTimeout, 1000);
      const joined = await register(scheduler, this.#scheduler, introduction, bound, signal);
      if (signal.aborted) joined.connection.abort();
      signal.throwIfAborted();
      this.#id = joined.id;
      this.#status = "running";
      this.#run(engine, joined.connection, joined.heartbeatInterval);
      this.#log.info(`joined ${scheduler} as ${this.address}, threads: ${threads}`);
      return this;
    } catch (error) {
      await this.#end("failed", messageOf(asError(error)));
      throw error;
    }
  }

  #newEngine(profile: Profile): Engine {
    return new Engine({
      ...{
        settings: this.#settings,
        name: this.name,
        address: this.address,
        pool: this.#pool,
        log: this.#log,
      },
      send: (report: WorkerReport) =>
        this.#stream?.[canWait(report) ? "sendLater" : "send"](workerReport(profile, report)),
      onPause: () => this.#status === "running" && this.#change("paused"),
      onResume: () => this.#status === "paused" && this.#change("running"),
      onTerminate: () => void this.#end("closed", "asked to end"),
      onFailure: (error) => {
        this.#log.warn(`this is a defect of the library: ${error.stack}`);
        void this.#end("failed", messageOf(error));
      },
      isPaused: () => this.#status === "paused",
      identity: () => ({
        ...{ type: "Worker", id: this.#id, status: this.#status, scheduler: this.#settings.scheduler },
        ...{ nthreads: this.#settings.threads, memory_limit: this.#settings.memoryLimit ?? null },
      }),
      versions: () => versionsOf(this.#scheduler?.packages),
    });
  }

  #run(engine: Engine, connection: ConstructorParameters<typeof BatchedStream>[0], interval: number): void {
    const { scheduler } = this.#settings;
    this.#stream = new BatchedStream(connection, {
      onMessages: (messages) => this.#hear(engine, messages),
      onClose: (reason) => this.#parted(reason),
      log: (line) => this.#log.warn(line),
    });
    this.#heartbeat = new Heartbeat({
      ...{ pool: this.#pool, scheduler, address: this.address, interval, log: this.#log },
      state: () => ({ metrics: engine.metrics(), executing: engine.executing() }),
      onHeard: () => engine.reported(),
      onMissing: () => this.#letGo("the scheduler does not know this worker any more"),
      onSilence: (reason) => void this.#end("scheduler-lost", `the scheduler is silent: ${reason}`),
    });
    engine.watchMemory();
    this.#keepAlive = setInterval(() => this.#stream?.send({ op: "keep-alive" }), KEEP_ALIVE);
  }

  // ---------------------------------------------------------------- while it runs

  #hear(engine: Engine, messages: readonly unknown[]): void {
    try {
      for (const message of messages) this.#obey(engine, readWorkerMessage(message));
    } catch (error) {
      // What was missed would be missed for ever.
      void this.#end("failed", `what the scheduler says cannot be understood: ${messageOf(asError(error))}`);
    }
  }

  #obey(engine: Engine, message: WorkerMessage): void {
    switch (message.op) {
      case "worker-status-change":
        if (message.status === "closing_gracefully" || message.status === "running") {
          // It may have been undone, as nobody can take over; who is leaving leaves all the same.
          if (this.#leaving === undefined) this.#change(message.status, message.stimulusId);
        }
        break;
      case "close":
        this.#letGo(`the scheduler said so (${message.reason})`);
        break;
      case "close-stream":
        this.#parted(undefined);
        break;
      case "unknown":
        this.#log.warn(`the scheduler said ${message.name}, which is not known here`);
        break;
      default:
        engine.host.hear(message);
    }
  }

  #change(status: WorkerStatus, stimulusId = `worker-status-change-${Date.now() / 1000}`): void {
    const before = this.#status;
    this.#status = status;
    this.#report({ op: "worker-status-change", status, stimulusId });
    if (before === "running" && status !== "running") this.#engine?.host.tell({ op: "pause" }, stimulusId);
    if (before !== "running" && status === "running") this.#engine?.host.tell({ op: "unpause" }, stimulusId);
  }

  #report(report: WorkerReport): void {
    if (this.#scheduler !== undefined) this.#stream?.send(workerReport(this.#scheduler.profile, report));
  }

  /** The stream has ended. */
  #parted(reason: CommError | undefined): void {
    if (this.#leaving !== undefined) return;
    const message = reason?.message ?? "the scheduler has ended the connection";
    // It removes whom it has retired without a word, if it was asked to leave the process alone.
    if (this.#status === "closing_gracefully") this.#letGo(message);
    else void this.#end("scheduler-lost", message);
  }

  // ---------------------------------------------------------------- the end

  async #leave(): Promise<void> {
    if (this.#ending === undefined && this.#engine !== undefined) {
      if (this.#status !== "closing_gracefully") this.#change("closing_gracefully");
      await handOver({
        ...{ pool: this.#pool, scheduler: this.#settings.scheduler, address: this.address, log: this.#log },
        idle: this.#engine.executions.idle(),
        timeout: this.#settings.closeTimeout,
        signal: this.#abort.signal,
      });
    }
    await this.#end("closed", "closed");
  }

  /** The scheduler has no use for the worker: if it was leaving anyway, because all that it had is elsewhere. */
  #letGo(message: string): void {
    const isRetired = this.#status === "closing_gracefully" || this.#leaving !== undefined;
    void this.#end(isRetired ? "retired" : "removed", message);
  }

  #end(reason: CloseReason["reason"], message: string): Promise<void> {
    this.#ending ??= this.#finish({ reason, message });
    return this.#ending;
  }

  async #finish(reason: CloseReason): Promise<void> {
    const hadJoined = this.#status !== "starting";
    if (hadJoined) this.#change("closing");
    this.#status = "closing";
    // Whatever waits for the scheduler waits no longer.
    this.#abort.abort(new DispatcherError(reason.message));
    this.#heartbeat?.close();
    clearInterval(this.#keepAlive);
    this.#engine?.stop();
    this.#stream?.send({ op: "close-stream" });
    const parts = [this.#stream, this.#listener, this.#pool, this.#engine];
    await Promise.allSettled(parts.map((part) => part?.close()));
    this.#status = "closed";
    const line = `ended: ${reason.message}`;
    if (reason.reason === "closed" || reason.reason === "retired") this.#log.info(line);
    else if (hadJoined) this.#log.warn(line);
    this.#resolveClosed(reason);
  }
}
