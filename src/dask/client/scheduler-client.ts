import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { asError, ExecutorError, RemoteError } from "../../errors.ts";
import { messageOf } from "../../shown.ts";
import { normalAddress } from "../comm/address.ts";
import type { Bounds } from "../comm/within.ts";
import type { ReadFailure } from "../protocol/exceptions.ts";
import { type KeyId, keyId, keyOf, keyText } from "../protocol/key.ts";
import type { Serialized } from "../protocol/message.ts";
import type { ClientMessage } from "../protocol/messages.ts";
import type { Profile } from "../protocol/profile.ts";
import { type TaskGraph, updateGraph } from "../protocol/task-graph.ts";
import { ClientState } from "./client-state.ts";
import { Gatherer } from "./gatherer.ts";
import type { KeyListener, KeyState } from "./key-listener.ts";
import { SchedulerLink } from "./scheduler-link.ts";
import { AS_LONG_AS_ALIVE, SchedulerRequests } from "./scheduler-requests.ts";
import { type TopicListener, Topics } from "./topics.ts";
import { type ErrorOf, Waits } from "./waits.ts";
import { WorkerWatch } from "./worker-watch.ts";

/** The scheduler is asked whether it is there at most each so many milliseconds. */
const SHORTEST = 100;
/** A result that nobody could give is asked for again after so many milliseconds. */
const AGAIN = 150;

/** `starting` only during the construction. */
export type ClientStatus = "starting" | "connecting" | "running" | "closing" | "closed";

export interface SchedulerClientOptions {
  /** Bound on connecting, and on the answer to each request, in milliseconds. Default: 30,000. */
  readonly timeout?: number;
  /** How long the scheduler may be silent until it is given up, in milliseconds. Default: 60,000. */
  readonly silence?: number;
  /**
   * How long results are waited for while there is no worker at all, or none that may run their tasks, in milliseconds.
   * Default: 60,000; `Infinity`: for ever.
   */
  readonly noWorkerTimeout?: number;
  /** Makes the error that `gather` and `wait` reject with from a failure. Default: a `RemoteError`. */
  readonly errorOf?: ErrorOf;
  /** Takes lines about what is odd, but hurts nobody. Default: they are dropped. */
  readonly log?: (line: string) => void;
}

/** How long to wait. */
export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * A client of a dask scheduler that speaks of keys: graphs go in, notices come out, values stay
 * `Serialized`. `Client` and `DaskExecutor` put nodes on top of it.
 *
 * It connects in the background; what is said to the scheduler before waits in order. When the
 * scheduler cannot be reached in time, dies, or stops answering, everything that waits rejects, all
 * listeners hear `closed`, and later calls reject at once: it does not connect again.
 */
export class SchedulerClient extends SchedulerRequests implements AsyncDisposable {
  readonly address: string;
  readonly id: string = `Client-dispatch-graph-${randomUUID()}`;
  /**
   * Resolves when the scheduler has accepted this client. Rejects with a `SchedulerUnreachableError`, or a
   * `DaskVersionError`. Need not be awaited.
   */
  readonly ready: Promise<void>;
  /** Resolves when the client has ended: `undefined` after `close()`, else why. */
  readonly closed: Promise<Error | undefined>;
  protected readonly noWorkerTimeout: number;
  readonly #link: SchedulerLink;
  readonly #gatherer: Gatherer;
  readonly #state: ClientState;
  readonly #waits: Waits;
  readonly #topics: Topics;
  readonly #timeout: number;
  readonly #log: (line: string) => void;
  /** For each `retry` under way the keys of which a notice has come. */
  readonly #retrying = new Set<Set<KeyId>>();
  #status: ClientStatus = "starting";
  #onClosed: (reason: Error | undefined) => void = () => {};

