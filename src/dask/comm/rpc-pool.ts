import { RemoteError, TimeoutError } from "../../errors.ts";
import { readFailure } from "../protocol/exceptions.ts";
import { normalAddress } from "./address.ts";
import { CONNECT_TIMEOUT, connect } from "./connect.ts";
import type { Connection } from "./connection.ts";
import { type Bounds, within } from "./within.ts";

/** An unused connection is closed after so many milliseconds. */
const IDLE = 30_000;

export interface RpcPoolOptions {
  /** Most connections at once, over all addresses; further requests wait for one. Default: 512. */
  readonly limit?: number;
  /** Bound on connecting, in milliseconds. Default: 30,000. */
  readonly connectTimeout?: number;
  /** Memory for large frames, see `FrameLimits`. */
  readonly allocate?: (bytes: number) => Uint8Array;
}

export interface RpcBounds extends Bounds {
  /** Longest time in which nothing comes, in milliseconds: for replies that may be large. Default: none. */
  readonly stall?: number | undefined;
}

/**
 * Requests to schedulers and workers. A reply does not say what it answers, so a connection carries one
 * request at a time; there are as many connections as there are requests at once, up to a limit.
 */
export class RpcPool implements AsyncDisposable {
  readonly #limit: number;
  readonly #options: RpcPoolOptions;
  /** All connections that are open. */
  readonly #open = new Set<Connection>();
  /** How many are being opened: they count for the limit. */
  #opening = 0;
  /** Those that nobody uses, by address, and the time until they are closed; the one used the longest ago is first. */
  readonly #idle = new Map<string, Connection[]>();
  readonly #timers = new Map<Connection, NodeJS.Timeout>();
  /** Requests that wait for a place, the first first. */
  readonly #queue: (() => void)[] = [];
  /** Requests that are under way. */
  readonly #calls = new Set<AbortController>();
  #closed = false;
  #referenced = true;

  constructor(options: RpcPoolOptions = {}) {
    this.#options = options;
    this.#limit = options.limit ?? 512;
  }

  /** Connections that are open or being opened. */
  get size(): number {
    return this.#open.size + this.#opening;
  }

  /**
   * Asks `op` of the server at the address; resolves with its reply, in which maps are `Map`s.
   * @throws {RemoteError} what failed at the other side
   * @throws {CommError} the connection cannot be made, or ended before the reply
   * @throws {TimeoutError}
   */
  call(
    address: string,
    op: string,
    args: Readonly<Record<string, unknown>> = {},
    bounds: RpcBounds = {},
  ): Promise<unknown> {
    const what = `${op} at ${address}`;
    return this.use(
      address,
      what,
      async (connection) => {
        await connection.write({ op, ...args, reply: true });
        return replyOf(await connection.read(), what);
      },
      bounds,
    );
  }

  /**
   * Lends a connection for one exchange of messages. If the exchange fails, or takes too long, the connection
   * is thrown away: nobody knows what would come on it next.
   * @param what What is waited for, in the message of a `TimeoutError`.
   */
  async use<T>(
    address: string,
    what: string,
    exchange: (connection: Connection) => Promise<T>,
    { timeout, signal, stall }: RpcBounds = {},
  ): Promise<T> {
    const place = normalAddress(address);
    const call = new AbortController();
    let lent: Connection | undefined;
    const giveUp = (error: Error): void => {
      call.abort(error);
      lent?.abort();
    };
    const work = async (): Promise<T> => {
      try {
        lent = await this.#take(place, call.signal);
        if (call.signal.aborted) {
          this.#giveBack(lent);
          throw call.signal.reason;
        }
        const exchanged = exchange(lent);
        const result = await (stall === undefined ? exchanged : whileMoving(exchanged, lent, stall, what));
        this.#giveBack(lent);
        return result;
      } catch (error) {
        // What failed over there has been answered in order.
        if (lent !== undefined && error instanceof RemoteError) this.#giveBack(lent);
        else if (!call.signal.aborted) lent?.abort();
        throw error;
      } finally {
        this.#calls.delete(call);
      }
    };
    this.#calls.add(call);
    return within(work(), { timeout, signal }, (limit) => new TimeoutError(what, limit), giveUp);
  }

