import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SocketComm } from "../../src/comm/socket.ts";

export interface Listening {
  readonly server: Server;
  readonly address: string;
  release(): Promise<void>;
}

/** A server on a socket of its own. */
export async function listeningAddress(): Promise<Listening> {
  const { address, remove } = await freeAddress();
  const server = createServer();
  server.listen(address);
  await once(server, "listening");
  return {
    server,
    address,
    release: async () => {
      server.close();
      await remove();
    },
  };
}

/** A path where nobody listens. */
export async function freeAddress(): Promise<{ address: string; remove: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), "comm-"));
  return { address: join(directory, "s"), remove: () => rm(directory, { recursive: true }) };
}

interface Near {
  readonly near: Socket;
  readonly comm?: SocketComm;
}

/** Two ends of a connection. */
export async function socketPair(
  open: (path: string) => Near = (path) => ({ near: connect(path) }),
): Promise<Near & { far: Socket; release: () => Promise<void> }> {
  const { server, address, release } = await listeningAddress();
  const connected = once(server, "connection") as Promise<[Socket]>;
  const near = open(address);
  const [far] = await connected;
  return { ...near, far, release };
}
