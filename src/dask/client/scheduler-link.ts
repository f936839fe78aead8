import { setTimeout as sleep } from "node:timers/promises";
import {
  asError,
  CommError,
  DaskVersionError,
  SchedulerLostError,
  SchedulerUnreachableError,
} from "../../errors.ts";
import { messageOf } from "../../shown.ts";
import { BatchedStream } from "../comm/batched-stream.ts";
import { connect } from "../comm/connect.ts";
import { RpcPool } from "../comm/rpc-pool.ts";
import { type Bounds, within } from "../comm/within.ts";
import { type ClientReport, clientReport } from "../protocol/client-requests.ts";
import { type ClientMessage, fieldsOf, readClientMessage } from "../protocol/messages.ts";
import { type Profile, profileOf } from "../protocol/profile.ts";
import { Liveness } from "./liveness.ts";

/** A scheduler that does not listen yet is tried again after so many milliseconds. */
const AGAIN = 200;
/** Between heartbeats until the scheduler says otherwise, and at most between questions whether it is alive. */
const BEAT = 5000;
/** So many milliseconds later all connections have heard that the other side has died. */
const SETTLE = 50;

export interface LinkOptions {
  /** Bound on connecting, and on the answers to requests, in milliseconds. */
  readonly timeout: number;
  /** How long the scheduler may be silent until it is given up, in milliseconds. */
  readonly silence: number;
  /** Between questions whether it is alive: at most so many milliseconds. */
  readonly interval: number;
  readonly log: (line: string) => void;
}

export interface LinkEvents {
  onReady(): void;
  onMessage(message: ClientMessage): void;
  /** The scheduler is alive, and has so many workers: comes every few seconds. */
  onAlive(workers: number): void;
  /** Called once; what waits has been told already. */
  onEnd(reason: Error): void;
}

/**
 * The connections of a client to its scheduler: one for notices both ways, others for requests. It is
 * made once and never again: a scheduler forgets a client that is gone, and all that it wanted.
 */
export class SchedulerLink {
  readonly ready: Promise<void>;
  readonly #address: string;
  readonly #id: string;
  readonly #options: LinkOptions;
  readonly #events: LinkEvents;
  readonly #pool = new RpcPool();
  readonly #end = new AbortController();
  #profile: Profile | undefined;
  #stream: BatchedStream | undefined;
  /** What is to be said as soon as it can be said, in order. */
  #early: ((profile: Profile) => unknown)[] = [];
  /** Why the link is being closed from here. */
  #leaving: Error | undefined;
  #referenced = true;
  #heartbeat: NodeJS.Timeout | undefined;
  #liveness: Liveness | undefined;

  constructor(address: string, id: string, options: LinkOptions, events: LinkEvents) {
    this.#address = address;
    this.#id = id;
    this.#options = options;
    this.#events = events;
    this.ready = this.#open();
    // Those who wait for something hear of it there.
    this.ready.catch(() => {});
  }

  /** Why the link has ended, once it has. */
  get reason(): Error | undefined {
    return this.#end.signal.reason;
  }

