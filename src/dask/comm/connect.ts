import { connect as connectSocket, type Socket } from "node:net";
import { CommError } from "../../errors.ts";
import type { FrameLimits } from "../protocol/framing.ts";
import { formatAddress, parseAddress } from "./address.ts";
import { Connection } from "./connection.ts";
import { within } from "./within.ts";

/** Time to connect in, in milliseconds, if nothing else is said. */
export const CONNECT_TIMEOUT = 30_000;
/** Idle connections are asked for a sign of life after so many milliseconds. */
export const KEEP_ALIVE = 30_000;

/**
 * What a socket is read into. All connections of a thread share it, as what has come is looked at before
 * anything else is read; Windows reads ahead, so there each has its own.
 */
const READ_AHEAD = process.platform === "win32" ? undefined : new Uint8Array(512 * 1024);

export interface ConnectOptions extends FrameLimits {
  /** Bound on all of it, the handshake included, in milliseconds. Default: 30,000. */
  readonly timeout?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Connects to a scheduler or worker.
 * @param address `tcp://host:port`
 * @throws {CommError} that says what was waited for, when nobody answers as dask does in time
 * @throws {TypeError} if it is no address
 */
export async function connect(address: string, options: ConnectOptions = {}): Promise<Connection> {
  const { timeout = CONNECT_TIMEOUT, signal } = options;
  const { host, port } = parseAddress(address);
  const peer = formatAddress(host, port);
  signal?.throwIfAborted();
  let connected = false;
  const opening: { connection?: Connection; socket?: Socket } = {};
  const ahead = READ_AHEAD ?? new Uint8Array(64 * 1024);
  /** What is being read into, if it is not `ahead`. */
  let place: Uint8Array | undefined;
  const attempt = new Promise<void>((resolve, reject) => {
    const socket = connectSocket({
      ...{ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE },
      onread: {
        buffer: () => {
          place = opening.connection?.room();
          return place ?? ahead;
        },
        callback: (bytes) => {
          if (place !== undefined) opening.connection?.taken(bytes);
          else opening.connection?.take(ahead.subarray(0, bytes));
          return true;
        },
      },
    });
    opening.socket = socket;
    opening.connection = new Connection(socket, peer, options);
    socket.once("connect", () => {
      connected = true;
      resolve();
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      reject(new CommError(peer, `cannot connect to ${peer}: ${reasonOf(error)}`, error));
    });
  });
  const late = (milliseconds: number): Error => {
    const missing = connected ? "the handshake was not answered" : "there was no connection";
    return new CommError(peer, `cannot connect to ${peer}: ${missing} within ${milliseconds} ms`);
  };
  const handshake = attempt.then(() => opening.connection!.shakeHands());
  await within(handshake, { timeout, signal }, late, () => opening.socket!.destroy());
  return opening.connection!;
}

function reasonOf(error: NodeJS.ErrnoException): string {
  if (error.code === "ECONNREFUSED") return "nobody listens there (ECONNREFUSED)";
  if (error.code === "ENOTFOUND" || error.code === "EAI_AGAIN")
    return `the host is not known (${error.code})`;
  return error.code ?? error.message;
}