  /** @throws {TypeError} if the address is none */
  constructor(address: string, options: SchedulerClientOptions = {}) {
    super();
    const { timeout = 30_000, silence = 60_000, noWorkerTimeout = 60_000, log = () => {} } = options;
    this.address = normalAddress(address);
    this.noWorkerTimeout = noWorkerTimeout;
    this.#timeout = timeout;
    this.#log = log;
    this.#waits = new Waits((key) => this.#state.state(key), options.errorOf ?? remoteError);
    this.#state = new ClientState((key, state) => this.#waits.changed(key, state));
    const watch = new WorkerWatch(this, this.#state, this.#waits, noWorkerTimeout);
    this.#topics = new Topics((op, topic) => this.#link.report({ op, topic }));
    this.#gatherer = new Gatherer(this, timeout, log);
    this.closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
    this.#link = new SchedulerLink(
      this.address,
      this.id,
      { timeout, silence, interval: Math.max(SHORTEST, Math.min(silence, noWorkerTimeout) / 4), log },
      {
        onReady: () => {
          this.#status = "running";
        },
        onMessage: (message) => this.#take(message),
        onAlive: (workers) => {
          watch.check(workers).catch((error) => log(messageOf(asError(error))));
        },
        onEnd: (reason) => this.#end(reason),
      },
    );
    this.ready = this.#link.ready;
    this.#status = "connecting";
  }

  get status(): ClientStatus {
    return this.#status;
  }

  get profile(): Profile {
    return this.#link.profile;
  }

  /**
   * Hands over a graph, and wants its outputs in the name of `listener`: once more for each time they are named.
   * The tasks are read when the scheduler can be told of them.
   */
  updateGraph(graph: TaskGraph, listener: KeyListener): void {
    this.#assertOpen();
    this.#state.desire(graph.outputs, listener);
    this.#link.send((profile) => updateGraph(profile, graph));
  }

  /**
   * Wants keys that the scheduler has already, also those that this client has not submitted; unknown
   * ones are `cancelled`. Counted, per listener.
   */
  desire(keys: Iterable<KeyId>, listener: KeyListener): void {
    this.#assertOpen();
    const fresh = this.#state.desire(keys, listener);
    if (fresh.length === 0) return;
    this.#link.report({ op: "client-desires-keys", keys: fresh, client: this.id });
    // Nothing would be said of those that are not known.
    for (const key of fresh) this.#link.report({ op: "report-key", key });
  }

  /**
   * Gives back as many wants of `listener` as there are keys. What nobody wants is forgotten by the scheduler,
   * and is not run if it has not begun.
   */
  release(keys: Iterable<KeyId>, listener: KeyListener): void {
    this.#tellReleased(this.#state.release(keys, listener));
  }

  /** What is known of a key that somebody here wants. */
  state(key: KeyId): KeyState | undefined {
    return this.#state.state(key);
  }

  /**
   * Resolves when all are finished, in memory of some worker; rejects with the first failure or
   * cancellation. The keys must be wanted by somebody here.
   */
  async wait(keys: Iterable<KeyId>, { signal }: WaitOptions = {}): Promise<void> {
    this.#assertOpen();
    await this.#waits.wait(keys, signal);
  }

