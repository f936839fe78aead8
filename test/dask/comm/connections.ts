import { connect as connectSocket, createServer, type Server, type Socket } from "node:net";
import { connect } from "../../../src/dask/comm/connect.ts";
import type { Connection } from "../../../src/dask/comm/connection.ts";
import { type Listener, type ListenOptions, listen } from "../../../src/dask/comm/listener.ts";
import type { FrameLimits } from "../../../src/dask/protocol/framing.ts";

/** Two ends of a connection; disposing of it ends both. */
export class Pair implements AsyncDisposable {
  readonly here: Connection;
  readonly there: Connection;
  readonly #listener: Listener;

  constructor(here: Connection, there: Connection, listener: Listener) {
    this.here = here;
    this.there = there;
    this.#listener = listener;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.here.close();
    await this.#listener.close();
  }
}

export async function connectedPair(limits: FrameLimits & ListenOptions = {}): Promise<Pair> {
  let accepted: (connection: Connection) => void = () => {};
  const there = new Promise<Connection>((resolve) => {
    accepted = resolve;
  });
  const listener = await listen(limits, accepted);
  const here = await connect(listener.address, limits);
  return new Pair(here, await there, listener);
}

/** A server of sockets that speak no dask, unless the test does it. */
export class RawServer implements AsyncDisposable {
  readonly sockets: Socket[] = [];
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  get address(): string {
    return `tcp://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export async function rawServer(onSocket: (socket: Socket) => void = () => {}): Promise<RawServer> {
  const server = createServer((socket) => {
    raw.sockets.push(socket);
    socket.on("error", () => {});
    onSocket(socket);
  });
  const raw = new RawServer(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return raw;
}

export function rawSocket(address: string): Socket {
  const { hostname, port } = new URL(address.replace("tcp:", "http:"));
  return connectSocket(Number(port), hostname)
    .on("error", () => {})
    .resume();
}
