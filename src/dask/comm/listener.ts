import { createServer, type Server, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { asError, CommError } from "../../errors.ts";
import { messageOf } from "../../shown.ts";
import type { FrameLimits } from "../protocol/framing.ts";
import { formatAddress } from "./address.ts";
import { KEEP_ALIVE } from "./connect.ts";
import { Connection } from "./connection.ts";
import { within } from "./within.ts";

/** Most connections that have not shaken hands yet. */
const MOST_OPENING = 256;
/** Most connections at all. */
const MOST = 4096;
/** Time to shake hands in, in milliseconds. */
const HANDSHAKE = 10_000;

export interface ListenOptions extends FrameLimits {
  /** Where connections are taken. Default: 127.0.0.1, so from this machine alone. */
  readonly host?: string;
  /** Default: 0, a free one. */
  readonly port?: number;
  /** Time to shake hands in, in milliseconds. Default: 10,000. */
  readonly handshakeTimeout?: number;
  /** Most connections at once; further ones are closed. Default: 4,096. */
  readonly maxConnections?: number;
  /** Takes a line for each connection that is turned away. */
  readonly log?: (line: string) => void;
}

/** Takes connections; see `listen`. */
export class Listener implements AsyncDisposable {
  /** Where others reach it: `tcp://host:port`. Of a listener on all interfaces it has the first of their addresses. */
  readonly address: string;
  readonly #server: Server;
  readonly #sockets: ReadonlySet<Socket>;
  readonly #connections: ReadonlySet<Connection>;

  /** @internal */
  constructor(server: Server, sockets: ReadonlySet<Socket>, connections: ReadonlySet<Connection>) {
    const address = server.address();
    if (address === null || typeof address === "string")
      throw new Error("the server does not listen on a port");
    this.address = formatAddress(reachable(address.address), address.port);
    this.#server = server;
    this.#sockets = sockets;
    this.#connections = connections;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Takes no more connections, and closes those there are. Bounded. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const left = Promise.all([...this.#connections].map((connection) => connection.close()));
    await left;
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Listens for connections; each is handed over when it has shaken hands.
 * @throws {CommError} if the port is in use, or not to be had
 */
export function listen(
  options: ListenOptions,
  onConnection: (connection: Connection) => void,
): Promise<Listener> {
  const { host = "127.0.0.1", port = 0, handshakeTimeout = HANDSHAKE, maxConnections = MOST } = options;
  const { log = () => {} } = options;
  const sockets = new Set<Socket>();
  const connections = new Set<Connection>();

  const take = async (socket: Socket): Promise<void> => {
    const peer = formatAddress(socket.remoteAddress ?? "unknown", socket.remotePort ?? 0);
    const opening = sockets.size - connections.size;
    if (sockets.size >= maxConnections || opening >= MOST_OPENING) {
      log(
        `a connection from ${peer} was turned away: there are ${sockets.size}, ${opening} of them without a handshake`,
      );
      socket.on("error", () => {}).destroy();
      return;
    }
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    const connection = new Connection(socket, peer, options);
    socket.on("data", (chunk) => connection.take(chunk));
    const late = (milliseconds: number): Error =>
      new CommError(peer, `${peer} did not shake hands within ${milliseconds} ms`);
    try {
      await within(connection.shakeHands(), { timeout: handshakeTimeout }, late);
    } catch (error) {
      log(`a connection was turned away: ${messageOf(asError(error))}`);
      socket.destroy();
      return;
    }
    connections.add(connection);
    connection.closed.then(() => connections.delete(connection));
    onConnection(connection);
  };

  const server = createServer(
    { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE },
    (socket) => void take(socket),
  );
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const address = formatAddress(host, port);
      const reason =
        error.code === "EADDRINUSE" ? "the port is in use (EADDRINUSE)" : (error.code ?? error.message);
      reject(new CommError(address, `cannot listen on ${address}: ${reason}`, error));
    });
    server.listen({ host, port }, () => resolve(new Listener(server, sockets, connections)));
  });
}

/** An address that others can connect to, where the host means all of them. */
function reachable(host: string): string {
  if (host !== "0.0.0.0" && host !== "::") return host;
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ internal, family }) => !internal && family === "IPv4")?.address ?? "127.0.0.1";
}