  /**
   * The results, from the workers themselves, through the scheduler when they cannot be reached. Waits
   * for them as `wait` does. Release after it has returned.
   */
  async gather(keys: Iterable<KeyId>, { signal }: WaitOptions = {}): Promise<Map<KeyId, Serialized>> {
    const wanted = [...new Set(keys)];
    const found = new Map<KeyId, Serialized>();
    let missing: readonly KeyId[] = wanted;
    for (;;) {
      await this.wait(missing, { signal });
      for (const [key, value] of await this.#gatherer.fetch(missing, signal)) found.set(key, value);
      missing = missing.filter((key) => !found.has(key));
      if (missing.length === 0) return new Map(wanted.map((key) => [key, found.get(key)!]));
      // Lost a moment ago: the scheduler may not know it yet, and says what it knows.
      for (const key of missing) this.#reportAgain(key);
      await sleep(AGAIN);
    }
  }

  /** Puts values at workers, and wants their keys in the name of `listener`. A lost value is not computed again but cancelled. */
  async scatter(
    data: ReadonlyMap<KeyId, Serialized>,
    listener: KeyListener,
    {
      workers,
      broadcast = false,
    }: { readonly workers?: readonly string[]; readonly broadcast?: boolean } = {},
  ): Promise<void> {
    this.#assertOpen();
    const keys = [...data.keys()];
    this.#state.desire(keys, listener);
    const args = {
      data: new Map([...data].map(([key, value]) => [keyOf(key), value])),
      ...{ workers: workers ?? null, client: this.id, broadcast, timeout: this.#timeout / 1000 },
    };
    try {
      await this.call("scatter", args, AS_LONG_AS_ALIVE);
    } catch (error) {
      this.release(keys, listener);
      throw error;
    }
    for (const key of keys) this.#state.inMemory(key);
  }

  /** Takes the keys from all their listeners here, who hear `cancelled`. Other clients keep what they want. */
  cancel(keys: Iterable<KeyId>, reason: string = "this client has cancelled it"): void {
    this.#assertOpen();
    const known = [...keys].filter((key) => this.#state.state(key) !== undefined);
    this.#state.cancelled(known, reason);
    this.#tellReleased(known);
  }

  /** Runs failed tasks again, and those that they failed through. Resolves with the keys of all of them. */
  async retry(keys: Iterable<KeyId>): Promise<KeyId[]> {
    const erred = [...keys].filter((key) => this.#state.state(key)?.name === "erred");
    const heard = new Set<KeyId>();
    this.#retrying.add(heard);
    try {
      const reply = await this.call("retry", { keys: erred.map(keyOf), client: this.id });
      const retried = Array.isArray(reply) ? reply.map(keyId) : [];
      // The notice may come later than the reply, but it may also have come, and another failure after it.
      for (const key of retried) if (!heard.has(key)) this.#state.retried(key);
      return retried;
    } finally {
      this.#retrying.delete(heard);
    }
  }

  /** Hears the events of a topic, e.g. `all`. Returns a function that ends it. */
  subscribe(topic: string, listener: TopicListener): () => void {
    this.#assertOpen();
    return this.#topics.subscribe(topic, listener);
  }

  async call(
    op: string,
    args: Readonly<Record<string, unknown>> = {},
    bounds: Bounds = {},
  ): Promise<unknown> {
    this.#assertOpen();
    return this.#link.call(op, args, bounds);
  }

  /** Keeps the process alive while the client is open, as at first. */
  ref(): void {
    this.#link.ref();
    this.#gatherer.ref();
  }

  /** Lets the process end although the client is open. */
  unref(): void {
    this.#link.unref();
    this.#gatherer.unref();
  }

  /** Releases everything that is wanted and says goodbye. Never rejects; bounded. */
  async close(): Promise<void> {
    if (this.#status === "closed") return;
    this.#status = "closing";
    await Promise.all([this.#link.close(new ExecutorError("the client is closed")), this.#gatherer.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #take(message: ClientMessage): void {
    if (message.op === "key-in-memory") this.#state.inMemory(message.key);
    else if (message.op === "task-erred") this.#state.erred(message.key, message);
    else if (message.op === "lost-data") this.#reportAgain(message.key);
    else if (message.op === "cancelled-keys") this.#state.cancelled(message.keys, reasonOf(message));
    else if (message.op === "task-retried") {
      for (const heard of this.#retrying) heard.add(message.key);
      this.#state.retried(message.key);
    } else if (message.op === "restart") this.#state.restarted();
    else if (message.op === "event") this.#topics.take(message.topic, message.event, message.time);
    else if (message.op === "error") this.#log(`the scheduler says: ${message.message}`);
  }

  /** The result is gone: either it is computed again, or the scheduler says that it does not know the key any more. */
  #reportAgain(key: KeyId): void {
    this.#state.lost(key);
    this.#link.report({ op: "report-key", key });
  }

  #tellReleased(keys: readonly KeyId[]): void {
    if (keys.length > 0) this.#link.report({ op: "client-releases-keys", keys, client: this.id });
  }

  #end(reason: Error): void {
    const closing = this.#status === "closing";
    this.#status = "closed";
    void this.#gatherer.close();
    this.#waits.fail(reason);
    this.#state.closed(reason);
    this.#onClosed(closing ? undefined : reason);
  }

  #assertOpen(): void {
    if (this.#link.reason !== undefined) throw this.#link.reason;
    if (this.#status === "closing") throw new ExecutorError("the client is closed");
  }
}

function remoteError({ className, message, traceback }: ReadFailure, key: KeyId): Error {
  return new RemoteError(`${keyText(key)} failed: ${className}: ${message}`, className, traceback);
}

/** Why the scheduler has cancelled a key; it does not always say. */
function reasonOf({ reason, message }: { readonly reason: string; readonly message: string }): string {
  if (reason === "lost dependencies") return "something that it needs has been lost, or was never there";
  if (reason === "already forgotten") return "its data were lost, and cannot be computed again";
  const said = [reason, message].filter((text) => text !== "").join(", ");
  return (
    said ||
    "the scheduler does not know it, or not any more: its data were lost, or another client cancelled it"
  );
}