  /** Ends all connections to an address, as nobody is there any more: requests that wait for an answer reject. */
  drop(address: string): void {
    const place = normalAddress(address);
    for (const connection of this.#open) if (connection.peer === place) connection.abort();
  }

  /** Lets the process end although connections are open. */
  unref(): void {
    this.#referenced = false;
    for (const connection of this.#open) connection.unref();
  }

  /** Keeps the process alive while connections are open, as at first. */
  ref(): void {
    this.#referenced = true;
    for (const connection of this.#open) connection.ref();
  }

  /** Ends all connections; requests that are under way reject. */
  async close(): Promise<void> {
    this.#closed = true;
    const idle = [...this.#timers.keys()];
    for (const call of this.#calls) call.abort(closedError());
    for (const connection of this.#open) if (!this.#timers.has(connection)) connection.abort();
    await Promise.all(idle.map((connection) => this.#retire(connection)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #take(address: string, signal: AbortSignal): Promise<Connection> {
    for (let first = true; ; first = false) {
      if (this.#closed) throw closedError();
      const idle = this.#idle.get(address)?.at(-1);
      if (idle !== undefined) {
        this.#leaveIdle(idle);
        return idle;
      }
      if (this.size < this.#limit || this.#makeRoom()) return this.#connect(address, signal);
      await this.#turn(signal, first);
    }
  }

  /** Waits until there may be a place. Who has waited before, and was not quick enough, does not begin again at the end. */
  #turn(signal: AbortSignal, first: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = (): void => {
        this.#queue.splice(this.#queue.indexOf(wake), 1);
        reject(signal.reason);
      };
      if (first) this.#queue.push(wake);
      else this.#queue.unshift(wake);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  #wake(): void {
    this.#queue.shift()?.();
  }

  async #connect(address: string, signal: AbortSignal): Promise<Connection> {
    this.#opening += 1;
    try {
      const { connectTimeout = CONNECT_TIMEOUT, allocate } = this.#options;
      const limits = allocate === undefined ? {} : { allocate };
      const connection = await connect(address, { ...limits, timeout: connectTimeout, signal });
      if (!this.#referenced) connection.unref();
      this.#open.add(connection);
      connection.closed.then(() => {
        this.#leaveIdle(connection);
        this.#open.delete(connection);
        this.#wake();
      });
      return connection;
    } catch (error) {
      this.#wake();
      throw error;
    } finally {
      this.#opening -= 1;
    }
  }

  #giveBack(connection: Connection): void {
    if (this.#closed) connection.abort();
    if (!connection.open) return;
    const others = this.#idle.get(connection.peer);
    if (others === undefined) this.#idle.set(connection.peer, [connection]);
    else others.push(connection);
    this.#timers.set(connection, setTimeout(() => void this.#retire(connection), IDLE).unref());
    this.#wake();
  }

  #leaveIdle(connection: Connection): void {
    clearTimeout(this.#timers.get(connection));
    if (!this.#timers.delete(connection)) return;
    const idle = this.#idle.get(connection.peer)!;
    idle.splice(idle.indexOf(connection), 1);
    if (idle.length === 0) this.#idle.delete(connection.peer);
  }

  /** Closes the connection that has not been used for longest; false if all are in use. */
  #makeRoom(): boolean {
    const [oldest] = this.#timers.keys();
    if (oldest === undefined) return false;
    void this.#retire(oldest);
    return true;
  }

  async #retire(connection: Connection): Promise<void> {
    this.#leaveIdle(connection);
    this.#open.delete(connection);
    await connection.close();
  }
}

function closedError(): Error {
  return new Error("the pool of connections is closed");
}

/** What the exchange comes to, unless nothing has come on the connection for too long. */
function whileMoving<T>(
  exchanged: Promise<T>,
  connection: Connection,
  stall: number,
  what: string,
): Promise<T> {
  return new Promise((resolve, reject) => {
    let before = connection.bytesRead;
    const timer = setInterval(() => {
      if (connection.bytesRead === before) reject(new TimeoutError(what, stall));
      before = connection.bytesRead;
    }, stall).unref();
    exchanged.then(resolve, reject).finally(() => clearInterval(timer));
  });
}

/** The reply, unless it says that something failed over there: then that is thrown. */
export function replyOf(reply: unknown, what: string): unknown {
  if (!(reply instanceof Map) || reply.get("status") !== "uncaught-error") return reply;
  const { className, message, traceback } = readFailure(reply.get("exception"), reply.get("traceback"));
  throw new RemoteError(`${what} failed: ${message}`, className, traceback);
}