  get profile(): Profile {
    if (this.#profile === undefined) throw new Error("the release of the scheduler is not known yet");
    return this.#profile;
  }

  /** Never throws: after the end nothing is said. */
  send(make: (profile: Profile) => unknown): void {
    if (this.reason !== undefined) return;
    if (this.#stream === undefined || this.#profile === undefined) {
      this.#early.push(make);
      return;
    }
    try {
      this.#stream.send(make(this.#profile));
    } catch (error) {
      // Whoever waits for what it would have led to must not wait for ever.
      this.#stop(asError(error));
    }
  }

  report(report: ClientReport): void {
    this.send((profile) => clientReport(profile, report));
  }

  /** A request, bounded by `timeout`; by the scheduler's being alive if that is `Infinity`. */
  async call(
    op: string,
    args: Readonly<Record<string, unknown>> = {},
    bounds: Bounds = {},
  ): Promise<unknown> {
    const { timeout = this.#options.timeout, signal } = bounds;
    if (this.reason !== undefined) throw this.reason;
    if (this.#stream === undefined) await within(this.ready, { signal }, () => new Error());
    try {
      return await this.#pool.call(this.#address, op, args, { timeout, signal });
    } catch (error) {
      // When the scheduler dies, this connection may hear it first; the end of the link is the better reason.
      if (error instanceof CommError && this.reason === undefined) await sleep(SETTLE);
      throw this.reason ?? error;
    }
  }

  ref(): void {
    this.#referenced = true;
    this.#pool.ref();
    this.#stream?.ref();
  }

  unref(): void {
    this.#referenced = false;
    this.#pool.unref();
    this.#stream?.unref();
  }

  /** Says goodbye with what is left to say. Bounded. */
  async close(reason: Error): Promise<void> {
    if (this.reason !== undefined) return;
    this.#leaving = reason;
    this.report({ op: "close-stream" });
    // Not until then: the end of the link ends the stream at once.
    await this.#stream?.close();
    this.#stop(reason);
    await this.#pool.close();
  }

  async #open(): Promise<void> {
    const { timeout } = this.#options;
    let problem: Error | undefined;
    const late = (limit: number): Error => this.#unreachable(`it was tried for ${limit} ms`, problem);
    const attempts = this.#register((error) => {
      problem = error;
    });
    try {
      await within(attempts, { timeout, signal: this.#end.signal }, late);
    } catch (error) {
      const known = error instanceof DaskVersionError || error instanceof SchedulerUnreachableError;
      const reason = this.reason ?? (known ? error : this.#unreachable("", asError(error)));
      this.#stop(reason);
      throw reason;
    }
    this.#beat(BEAT);
    this.#events.onReady();
    const { silence, interval } = this.#options;
    const onSilent = (): void => this.#stop(this.#lost(`it has not answered for ${silence} ms`));
    this.#liveness = new Liveness(() => this.#ask(), Math.min(BEAT, interval), silence, onSilent);
  }

  #unreachable(text: string, problem: Error | undefined): SchedulerUnreachableError {
    const parts = [text, problem === undefined ? "it has not answered" : messageOf(problem)];
    const said = parts.filter((part) => part !== "").join("; ");
    return new SchedulerUnreachableError(
      `no dask scheduler can be reached at ${this.#address}: ${said}`,
      problem === undefined ? {} : { cause: problem },
    );
  }

  /** Goes on while nobody listens: scheduler and client may have been started together. */
  async #register(onProblem: (error: Error) => void): Promise<void> {
    for (;;) {
      try {
        const signal = this.#end.signal;
        const versions = fieldsOf(
          "the reply to versions",
          await this.#pool.call(this.#address, "versions", {}, { signal }),
        );
        const packages = versions.map("packages");
        this.#profile = profileOf(String(packages.get("distributed")));
        await this.#start(packages, signal);
        return;
      } catch (error) {
        if (!(error instanceof CommError) || !isRefusal(error.cause) || this.reason !== undefined)
          throw error;
        onProblem(error);
        await sleep(AGAIN);
        if (this.reason !== undefined) throw this.reason;
      }
    }
  }

  /** Python's clients compare versions of packages and warn: those of the scheduler cannot be wrong. */
  async #start(packages: ReadonlyMap<unknown, unknown>, signal: AbortSignal): Promise<void> {
    const connection = await connect(this.#address, { timeout: this.#options.timeout, signal });
    if (!this.#referenced) connection.unref();
    const versions = { host: { node: process.version }, packages };
    await connection.write({ op: "register-client", client: this.#id, reply: false, versions });
    await new Promise<void>((resolve, reject) => {
      const stream = new BatchedStream(connection, {
        onMessages: (messages) => {
          for (const message of messages) this.#take(message, started);
        },
        onClose: (reason) => {
          const error = this.#leaving ?? this.#lost(reason?.message ?? "it has closed the connection");
          reject(error);
          this.#stop(error);
        },
      });
      const started = (): void => {
        this.#stream = stream;
        for (const make of this.#early) this.send(make);
        this.#early = [];
        resolve();
      };
      signal.addEventListener("abort", () => stream.abort(), { once: true });
    });
  }

  /** One message that cannot be read is no reason to miss the others. */
  #take(received: unknown, onStart: () => void): void {
    let message: ClientMessage;
    try {
      message = readClientMessage(received);
    } catch (error) {
      this.#options.log(`a message of the scheduler cannot be read: ${messageOf(asError(error))}`);
      return;
    }
    const { op } = message;
    if (op === "stream-start") onStart();
    else if (op === "adjust-heartbeat-interval") this.#beat(message.interval * 1000);
    else if (op === "close" || op === "close-stream" || op === "stream-closed") {
      this.#stop(this.#lost("it has closed the connection"));
    } else if (op === "unknown") {
      this.#options.log(`the scheduler says ${message.name}, which is not known here`);
    } else this.#events.onMessage(message);
  }

  #beat(interval: number): void {
    clearInterval(this.#heartbeat);
    if (this.reason !== undefined) return;
    this.#heartbeat = setInterval(() => this.report({ op: "heartbeat-client" }), interval).unref();
  }

  /** Resolves when the scheduler has answered. */
  async #ask(): Promise<void> {
    const workers = await this.#pool.call(this.#address, "ncores");
    if (workers instanceof Map && this.reason === undefined) this.#events.onAlive(workers.size);
  }

  #lost(problem: string): SchedulerLostError {
    return new SchedulerLostError(`the scheduler at ${this.#address} is gone: ${problem}`);
  }

  #stop(reason: Error): void {
    if (this.reason !== undefined) return;
    clearInterval(this.#heartbeat);
    this.#liveness?.stop();
    this.#early = [];
    // Ends the stream and all requests.
    this.#end.abort(reason);
    void this.#pool.close();
    this.#events.onEnd(reason);
  }
}

function isRefusal(cause: unknown): boolean {
  const { code } = (cause ?? {}) as { code?: unknown };
  return code === "ECONNREFUSED" || code === "ECONNRESET" || code === "EHOSTUNREACH";
}
